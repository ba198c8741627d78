use serde::{Deserialize, Serialize};

/// What a host says of the scene that is open in it. All of it is for people.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SceneState {
    /// The path of its file; none while it has no name.
    pub file: Option<String>,
    /// Why the context is no longer about this scene: nothing but collectors is run on it.
    pub stale: Option<String>,
    /// Why what was collected may be old: nothing is published of it.
    pub outdated: Option<String>,
    /// What the artist must do before the host can take work.
    pub waiting: Option<String>,
}
