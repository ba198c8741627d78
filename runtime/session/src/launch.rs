//! What a session needs to start its adapter, the first time and again. The host is looked up each
//! time, because it may be another process by then.

use std::pin::Pin;
use std::sync::Arc;

use crate::policy::Policy;
use pyblish_adapter::{
    ActiveGrants, AdapterLimits, Component, ConnectResult, Description, HostConnection,
    HostConnector, Identity,
};
use pyblish_hosts::{BridgeError, Caller, HostRegistry, PROTOCOL, RunningHost};
use pyblish_model::{Data, Failure};

/// What a session needs to start its adapter, as often as it must.
#[derive(Clone)]
pub struct Launch {
    /// The compiled adapter.
    pub component: Component,
    /// What the adapter says of itself.
    pub description: Description,
    /// One value for each setting of the description.
    pub settings: Data,
    /// What the user granted. Folders are open already: whatever is put at such a path later does
    /// not count.
    pub granted: ActiveGrants,
    /// What the adapter may use at most.
    pub limits: AdapterLimits,
    /// On whose behalf the adapter works.
    pub identity: Identity,
    /// What the studio decides about plug-ins.
    pub policy: Arc<Policy>,
    /// The process of the running host, where several of its kind may run.
    pub pid: Option<u32>,
}

impl Launch {
    /// The running host, if the user granted one and it is there.
    ///
    /// # Errors
    /// The host is not running and the adapter needs it, or the files that say where it is cannot be
    /// read.
    pub(crate) fn host(&self) -> Result<Option<RunningHost>, BridgeError> {
        let Some(bridge) = self.granted.bridge() else {
            return Ok(None);
        };
        let registry = HostRegistry::of_user()?;
        let found = registry.find(&bridge.host, self.pid)?;
        if found.is_none() && !bridge.optional {
            let start = bridge.start.as_deref();
            return Err(registry.not_running(&bridge.host, self.pid, start));
        }
        Ok(found)
    }

    /// Says in the log if the adapter's author did not mean the version of the running host. The user
    /// has chosen this adapter all the same.
    pub(crate) fn warn_of_other_version(&self) {
        // What speaks against using the host is said when the adapter starts.
        let Ok(Some(running)) = self.host() else {
            return;
        };
        let Description {
            name,
            version,
            host_versions,
            ..
        } = &self.description;
        if let Some(found) = &running.host_version
            && !host_versions.has(&running.host, found)
        {
            let range = host_versions.range(&running.host).unwrap_or_default();
            let host = &running.host;
            tracing::warn!("{name} {version} is for {host} {range}, and {host} {found} is running");
        }
    }

    /// Connects the adapter to the host that the user granted; none where none is granted.
    pub(crate) fn connector(&self) -> Option<Arc<dyn HostConnector>> {
        let bridge = self.granted.bridge()?;
        let Identity { user, machine } = &self.identity;
        let version = env!("CARGO_PKG_VERSION");
        Some(Arc::new(BridgeConnector {
            host: bridge.host.clone(),
            pid: self.pid,
            adapter: format!("{} {}", self.description.name, self.description.version),
            owner: format!("pyblish-endpoint {version} of {user} on {machine}"),
        }))
    }
}

/// Connects an adapter to the bridge in a running host. The host is looked up each time.
struct BridgeConnector {
    /// The name of the host.
    host: String,
    /// The process that the user chose, if any.
    pid: Option<u32>,
    /// The adapter and its version.
    adapter: String,
    /// Whose session it is, for people to read.
    owner: String,
}

impl BridgeConnector {
    async fn try_connect(&self, pid: Option<u32>) -> ConnectResult {
        let failed = |error: &dyn std::fmt::Display| Failure {
            title: Some("Not connected".into()),
            ..Failure::new("NotConnected", error.to_string())
        };
        let registry = HostRegistry::of_user().map_err(|error| failed(&error))?;
        let found = registry.find(&self.host, pid.or(self.pid));
        let Some(running) = found.map_err(|error| failed(&error))? else {
            return Ok(None);
        };
        let caller = Caller {
            adapter: &self.adapter,
            owner: &self.owner,
        };
        let stream = registry.connect(&running, caller).await;
        Ok(Some(HostConnection {
            stream: stream.map_err(|error| failed(&error))?,
            pid: running.pid.get(),
            protocol: PROTOCOL,
        }))
    }
}

impl HostConnector for BridgeConnector {
    fn connect(
        &self,
        pid: Option<u32>,
    ) -> Pin<Box<dyn Future<Output = ConnectResult> + Send + '_>> {
        Box::pin(self.try_connect(pid))
    }
}
