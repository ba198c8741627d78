//! Answers of the bridge as outcomes of the service interface.

use pyblish_sdk::Failure;
use pyblish_sdk::bindings::pyblish::endpoint::model;

use crate::message::Answer;
use crate::shape;

/// The outcome that an answer tells. An answer that is none is a failure.
pub fn outcome(answer: Answer) -> model::Outcome {
    match answer {
        Answer::Outcome {
            failure,
            changes,
            took,
            ..
        } => model::Outcome {
            failure: failure.map(Into::into),
            changes: shape::changes(changes),
            duration: took.map(nanoseconds),
        },
        other => failed(unexpected(other)),
    }
}

/// The outcome of a call that failed.
pub fn failed(failure: impl Into<model::Failure>) -> model::Outcome {
    model::Outcome {
        failure: Some(failure.into()),
        changes: Vec::new(),
        duration: None,
    }
}

/// An answer that does not match the request.
pub fn unexpected(answer: Answer) -> model::Failure {
    match answer {
        Answer::Failed { failure, .. } => failure.into(),
        Answer::Error { reason, message } => Failure::new(format!(
            "the bridge does not understand: {message} ({reason})"
        ))
        .into(),
        _ => Failure::new("the bridge's answer does not match the request").into(),
    }
}

/// A duration in milliseconds. What is not one becomes 0, and what is too long the longest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` does exactly this for numbers out of range"
)]
fn nanoseconds(milliseconds: f64) -> u64 {
    (milliseconds * 1e6).round() as u64
}
