//! What a session makes of an adapter's answers, without an adapter: for tests that try to break
//! it.

use std::sync::Arc;

use pyblish_adapter::AdapterLimits;
use pyblish_model::{Change, Context};

use crate::mirror::{ChangeError, Mirror};

/// A context that is made of answers.
pub struct Answered(Mirror);

impl Answered {
    /// An empty context, within these limits.
    pub fn new(limits: &AdapterLimits) -> Self {
        Answered(Mirror::new(limits, 1))
    }

    /// Makes the changes of an answer, up to the first that cannot be made.
    ///
    /// # Errors
    /// Why that one cannot be made.
    pub fn answer(&mut self, changes: Vec<Change>) -> Result<(), String> {
        let mut applying = self.0.applying();
        let made = changes
            .into_iter()
            .try_for_each(|change| applying.make(change));
        made.map_err(|error| match error {
            ChangeError::Invalid(change) => change,
            ChangeError::OverLimit(limit) => format!("more than {limit:?}"),
        })
    }

    /// The context as readers see it.
    pub fn context(&self) -> Arc<Context> {
        self.0.now().context.clone()
    }

    /// The revision of the session.
    pub fn revision(&self) -> u64 {
        self.0.now().revision
    }

    /// What the context takes in memory, in bytes: as counted change by change, and counted afresh.
    pub fn sizes(&self) -> (usize, usize) {
        self.0.sizes()
    }
}
