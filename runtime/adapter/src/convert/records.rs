//! Failures and log records: long texts are cut.

use std::time::SystemTime;

use crate::bindings::types;
use pyblish_model::{Failure, Level, Record, SourceLocation, seconds};

/// Bytes of the short texts of a failure, which are repeated wherever it is shown.
const SHORT: usize = 16 << 10;

/// Bytes of its long texts: details and traceback.
const LONG: usize = 1 << 20;

/// Cuts a text that is longer than anybody reads, and says so in it.
pub(crate) fn failure(failure: types::Failure) -> Failure {
    Failure {
        title: failure.title.map(|text| cut(text, SHORT)),
        message: cut(failure.message, SHORT),
        detail: failure.detail.map(|text| cut(text, LONG)),
        location: failure.location.map(|place| location(cut_location(place))),
        traceback: failure.traceback.map(|text| cut(text, LONG)),
        kind: match failure.kind {
            types::FailureKind::Cancelled => Failure::CANCELLED.into(),
            types::FailureKind::Raised(kind) => cut(kind, SHORT),
        },
    }
}

/// A failure of the runtime, for the adapter that asked it for something.
pub(crate) fn failure_out(failure: &Failure) -> types::Failure {
    types::Failure {
        kind: types::FailureKind::Raised(failure.kind.clone()),
        title: failure.title.clone(),
        message: failure.message.clone(),
        detail: failure.detail.clone(),
        location: None,
        traceback: None,
    }
}

fn cut_location(place: types::SourceLocation) -> types::SourceLocation {
    types::SourceLocation {
        file: cut(place.file, SHORT),
        function: place.function.map(|text| cut(text, SHORT)),
        text: place.text.map(|text| cut(text, SHORT)),
        ..place
    }
}

fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        let end = text.floor_char_boundary(most);
        let rest = text.len() - end;
        text.truncate(end);
        text += &format!("… ({rest} more bytes are left out)");
    }
    text
}

fn location(location: types::SourceLocation) -> SourceLocation {
    SourceLocation {
        file: location.file,
        line: location.line,
        function: location.function,
        text: location.text,
    }
}

pub(crate) fn record(record: types::LogRecord) -> Record {
    let now = || seconds(SystemTime::now());
    Record {
        level: level(record.level),
        message: record.message,
        logger: record.logger,
        location: record.location.map(location),
        traceback: record.traceback,
        created: record
            .created
            .filter(|created| created.is_finite())
            .unwrap_or_else(now),
    }
}

fn level(level: types::Level) -> Level {
    match level {
        types::Level::Debug => Level::DEBUG,
        types::Level::Info => Level::INFO,
        types::Level::Warning => Level::WARNING,
        types::Level::Error => Level::ERROR,
        types::Level::Critical => Level::CRITICAL,
        types::Level::Other(number) => Level(number),
    }
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise;

    use super::*;

    #[test]
    fn long_texts_are_cut() {
        let failed = |length: usize| types::Failure {
            title: None,
            message: "ä".repeat(length / 2),
            detail: Some("x".repeat(length)),
            location: None,
            traceback: None,
            kind: types::FailureKind::Raised("Error".into()),
        };
        let kept = failure(failed(SHORT));
        assert_eq!(kept.message.len(), SHORT);
        let cut = failure(failed(LONG + 1));
        let rest = LONG - SHORT;
        assert!(
            cut.message
                .ends_with(&format!("ä… ({rest} more bytes are left out)"))
        );
        promise!(
            "SANDBOX-14",
            cut.detail
                .unwrap()
                .ends_with("x… (1 more bytes are left out)")
        );
    }
}
