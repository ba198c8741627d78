use super::{PyblishEvent, Stage};

/// Which part of a publish a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Until {
    /// This stage and no other, as `util.collect`, `util.validate` and so on. What failed in an
    /// earlier run does not stop it: extracting alone works after a failed validation.
    One(Stage),
    /// A whole publish that ends after the last plug-in of this stage. Pyblish has no such
    /// function; `UpTo(Collect)` runs what `util.collect` runs.
    UpTo(Stage),
    /// A whole publish, as `util.publish`: the only one that takes orders of 3.5 and more.
    #[default]
    All,
}

impl Until {
    /// Whether plug-ins of this order belong to the run.
    ///
    /// Source: pyblish-base 1.8.12, util.py: `_convenience_iter`. An order below -0.5 has no stage.
    /// In a whole publish it comes right after the collectors, so a run up to a later stage has it
    /// too.
    pub fn takes(self, order: f64) -> bool {
        match self {
            Until::One(stage) => Stage::of(order) == Some(stage),
            Until::UpTo(Stage::Collect) => Stage::of(order) == Some(Stage::Collect),
            Until::UpTo(stage) => order < stage.end(),
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
        assert_eq!(taken(Until::UpTo(Stage::Collect)), [-0.5, 0.4]);
        assert_eq!(
            taken(Until::UpTo(Stage::Validate)),
            [-9.0, -1.0, -0.5, 0.4, 0.5]
        );
        assert_eq!(
            taken(Until::UpTo(Stage::Integrate)),
            [-9.0, -1.0, -0.5, 0.4, 0.5, 1.5, 3.4]
        );
    }

    #[test]
    fn only_publish_takes_high_orders() {
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
