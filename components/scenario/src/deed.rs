//! What a step can do. Each deed is a type whose fields are the keys of its step, so that serde refuses
//! what does not belong to it.

use pyblish_sdk::{Data, Result};
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

/// The word for each deed, and how its step is read.
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
    /// Whether it makes sense on an instance only.
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
    pub log: Level,
    pub message: String,
}

/// Python's levels.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Debug = 10,
    Info = 20,
    Warning = 30,
    Error = 40,
    Critical = 50,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Create {
    /// The new instance's name.
    pub create: String,
    #[serde(default)]
    pub data: Data,
    /// What the original calls an instance's members.
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
            _ => Err("it takes the name of an instance, or true for the instance itself"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Activate {
    /// The name of a plug-in.
    activate: String,
    /// Whether it takes part from now on.
    pub active: bool,
    /// Of all plug-ins of that name.
    #[serde(skip)]
    pub ids: Vec<String>,
}

impl Activate {
    /// Finds the plug-ins that it means; an error says that there are none.
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
    /// Never asks whether the user cancelled.
    #[serde(default)]
    pub deaf: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    /// Between 0 and 1; the runtime brings inside what is outside.
    pub progress: f64,
    #[serde(default)]
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fail {
    /// The failure's text, exactly.
    pub fail: String,
}
