use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{Data, InstanceId};

/// How Pyblish's rules see an instance. Only the host can say it where values are objects of its
/// language: what is equal, and what is true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Its families, `family` first.
    pub families: Vec<String>,
    /// Whether the user left it out: its `publish` is false.
    pub skipped: bool,
}

/// Something that is published: a model, a rig, a sequence of images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// Unique in the context.
    pub id: InstanceId,
    /// What users call it; need not be unique.
    pub name: SmolStr,
    /// Its data, such as `family`.
    pub data: Data,
    /// What it consists of in the host: nodes, objects, files.
    pub members: Vec<String>,
    /// None where the data say it, as they do for most: it takes no room then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Box<Selection>>,
}
