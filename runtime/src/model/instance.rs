use std::fmt;

use serde::{Deserialize, Serialize};

use super::Data;

/// Names one instance of a context; given by the adapter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstanceId(pub String);

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something that is published: a model, a rig, a sequence of images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    pub id: InstanceId,
    /// What users call it; need not be unique.
    pub name: String,
    pub data: Data,
    /// What it consists of in the host: nodes, objects, files.
    pub members: Vec<String>,
}
