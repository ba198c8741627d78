use serde::{Deserialize, Serialize};

use crate::adapter::{Description, FolderGrant};

/// What a session is, beside its history: so that people know which session they look at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Card {
    pub adapter: String,
    pub adapter_version: String,
    pub hosts: Vec<String>,
    /// As `--dir` takes them.
    pub folders: Vec<String>,
}

impl Card {
    pub fn of(adapter: &Description, folders: &[FolderGrant]) -> Self {
        Card {
            adapter: adapter.name.clone(),
            adapter_version: adapter.version.clone(),
            hosts: adapter.hosts.clone(),
            folders: folders.iter().map(folder).collect(),
        }
    }

    /// What the session is with, as a report names it.
    pub fn host(&self) -> String {
        self.hosts.join(", ")
    }
}

fn folder(grant: &FolderGrant) -> String {
    let read_only = if grant.writable { "" } else { ":ro" };
    // From wherever the history is read, it is the same folder.
    let host = grant.host.canonicalize();
    let host = host.as_deref().unwrap_or(&grant.host).display();
    format!("{host}={}{read_only}", grant.guest)
}
