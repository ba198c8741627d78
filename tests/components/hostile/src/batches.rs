//! Deeds that break the rules of `process`: each tells the outcomes of its pairs by itself.

use bare_adapter::failed;
use bare_adapter::failure;
use bare_adapter::model::Outcome;
use bare_adapter::work::Batch;

use crate::answer::nothing;

/// Ends without any outcome.
pub fn no_outcome(_: &Batch, _: usize) {}

/// Tells outcomes, but none.
pub fn empty_outcomes(batch: &Batch, _: usize) {
    batch.finished(&[]);
}

/// Tells one outcome more than there are pairs.
pub fn more_outcomes(batch: &Batch, left: usize) {
    let outcomes: Vec<Outcome> = (0..=left).map(|_| nothing()).collect();
    batch.finished(&outcomes);
}

/// Fails, and goes on with all other pairs although the runtime says no.
pub fn after_refusal(batch: &Batch, left: usize) {
    let failure = failure("Refused", "on purpose".into());
    if batch.finished(&[failed(failure)]) {
        return;
    }
    for _ in 1..left {
        batch.finished(&[nothing()]);
    }
}

/// Ends after one pair, although the runtime says to go on.
pub fn left_early(batch: &Batch, _: usize) {
    batch.finished(&[nothing()]);
}
