//! Which run of a farm this is. A task whose worker was lost is done again, by a worker that cannot
//! know how far the first one came. The run's name is the same then, so what is there already is
//! found by it.

use pyblish_sdk::Context;
use serde::{Deserialize, Serialize};

/// The key in the context's data.
const KEY: &str = "pyblish";

/// The kind of task that only extracts.
const EXTRACT: &str = "extract";

/// Which run it is, as the runtime says it. Nobody says it of a publish without a farm.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct RunIdentity {
    /// The same in each attempt.
    pub run: String,
    /// Grows with each attempt.
    pub epoch: u64,
    /// What the task does.
    #[serde(default, skip_serializing)]
    kind: String,
}

impl RunIdentity {
    pub fn of(context: &Context) -> Option<Self> {
        context.get(KEY)
    }

    /// Whether another session integrates what this one extracts.
    pub fn is_handed_over(&self) -> bool {
        self.kind == EXTRACT
    }
}
