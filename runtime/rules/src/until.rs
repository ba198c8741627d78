use super::{PyblishEvent, Stage};

/// Which part of a publish a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Until {
    /// This stage and no other, as `util.collect`, `util.validate` and so on. What failed in an
    /// earlier run does not stop it: extracting alone works after a failed validation.
    One(Stage),
    /// A whole publish that ends after the last plug-in that belongs to this stage
    /// ([`Stage::of`]). Pyblish has no such function.
    UpTo(Stage),
    /// A whole publish, as `util.publish`.
    #[default]
    All,
}

impl Until {
    /// Whether plug-ins of this order belong to the run.
    ///
    /// One stage takes what is in its range, as in Pyblish. In steps up to one stage after the
    /// other, each of which leaves out what the ones before it ran, each order is run once.
    ///
    /// Source: pyblish-base 1.8.12, util.py: `_convenience_iter`.
    pub fn takes(self, order: f64) -> bool {
        match self {
            Until::One(stage) => Stage::in_range(order) == Some(stage),
            Until::UpTo(stage) => Stage::of(order) <= stage,
            Until::All => true,
        }
    }

    /// What is told at the run's end.
    ///
    /// Source: pyblish-base 1.8.12, util.py: publish_iter to integrate_iter. A whole publish tells
    /// `published` alone, and none of its stages.
    pub fn ended_event(self) -> PyblishEvent {
        match self {
            Until::One(stage) | Until::UpTo(stage) => stage.ended_event(),
            Until::All => PyblishEvent::Published,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDERS: [f64; 9] = [-9.0, -1.0, -0.5, 0.4, 0.5, 1.5, 3.4, 3.5, 99.0];

    fn taken(until: Until) -> Vec<f64> {
        ORDERS
            .into_iter()
            .filter(|&order| until.takes(order))
            .collect()
    }

    #[test]
    fn one_stage_takes_its_orders() {
        assert_eq!(taken(Until::One(Stage::Collect)), [-0.5, 0.4]);
        assert_eq!(taken(Until::One(Stage::Validate)), [0.5]);
        assert_eq!(taken(Until::One(Stage::Extract)), [1.5]);
        assert_eq!(taken(Until::One(Stage::Integrate)), [3.4]);
    }

    #[test]
    fn publish_up_to_stage_ends_after_it() {
        assert_eq!(taken(Until::UpTo(Stage::Collect)), [-9.0, -1.0, -0.5, 0.4]);
        assert_eq!(
            taken(Until::UpTo(Stage::Validate)),
            [-9.0, -1.0, -0.5, 0.4, 0.5]
        );
        assert_eq!(taken(Until::UpTo(Stage::Integrate)), ORDERS);
    }

    /// A frontend goes in steps, and leaves out in each what belongs to the stages before it.
    #[test]
    fn any_steps_run_each_order_once() {
        let extreme = [f64::NEG_INFINITY, -1e300, f64::INFINITY, f64::NAN, -0.0];
        let fine = (-60..=60).map(|number| f64::from(number) / 10.0);
        for order in fine.chain(extreme) {
            for chosen in 0..1 << Stage::ALL.len() {
                let stages = Stage::ALL.into_iter().enumerate();
                let steps = stages.filter(|(place, _)| chosen & 1 << place != 0);
                let steps = steps.map(|(_, stage)| Until::UpTo(stage));
                let (mut before, mut times) = (None, 0);
                for step in steps.chain([Until::All]) {
                    let left = before.is_none_or(|before| Stage::of(order) > before);
                    times += usize::from(left && step.takes(order));
                    if let Until::UpTo(stage) = step {
                        before = Some(stage);
                    }
                }
                assert_eq!(times, 1, "order {order}, steps {chosen:04b}");
            }
        }
    }

    #[test]
    fn publish_takes_all_orders() {
        assert_eq!(taken(Until::All), ORDERS);
        assert!(Until::All.takes(f64::NAN));
    }

    #[test]
    fn run_ends_with_stage_event_or_published() {
        assert_eq!(Until::One(Stage::Extract).ended_event().name(), "extracted");
        assert_eq!(
            Until::UpTo(Stage::Validate).ended_event().name(),
            "validated"
        );
        assert_eq!(Until::All.ended_event().name(), "published");
    }
}
