use serde::{Deserialize, Serialize};

use super::HostVersions;
use pyblish_model::JsonText;

/// What the text of a setting must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SettingKind {
    /// Any text.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A whole number of 64 bits.
    Integer,
    /// A finite number.
    Number,
    /// A list of texts: JSON, or separated by commas.
    Texts,
}

/// A setting that an adapter takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// What its value must be.
    pub kind: SettingKind,
    /// What it is for.
    pub doc: String,
    /// Must be given if there is none.
    pub default: Option<JsonText>,
}

/// A folder that an adapter needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderRequest {
    /// Its path inside the sandbox.
    pub path: String,
    /// Whether the adapter wants to write there.
    pub writable: bool,
    /// Whether the adapter works without it.
    pub optional: bool,
    /// What it is for.
    pub doc: String,
}

/// The bridge inside a running host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BridgeRequest {
    /// The name by which it announces itself.
    pub host: String,
    /// Whether the adapter can work where none is running.
    pub optional: bool,
    /// What the user does to start one, as one sentence.
    #[serde(default)]
    pub start: Option<String>,
}

/// Something that an adapter needs from outside its sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GrantRequest {
    /// A folder.
    Folder(FolderRequest),
    /// `host:port`; `{name}` stands for a setting.
    Address(String),
    /// The bridge inside a host.
    Bridge(BridgeRequest),
    /// The name of an environment variable.
    Environment(String),
    /// A program of this machine, which the runtime runs for it. It works without.
    Tool(String),
}

/// What an adapter says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is for.
    pub doc: String,
    /// The hosts that it serves.
    pub hosts: Vec<String>,
    /// Which versions of them. Only its file says so, if its author did when it was sealed.
    #[serde(
        default,
        rename = "hostVersions",
        skip_serializing_if = "HostVersions::is_empty"
    )]
    pub host_versions: HostVersions,
    /// The settings that it takes.
    pub settings: Vec<Setting>,
    /// What it needs from outside its sandbox.
    pub grants: Vec<GrantRequest>,
}

impl Description {
    /// The bridges that it asks for.
    pub fn bridges(&self) -> impl Iterator<Item = &BridgeRequest> {
        self.grants.iter().filter_map(|grant| match grant {
            GrantRequest::Bridge(bridge) => Some(bridge),
            GrantRequest::Folder(_)
            | GrantRequest::Address(_)
            | GrantRequest::Environment(_)
            | GrantRequest::Tool(_) => None,
        })
    }

    /// Its hosts, each with its versions if the file names some: `maya >=2022`.
    pub fn hosts_with_versions(&self) -> Vec<String> {
        let hosts = self.hosts.iter();
        let shown = hosts.map(|host| match self.host_versions.range(host) {
            Some(range) => format!("{host} {range}"),
            None => host.clone(),
        });
        shown.collect()
    }

    /// Whether it asks for the bridge inside this host.
    pub fn is_for_bridge(&self, host: &str) -> bool {
        self.bridges().any(|bridge| bridge.host == host)
    }
}
