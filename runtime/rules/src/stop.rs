use super::{BadFamilies, Stage};

/// Why a run ended before its last plug-in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StopReason {
    /// In Pyblish's own words, which frontends show behind "Stopped due to".
    #[error("failed validation")]
    FailedValidation,
    /// The host's own test says so, in these words.
    #[error("{0}")]
    HostTest(String),
    /// Families that cannot be read: nobody can tell what a plug-in matches.
    #[error(transparent)]
    BadFamilies(#[from] BadFamilies),
}

/// Whether a run may go on to a plug-in of `next_order` after errors at these orders: not past the
/// validators once a validator failed. So all validators run, and nothing that fails earlier or
/// later stops anything.
///
/// This is the test that Pyblish registers by default. A host's own, from `register_test`, is a
/// function in that host: it tells its answers as [`StopTest::Host`](pyblish_model::StopTest).
///
/// Source: pyblish-base 1.8.12, logic.py: default_test.
pub fn stop_test(next_order: f64, orders_with_error: &[f64]) -> Option<StopReason> {
    let validation_failed = orders_with_error
        .iter()
        .any(|&order| Stage::in_range(order) == Some(Stage::Validate));
    (next_order >= Stage::Validate.end() && validation_failed)
        .then_some(StopReason::FailedValidation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_validation_stops_from_1_5() {
        let stopped = Some(StopReason::FailedValidation);
        assert_eq!(stop_test(1.5, &[1.0]), stopped);
        assert_eq!(stop_test(99.0, &[0.5]), stopped);
        assert_eq!(stop_test(2.0, &[0.0, 1.499, 2.0]), stopped);
    }

    #[test]
    fn all_validators_run() {
        assert_eq!(stop_test(1.499, &[1.0]), None);
        assert_eq!(stop_test(-1.0, &[1.0]), None);
        assert_eq!(stop_test(f64::NAN, &[1.0]), None);
    }

    #[test]
    fn other_errors_stop_nothing() {
        assert_eq!(stop_test(3.0, &[]), None);
        assert_eq!(stop_test(3.0, &[-1.0, 0.0, 0.499, 1.5, 2.0]), None);
    }

    #[test]
    fn stop_says_failed_validation() {
        assert_eq!(
            StopReason::FailedValidation.to_string(),
            "failed validation"
        );
    }
}
