//! Workers that ask the hub by themselves: `pyblish-endpoint work --any`.

use crate::submitter::{SubmitError, Submitted, Submitter};

/// Nothing is to be done: the workers find the job in the hub.
#[derive(Debug, Clone, Copy, Default)]
pub struct PullSubmitter;

impl Submitter for PullSubmitter {
    fn name(&self) -> &'static str {
        "pull"
    }

    fn submit(&self, _: &Submitted) -> Result<String, SubmitError> {
        Ok("it waits for a worker: `pyblish-endpoint work --any`".into())
    }
}
