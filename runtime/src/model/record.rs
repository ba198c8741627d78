use serde::{Deserialize, Serialize};

use super::Location;

/// A level of Python's logging: a number, and a name for the five that have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Level(pub u32);

impl Level {
    pub const DEBUG: Level = Level(10);
    pub const INFO: Level = Level(20);
    pub const WARNING: Level = Level(30);
    pub const ERROR: Level = Level(40);
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
    pub level: Level,
    pub message: String,
    /// The name of the logger.
    pub logger: String,
    pub location: Option<Location>,
    pub traceback: Option<String>,
    /// Seconds since 1970-01-01 UTC.
    pub created: f64,
}
