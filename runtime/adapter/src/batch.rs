//! The pairs that an adapter works on in one call, and the handles that it holds meanwhile.

use tokio::sync::{mpsc, oneshot};

use super::answer_budget::BadAnswer;
use pyblish_model::Outcome;

/// The call under way, as the adapter holds it.
#[expect(unreachable_pub, reason = "the generated bindings name it in public")]
pub struct CallHandle;

/// The pairs of the call under way, as the adapter holds them.
#[expect(unreachable_pub, reason = "the generated bindings name it in public")]
pub struct BatchHandle;

/// Outcomes that the adapter has told.
#[derive(Debug)]
pub struct Finished {
    /// Of the next pairs, in their order. Never empty.
    pub outcomes: Vec<Outcome>,
    /// Takes whether to begin the pair that comes next.
    pub goes_on: oneshot::Sender<bool>,
}

/// The pairs that `process` was given.
pub(super) struct Batch {
    /// How many are not finished.
    pub(super) left: usize,
    /// Whether none is finished.
    pub(super) is_new: bool,
    /// Where outcomes go.
    pub(super) finished: mpsc::UnboundedSender<Finished>,
}

/// An answer that ends the adapter, as an error of wasmtime.
#[derive(Debug, thiserror::Error)]
#[error("the answer is refused")]
pub(super) struct Refused(pub(super) BadAnswer);
