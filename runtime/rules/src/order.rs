use pyblish_model::Plugin;

use super::Stage;

/// The two passes of a run, each in the order in which its plug-ins have their turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    /// Positions in the list of plug-ins.
    pub collectors: Vec<usize>,
    /// Likewise.
    pub others: Vec<usize>,
}

/// The positions of these plug-ins by ascending order; plug-ins of the same order stay as they
/// were.
///
/// -0 is 0, and NaN, which Python's sort leaves wherever it happens to be, is last.
///
/// Source: pyblish-base 1.8.12, plugin.py: sort.
pub fn by_order(plugins: &[Plugin]) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..plugins.len()).collect();
    positions.sort_by(|&a, &b| sort_key(plugins[a].order).total_cmp(&sort_key(plugins[b].order)));
    positions
}

/// For `total_cmp`, which tells -0 from 0 and puts a negative NaN first.
fn sort_key(order: f64) -> f64 {
    if order.is_nan() {
        f64::NAN
    } else {
        order + 0.0
    }
}

/// Collectors first and then all others, so that an order below -0.5 comes after the collectors.
///
/// `sorted` are positions in `plugins`.
///
/// Source: pyblish-base 1.8.12, util.py: `_convenience_iter`, first and second pass.
pub fn collectors_first(plugins: &[Plugin], sorted: impl IntoIterator<Item = usize>) -> Order {
    let (collectors, others) = sorted
        .into_iter()
        .partition(|&position| Stage::in_range(plugins[position].order) == Some(Stage::Collect));
    Order { collectors, others }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::plugin;
    use super::*;

    fn plugins(orders: &[f64]) -> Vec<Plugin> {
        orders.iter().map(|&order| plugin("P", order)).collect()
    }

    #[test]
    fn plugins_sort_by_order() {
        assert_eq!(by_order(&plugins(&[2.0, -1.0, 1.25, 0.0])), [1, 3, 2, 0]);
    }

    #[test]
    fn equal_orders_keep_discovery_order() {
        assert_eq!(
            by_order(&plugins(&[1.0, 0.0, 1.0, -0.0, 1.0])),
            [1, 3, 0, 2, 4]
        );
    }

    #[test]
    fn nan_order_sorts_last() {
        assert_eq!(
            by_order(&plugins(&[f64::NAN, -f64::NAN, f64::INFINITY, 0.0])),
            [3, 2, 0, 1]
        );
    }

    #[test]
    fn collectors_run_first() {
        let plugins = plugins(&[-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(
            collectors_first(&plugins, by_order(&plugins)),
            Order {
                collectors: vec![1, 2],
                others: vec![0, 3, 4]
            }
        );
    }
}
