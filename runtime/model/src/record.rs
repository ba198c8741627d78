use serde::{Deserialize, Serialize};

use super::SourceLocation;

/// A level of Python's logging: a number, and a name for the five that have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Level(pub u32);

impl Level {
    /// `DEBUG`.
    pub const DEBUG: Level = Level(10);
    /// `INFO`.
    pub const INFO: Level = Level(20);
    /// `WARNING`.
    pub const WARNING: Level = Level(30);
    /// `ERROR`.
    pub const ERROR: Level = Level(40);
    /// `CRITICAL`.
    pub const CRITICAL: Level = Level(50);

    /// The name that Python gives it, `Level N` for one in between.
    pub fn name(self) -> String {
        match self {
            Level::DEBUG => "DEBUG".into(),
            Level::INFO => "INFO".into(),
            Level::WARNING => "WARNING".into(),
            Level::ERROR => "ERROR".into(),
            Level::CRITICAL => "CRITICAL".into(),
            Level(number) => format!("Level {number}"),
        }
    }
}

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// How serious it is.
    pub level: Level,
    /// The text, with its arguments filled in.
    pub message: String,
    /// The name of the logger.
    pub logger: String,
    /// Where in the source it was written.
    pub location: Option<SourceLocation>,
    /// The traceback of the exception that it is about, if any.
    pub traceback: Option<String>,
    /// Seconds since 1970-01-01 UTC.
    pub created: f64,
}
