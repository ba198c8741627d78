use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{Attribute, PluginId};

/// What a plug-in can be run on. With neither it runs once, like one on the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Scope {
    /// The context.
    pub context: bool,
    /// An instance.
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
    /// Something that can be done.
    #[default]
    Action,
    /// A line between actions.
    Separator,
    /// A title above the actions that follow.
    Category,
}

/// Something that the user can have done about a plug-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Unique among the plug-in's actions.
    pub id: String,
    /// What users call it.
    pub label: String,
    /// The name of an icon of Font Awesome.
    pub icon: Option<String>,
    /// An action, or part of how the list is laid out.
    pub kind: ActionKind,
    /// When it is offered: one of Pyblish's words, or one that marks the action as wrong.
    pub on: String,
}

/// A plug-in, as the adapter found it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plugin {
    /// Unique among the session's plug-ins.
    pub id: PluginId,
    /// The name of its class; what REST v1 addresses it by.
    pub name: SmolStr,
    /// What users call it, where that is not its name.
    pub label: Option<String>,
    /// What it does.
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
    /// How its families and targets are compared.
    #[serde(rename = "match")]
    pub algorithm: MatchAlgorithm,
    /// Frontends show it; the runtime does not read it.
    pub optional: bool,
    /// Whether it takes part.
    pub active: bool,
    /// What its `process` takes.
    pub processes: Scope,
    /// What its `repair` takes.
    pub repairs: Scope,
    /// What can be done about it, in the order of its list.
    pub actions: Vec<Action>,
    /// The name of the class that it derives from.
    pub base: String,
    /// The file that defines it, as the host names it.
    pub file: Option<String>,
    /// A group for frontends.
    pub category: Option<String>,
    /// The Pyblish that it was written for.
    pub requires: Option<String>,
    /// What users can set for it. Lists of before there were attributes have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
}
