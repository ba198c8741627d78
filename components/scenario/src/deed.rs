//! The actions of steps. Each is a type whose fields are the keys of its step, so that serde
//! refuses unknown keys.

use pyblish_sdk::{Data, Level, Result};
use serde::Deserialize;
use serde_json::{Value, from_value};

use crate::fault::{Allocate, Flood, Panic, Spin, Trap};
use crate::roster::Roster;

pub(crate) enum Deed {
    Log(Log),
    Create(Create),
    Set(Set),
    Unset(Unset),
    Remove(Remove),
    Activate(Activate),
    Sleep(Sleep),
    Progress(Progress),
    Fail(Fail),
    Trap(Trap),
    Spin(Spin),
    Allocate(Allocate),
    Flood(Flood),
    Panic(Panic),
}

type Parse = fn(Value) -> serde_json::Result<Deed>;

/// The key for each action, and the parser of its step.
pub(crate) const DEEDS: [(&str, Parse); 14] = [
    ("log", |step| from_value(step).map(Deed::Log)),
    ("create", |step| from_value(step).map(Deed::Create)),
    ("set", |step| from_value(step).map(Deed::Set)),
    ("unset", |step| from_value(step).map(Deed::Unset)),
    ("remove", |step| from_value(step).map(Deed::Remove)),
    ("activate", |step| from_value(step).map(Deed::Activate)),
    ("sleep", |step| from_value(step).map(Deed::Sleep)),
    ("progress", |step| from_value(step).map(Deed::Progress)),
    ("fail", |step| from_value(step).map(Deed::Fail)),
    ("trap", |step| from_value(step).map(Deed::Trap)),
    ("spin", |step| from_value(step).map(Deed::Spin)),
    ("allocate", |step| from_value(step).map(Deed::Allocate)),
    ("flood", |step| from_value(step).map(Deed::Flood)),
    ("panic", |step| from_value(step).map(Deed::Panic)),
];

impl Deed {
    /// Whether it only makes sense on an instance.
    pub fn needs_instance(&self) -> bool {
        matches!(
            self,
            Deed::Remove(Remove {
                remove: Removed::Target
            })
        )
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub log: LogLevel,
    pub message: String,
}

/// Python's levels, by name.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

impl From<LogLevel> for Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Debug => Level::Debug,
            LogLevel::Info => Level::Info,
            LogLevel::Warning => Level::Warning,
            LogLevel::Error => Level::Error,
            LogLevel::Critical => Level::Critical,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Create {
    /// The new instance's name.
    pub create: String,
    #[serde(default)]
    pub data: Data,
    /// The members of the instance, with Pyblish's name.
    #[serde(default)]
    pub children: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Set {
    pub set: Data,
    /// The name of an instance, in place of the target.
    pub on: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unset {
    pub unset: Vec<String>,
    /// The name of an instance, in place of the target.
    pub on: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remove {
    pub remove: Removed,
}

#[derive(Deserialize)]
#[serde(try_from = "Value")]
pub(crate) enum Removed {
    Named(String),
    Target,
}

impl TryFrom<Value> for Removed {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match value {
            Value::String(name) => Ok(Removed::Named(name)),
            Value::Bool(true) => Ok(Removed::Target),
            _ => Err("it must be the name of an instance, or true for the instance itself"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Activate {
    /// The name of a plug-in.
    activate: String,
    /// Whether it is active from now on.
    pub active: bool,
    /// The ids of all plug-ins with that name.
    #[serde(skip)]
    pub ids: Vec<String>,
}

impl Activate {
    /// Finds the plug-ins with this name; an error says that there are none.
    pub fn find(&mut self, roster: &Roster) -> Result<(), String> {
        self.ids = roster.ids(&self.activate);
        match self.ids.is_empty() {
            true => Err(format!(
                "`activate`: no plug-in is named {:?}",
                self.activate
            )),
            false => Ok(()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sleep {
    /// Milliseconds.
    pub sleep: u64,
    /// Whether it never checks if the user cancelled.
    #[serde(default)]
    pub deaf: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    /// From 0 to 1; the runtime clamps values outside.
    pub progress: f64,
    #[serde(default)]
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fail {
    /// The exact message of the failure.
    pub fail: String,
}
