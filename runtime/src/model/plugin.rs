use std::fmt;

use serde::{Deserialize, Serialize};

/// Names one plug-in until they are discovered anew; given by the adapter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PluginId(pub String);

impl fmt::Display for PluginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a plug-in can be run on. With neither it runs once, like one on the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Scope {
    pub context: bool,
    pub instance: bool,
}

/// How a plug-in's families and targets are compared with an instance's and a session's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MatchAlgorithm {
    /// Any one in common.
    #[default]
    Intersection,
    /// The other side has all of the plug-in's.
    Subset,
    /// The same set on both sides.
    Exact,
}

/// What an entry of a plug-in's list of actions is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ActionKind {
    #[default]
    Action,
    Separator,
    Category,
}

/// Something that the user can have done about a plug-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Unique among the plug-in's actions.
    pub id: String,
    pub label: String,
    /// The name of an icon of Font Awesome.
    pub icon: Option<String>,
    pub kind: ActionKind,
    /// When it is offered: one of Pyblish's words, or one that marks the action as wrong.
    pub on: String,
}

/// A plug-in, as the adapter found it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plugin {
    pub id: PluginId,
    /// The name of its class; what REST v1 addresses it by.
    pub name: String,
    pub label: Option<String>,
    pub doc: Option<String>,
    /// Most significant number first.
    pub version: Vec<u32>,
    /// 0 collects, 1 validates, 2 extracts, 3 integrates.
    pub order: f64,
    /// `*` matches every instance.
    pub families: Vec<String>,
    /// `*` matches every host.
    pub hosts: Vec<String>,
    /// There is no wildcard.
    pub targets: Vec<String>,
    #[serde(rename = "match")]
    pub algorithm: MatchAlgorithm,
    /// For frontends; nothing here reads it.
    pub optional: bool,
    pub active: bool,
    pub processes: Scope,
    pub repairs: Scope,
    pub actions: Vec<Action>,
    /// The name of the class that it derives from.
    pub base: String,
    /// The file that defines it, as the host names it.
    pub file: Option<String>,
    pub category: Option<String>,
    /// The Pyblish that it was written for.
    pub requires: Option<String>,
}
