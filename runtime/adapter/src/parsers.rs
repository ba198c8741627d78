//! The conversion of an adapter's answers, as functions: for tests that try to break it.

use pyblish_model::{Change, Outcome};

use crate::AdapterLimits;
use crate::answer_budget::{AnswerBudget, BadAnswer};
/// The types of the contract.
pub use crate::bindings::types;
use crate::convert;

/// Changes that an adapter reports.
///
/// # Errors
/// They break the contract, or are more than these limits allow.
pub fn changes(changes: Vec<types::Change>, limits: &AdapterLimits) -> Result<Vec<Change>, String> {
    convert::changes(changes, &mut AnswerBudget::of(limits)).map_err(words)
}

/// Changes in the form that an adapter gets.
pub fn told(changes: &[Change]) -> Vec<types::Change> {
    convert::changes_out(changes)
}

/// The outcome of a plug-in, without its changes.
pub fn outcome(outcome: types::Outcome) -> Outcome {
    convert::outcome(outcome)
}

fn words(broken: BadAnswer) -> String {
    match broken {
        BadAnswer::Contract(reason) => reason,
        BadAnswer::Limit(limit) => format!("more than {limit:?}"),
    }
}
