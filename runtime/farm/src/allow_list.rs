//! What a worker takes: adapters and hosts by name.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::job::{HostScene, JobSpec};

/// What a worker takes. Nothing else is ever opened by it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AllowList {
    /// The names of adapters.
    pub adapters: Vec<String>,
    /// The names of hosts that it starts.
    #[serde(default)]
    pub hosts: Vec<String>,
}

impl AllowList {
    /// Checks that this job is allowed here.
    ///
    /// # Errors
    /// It is not. The text names the flag.
    pub fn check(&self, spec: &JobSpec) -> Result<(), String> {
        let adapter = &spec.adapter.name;
        if !self.adapters.contains(adapter) {
            return Err(format!(
                "the adapter {adapter} is not allowed on this worker; allow it with --allow-adapter {adapter}"
            ));
        }
        match &spec.host {
            Some(HostScene { host, .. }) if !self.hosts.contains(host) => Err(format!(
                "the host {host} is not allowed on this worker; allow it with --allow-host {host}"
            )),
            _ => Ok(()),
        }
    }
}
