use std::str::FromStr;

/// What is known of a plug-in's results since its context was last reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PluginState {
    /// It has not run.
    #[default]
    NotProcessed,
    /// It has run.
    Processed {
        /// On any instance.
        failed: bool,
        /// A record of level warning was logged, on any instance.
        warned: bool,
    },
}

impl PluginState {
    /// The state after one more result of processing the plug-in. A result of an action is none.
    #[must_use]
    pub fn after(self, success: bool, warning: bool) -> PluginState {
        match self {
            PluginState::NotProcessed => PluginState::Processed {
                failed: !success,
                warned: warning,
            },
            PluginState::Processed { failed, warned } => PluginState::Processed {
                failed: failed || !success,
                warned: warned || warning,
            },
        }
    }
}

/// When an action is offered: what its `on` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionOn {
    /// Always.
    All,
    /// Before the plug-in has run.
    NotProcessed,
    /// After the plug-in has run.
    Processed,
    /// After a failure.
    Failed,
    /// After a warning.
    Warning,
    /// After a failure or a warning.
    FailedOrWarning,
    /// After the plug-in has run, and nothing failed.
    Succeeded,
}

/// An `on` that is none of Pyblish's words, in the words in which it marks such an action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "Action had an unrecognised value for `on`: \"{0}\"; use all, notProcessed, processed, failed, \
     warning, failedOrWarning or succeeded"
)]
pub struct UnknownActionOn(pub String);

impl FromStr for ActionOn {
    type Err = UnknownActionOn;

    /// Source: pyblish-base 1.8.12, plugin.py: MetaAction.
    fn from_str(on: &str) -> Result<Self, UnknownActionOn> {
        Ok(match on {
            "all" => ActionOn::All,
            "notProcessed" => ActionOn::NotProcessed,
            "processed" => ActionOn::Processed,
            "failed" => ActionOn::Failed,
            "warning" => ActionOn::Warning,
            "failedOrWarning" => ActionOn::FailedOrWarning,
            "succeeded" => ActionOn::Succeeded,
            _ => return Err(UnknownActionOn(on.to_owned())),
        })
    }
}

impl ActionOn {
    /// Whether the action is offered for a plug-in in this state.
    ///
    /// A plug-in that failed on one instance of many failed, and did not succeed. (Pyblish QML lets
    /// it do both; the library, whose words these are, leaves it to frontends.)
    ///
    /// Source: pyblish-base 1.8.12, plugin.py: Action, its documentation of `on`.
    pub fn is_offered(self, state: PluginState) -> bool {
        let (processed, failed, warned) = match state {
            PluginState::NotProcessed => (false, false, false),
            PluginState::Processed { failed, warned } => (true, failed, warned),
        };
        match self {
            ActionOn::All => true,
            ActionOn::NotProcessed => !processed,
            ActionOn::Processed => processed,
            ActionOn::Failed => failed,
            ActionOn::Warning => warned,
            ActionOn::FailedOrWarning => failed || warned,
            ActionOn::Succeeded => processed && !failed,
        }
    }
}

/// Whether to offer an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionOffer {
    /// It is offered now.
    Yes,
    /// It is not offered now.
    No,
    /// It is broken; show that instead of hiding it.
    Wrong(UnknownActionOn),
}

/// Whether to offer an action of this `on` for a plug-in in this state.
pub fn action_offer(on: &str, state: PluginState) -> ActionOffer {
    match on.parse::<ActionOn>() {
        Ok(offered) if offered.is_offered(state) => ActionOffer::Yes,
        Ok(_) => ActionOffer::No,
        Err(unknown) => ActionOffer::Wrong(unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For which of five states an action is offered: not processed, then passed, passed with a
    /// warning, failed, failed with a warning.
    fn offers(on: &str) -> String {
        let processed = |success, warning| PluginState::default().after(success, warning);
        [
            PluginState::NotProcessed,
            processed(true, false),
            processed(true, true),
            processed(false, false),
            processed(false, true),
        ]
        .map(|state| match action_offer(on, state) {
            ActionOffer::Yes => 'y',
            ActionOffer::No => 'n',
            ActionOffer::Wrong(_) => '!',
        })
        .iter()
        .collect()
    }

    #[test]
    fn on_all_is_always_offered() {
        assert_eq!(offers("all"), "yyyyy");
    }

    #[test]
    fn on_not_processed_is_offered_before_processing() {
        assert_eq!(offers("notProcessed"), "ynnnn");
    }

    #[test]
    fn on_processed_is_offered_after_processing() {
        assert_eq!(offers("processed"), "nyyyy");
    }

    #[test]
    fn on_failed_is_offered_after_a_failure() {
        assert_eq!(offers("failed"), "nnnyy");
    }

    #[test]
    fn on_warning_is_offered_after_a_warning() {
        assert_eq!(offers("warning"), "nnyny");
    }

    #[test]
    fn on_failed_or_warning_is_offered_after_either() {
        assert_eq!(offers("failedOrWarning"), "nnyyy");
    }

    #[test]
    fn on_succeeded_is_offered_when_nothing_failed() {
        assert_eq!(offers("succeeded"), "nyynn");
    }

    #[test]
    fn unknown_on_is_wrong() {
        assert_eq!(offers("Failed"), "!!!!!");
        assert_eq!(offers(""), "!!!!!");
        let error = "later".parse::<ActionOn>().unwrap_err().to_string();
        assert!(
            error.starts_with("Action had an unrecognised value for `on`: \"later\""),
            "{error}"
        );
    }

    #[test]
    fn one_failure_is_a_failure() {
        let state = PluginState::default()
            .after(true, false)
            .after(false, false)
            .after(true, true);
        assert_eq!(
            state,
            PluginState::Processed {
                failed: true,
                warned: true
            }
        );
    }
}
