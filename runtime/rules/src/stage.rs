use std::fmt;
use std::str::FromStr;

use super::PyblishEvent;

/// How far to each side of its base a stage reaches.
const REACH: f64 = 0.5;

/// One of the four parts of a publish.
///
/// Source: pyblish-base 1.8.12, plugin.py: CollectorOrder to IntegratorOrder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Finds what there is to publish.
    Collect,
    /// Checks it.
    Validate,
    /// Writes it to files.
    Extract,
    /// Puts these files where they belong.
    Integrate,
}

/// A word that names no stage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no stage \"{0}\"; use collect, validate, extract or integrate")]
pub struct UnknownStage(pub String);

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Stage; 4] = [
        Stage::Collect,
        Stage::Validate,
        Stage::Extract,
        Stage::Integrate,
    ];

    /// The stage to which a plug-in of this order belongs. Whatever comes before the collectors
    /// collects, as in Pyblish Lite and Pyblish QML, and whatever comes after the integrators
    /// integrates. So each order, NaN too, belongs to exactly one stage.
    pub fn of(order: f64) -> Stage {
        Stage::ALL
            .into_iter()
            .find(|stage| order < stage.end())
            .unwrap_or(Stage::Integrate)
    }

    /// The stage whose base has this order within `base - 0.5 <= order < base + 0.5`; none below
    /// -0.5, from 3.5 on, and for NaN. Pyblish's own rules ask this.
    ///
    /// Source: pyblish-base 1.8.12, lib.py: inrange.
    pub fn in_range(order: f64) -> Option<Stage> {
        Stage::ALL
            .into_iter()
            .find(|stage| stage.start() <= order && order < stage.end())
    }

    /// The order in its middle.
    pub fn base(self) -> f64 {
        match self {
            Stage::Collect => 0.0,
            Stage::Validate => 1.0,
            Stage::Extract => 2.0,
            Stage::Integrate => 3.0,
        }
    }

    /// The first order that belongs to it.
    pub fn start(self) -> f64 {
        self.base() - REACH
    }

    /// The first order that no longer belongs to it.
    pub fn end(self) -> f64 {
        self.base() + REACH
    }

    /// The word for it, as in `pyblish.util`'s functions.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Collect => "collect",
            Stage::Validate => "validate",
            Stage::Extract => "extract",
            Stage::Integrate => "integrate",
        }
    }

    /// What is told at its end.
    ///
    /// Source: pyblish-base 1.8.12, util.py: collect_iter to integrate_iter.
    pub fn ended_event(self) -> PyblishEvent {
        match self {
            Stage::Collect => PyblishEvent::Collected,
            Stage::Validate => PyblishEvent::Validated,
            Stage::Extract => PyblishEvent::Extracted,
            Stage::Integrate => PyblishEvent::Integrated,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Stage {
    type Err = UnknownStage;

    fn from_str(word: &str) -> Result<Self, UnknownStage> {
        Stage::ALL
            .into_iter()
            .find(|stage| stage.name() == word)
            .ok_or_else(|| UnknownStage(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage_bounds_are_half_around_base() {
        for (order, stage) in [
            (-0.5, Some(Stage::Collect)),
            (0.0, Some(Stage::Collect)),
            (0.499, Some(Stage::Collect)),
            (0.5, Some(Stage::Validate)),
            (1.499, Some(Stage::Validate)),
            (1.5, Some(Stage::Extract)),
            (2.5, Some(Stage::Integrate)),
            (3.499, Some(Stage::Integrate)),
        ] {
            assert_eq!(Stage::in_range(order), stage, "order {order}");
        }
    }

    #[test]
    fn outside_order_has_no_stage() {
        for order in [-1.0, -0.501, 3.5, 100.0, f64::INFINITY, f64::NAN] {
            assert_eq!(Stage::in_range(order), None, "order {order}");
        }
    }

    #[test]
    fn stage_is_parsed() {
        for stage in Stage::ALL {
            assert_eq!(stage.name().parse(), Ok(stage));
        }
        let error = "Collect".parse::<Stage>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no stage \"Collect\"; use collect, validate, extract or integrate"
        );
    }

    #[test]
    fn stage_ends_with_its_event() {
        assert_eq!(
            Stage::ALL.map(|stage| stage.ended_event().name()),
            ["collected", "validated", "extracted", "integrated"]
        );
    }
}
