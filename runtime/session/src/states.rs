//! How a result ended, and what the results on an instance come to, also stage by stage.

use pyblish_model::{Level, PairResult};

/// How a result ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultState {
    /// It is a success, with or without warnings.
    Succeeded,
    /// It is a success with a warning.
    Warned,
    /// It is a failure.
    Failed,
}

impl ResultState {
    /// Whether this result ended so.
    pub fn is(self, result: &PairResult) -> bool {
        match self {
            ResultState::Succeeded => result.success(),
            ResultState::Warned => result.success() && has_warning(result),
            ResultState::Failed => !result.success(),
        }
    }
}

/// What the latest results on an instance come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceState {
    /// No plug-in has processed it.
    Unprocessed,
    /// The latest result of each plug-in on it is a success.
    Succeeded,
    /// The latest result of some plug-in on it is a failure.
    Failed,
}

impl InstanceState {
    /// As the REST API names it.
    pub fn name(self) -> &'static str {
        match self {
            InstanceState::Unprocessed => "unprocessed",
            InstanceState::Succeeded => "succeeded",
            InstanceState::Failed => "failed",
        }
    }
}

/// What the plug-ins of a stage have done with an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageState {
    /// Some plug-in has yet to process it, or to process it again after a repair.
    Pending,
    /// Each plug-in has processed it with success.
    Done,
    /// The latest result of some plug-in is a failure.
    Failed,
}

impl StageState {
    /// As the REST API names it.
    pub fn name(self) -> &'static str {
        match self {
            StageState::Pending => "pending",
            StageState::Done => "done",
            StageState::Failed => "failed",
        }
    }
}

/// Whether a record of the result is a warning, or worse.
pub(crate) fn has_warning(result: &PairResult) -> bool {
    let mut records = result.records.iter();
    records.any(|record| record.level >= Level::WARNING)
}
