use super::{Change, Failure};

/// What a call of the adapter did. It can have both changes and a failure.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// Why it failed; none where it succeeded.
    pub failure: Option<Failure>,
    /// Only what changed, in the order in which it did.
    pub changes: Vec<Change>,
    /// How long the host worked on it, in milliseconds, where the adapter knows it.
    pub duration: Option<f64>,
}
