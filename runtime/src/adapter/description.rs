use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the text of a setting must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SettingKind {
    Text,
    Boolean,
    Integer,
    Number,
    Texts,
}

/// A setting that an adapter takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    pub name: String,
    pub kind: SettingKind,
    pub doc: String,
    /// Must be given if there is none.
    pub default: Option<Value>,
}

/// A folder that an adapter needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// Its path inside the sandbox.
    pub path: String,
    pub writable: bool,
    pub optional: bool,
    pub doc: String,
}

/// The bridge inside a running host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bridge {
    /// The name by which it announces itself.
    pub host: String,
    /// Whether the adapter can start it by itself.
    pub optional: bool,
}

/// Something that an adapter needs from outside its sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Grant {
    Folder(Folder),
    /// `host:port`; `{name}` stands for a setting.
    Address(String),
    Bridge(Bridge),
    /// The name of an environment variable.
    Environment(String),
}

/// Who an adapter is, in its own words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Description {
    pub name: String,
    pub version: String,
    pub doc: String,
    /// The hosts that it serves.
    pub hosts: Vec<String>,
    pub settings: Vec<Setting>,
    pub grants: Vec<Grant>,
}

impl Description {
    /// The bridge that it asks for.
    pub fn bridge(&self) -> Option<&Bridge> {
        self.grants.iter().find_map(|grant| match grant {
            Grant::Bridge(bridge) => Some(bridge),
            Grant::Folder(_) | Grant::Address(_) | Grant::Environment(_) => None,
        })
    }

    /// Whether it asks for the bridge inside this host.
    pub fn is_for_bridge(&self, host: &str) -> bool {
        self.bridge().is_some_and(|bridge| bridge.host == host)
    }
}
