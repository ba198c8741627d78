use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use pyblish_adapter::{Description, FolderGrant};

/// Describes a session, in a file beside its history, so that users can tell sessions apart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionCard {
    pub adapter: String,
    pub adapter_version: String,
    pub hosts: Vec<String>,
    /// In the form that `--dir` takes.
    pub folders: Vec<String>,
}

impl SessionCard {
    /// Whether this text is exactly a card that this program writes.
    pub fn is_one(text: &str) -> bool {
        let keys = ["adapter", "adapterVersion", "folders", "hosts"];
        let object = serde_json::from_str::<BTreeMap<String, Value>>(text);
        object.is_ok_and(|object| object.keys().eq(keys))
            && serde_json::from_str::<SessionCard>(text).is_ok()
    }

    pub fn of(adapter: &Description, folders: &[FolderGrant]) -> Self {
        SessionCard {
            adapter: adapter.name.clone(),
            adapter_version: adapter.version.clone(),
            hosts: adapter.hosts.clone(),
            folders: folders.iter().map(folder).collect(),
        }
    }

    /// The hosts that the adapter is for, as a report names them.
    pub fn host(&self) -> String {
        self.hosts.join(", ")
    }
}

fn folder(grant: &FolderGrant) -> String {
    let read_only = if grant.writable { "" } else { ":ro" };
    // Absolute, so that it means the same folder wherever the history is read.
    let host = grant.host.canonicalize();
    let host = host.as_deref().unwrap_or(&grant.host).display();
    format!("{host}={}{read_only}", grant.guest)
}
