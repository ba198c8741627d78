//! The place of a session's adapter: it holds the running one, or none while the adapter is down.

use std::num::NonZeroU32;
use std::sync::Arc;

use tokio::sync::watch;

use crate::error::SessionError;
use crate::launch::Launch;
use crate::observer::CallObserver;
use pyblish_adapter::{
    Adapter, AdapterLimits, ForceStop, HostChannel, OpenArguments, OpenedSession,
};
use pyblish_hosts::BridgeError;
use pyblish_model::{JsonText, RunFacts, SceneState};
use pyblish_platform::process;

/// The running adapter of a session, with what is known of its host.
pub(crate) struct AdapterSlot {
    launch: Launch,
    /// None while the adapter is down.
    adapter: Option<Adapter>,
    /// Changes when what the adapter does is to be ended by force.
    force: ForceStop,
    /// The host's process, where it is known.
    pid: Option<NonZeroU32>,
    /// The connection on which the host says what happens to its scene, where it has one.
    channel: Option<Arc<HostChannel>>,
    /// The host's version, where the host says it. It outlives the adapter, so that a new version
    /// is noticed.
    version: Option<String>,
}

impl AdapterSlot {
    pub(crate) fn new(launch: Launch, force: ForceStop) -> Self {
        AdapterSlot {
            launch,
            adapter: None,
            force,
            pid: None,
            channel: None,
            version: None,
        }
    }

    /// # Errors
    /// A granted folder is no longer at its path.
    pub(crate) fn check_folders(&self) -> Result<(), SessionError> {
        let mut folders = self.launch.granted.folders().iter();
        match folders.find(|folder| !folder.is_in_place()) {
            Some(folder) => Err(SessionError::FolderGone(folder.host_path())),
            None => Ok(()),
        }
    }

    /// Starts an adapter and opens a session of the host with it.
    ///
    /// # Errors
    /// The host is not there, or the adapter cannot be started or refuses.
    pub(crate) async fn open(
        &mut self,
        observer: CallObserver,
    ) -> Result<OpenedSession, SessionError> {
        let launch = &self.launch;
        let opening = OpenArguments {
            settings: launch.settings.clone(),
            identity: launch.identity.clone(),
            connector: launch.connector(),
            is_host_running: launch.host()?.is_some(),
        };
        self.force = observer.force.clone();
        let (adapter, opened) = launch
            .component
            .open(
                &launch.description,
                &launch.granted,
                &launch.limits,
                &opening,
                Box::new(observer),
            )
            .await?;
        // An adapter without the bridge may know the process of its host.
        let reported = || opened.host.get("pid")?.text().parse().ok();
        self.pid = adapter
            .host_pid()
            .or_else(reported)
            .and_then(NonZeroU32::new);
        self.channel = adapter.host_channel();
        self.adapter = Some(adapter);
        let version = opened.host.get("hostVersion");
        self.version = version.and_then(|version| Some(version.as_str()?.into_owned()));
        Ok(opened)
    }

    pub(crate) fn adapter(&mut self) -> Option<&mut Adapter> {
        self.adapter.as_mut()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.adapter.is_some()
    }

    /// Drops the adapter as it is: it is never called again.
    pub(crate) fn drop_adapter(&mut self) {
        self.adapter = None;
        self.channel = None;
        self.pid = None;
    }

    /// Closes the adapter properly, at the end of the session.
    pub(crate) async fn close(&mut self) {
        if let Some(adapter) = self.adapter.take()
            && let Err(error) = adapter.close().await
        {
            tracing::warn!("{error}");
        }
    }

    /// Why the adapter says that its host is gone, if it does.
    pub(crate) fn lost_host(&self) -> Option<&str> {
        self.adapter.as_ref().and_then(Adapter::lost)
    }

    /// Waits for the end of the host's process; for ever, where none is known.
    pub(crate) async fn until_host_ended(&self) {
        match self.pid {
            Some(pid) => process::gone(pid).await,
            None => std::future::pending().await,
        }
    }

    /// What the host says of its scene, as far as it was read; the sender is gone where there is none.
    pub(crate) fn scene(&self) -> watch::Receiver<SceneState> {
        match &self.channel {
            Some(channel) => channel.scene(),
            None => watch::Sender::default().subscribe(),
        }
    }

    /// Waits until the host says something of its scene that is not this. For between two calls.
    pub(crate) async fn until_scene_changes(&self, known: &SceneState) {
        let Some(channel) = &self.channel else {
            return std::future::pending().await;
        };
        let mut scene = channel.scene();
        tokio::select! {
            _ = scene.wait_for(|now| now != known) => {}
            () = channel.listen() => {}
        }
    }

    /// The value of one of the adapter's settings.
    pub(crate) fn setting(&self, name: &str) -> Option<&JsonText> {
        self.launch.settings.get(name)
    }

    /// Whether the host can be reached now.
    ///
    /// # Errors
    /// It cannot, for this reason.
    pub(crate) fn check_host(&self) -> Result<(), BridgeError> {
        self.launch.host().map(drop)
    }

    /// Changes when somebody asks to end by force whatever the adapter does.
    pub(crate) fn force(&self) -> &ForceStop {
        &self.force
    }

    pub(crate) fn pid(&self) -> Option<NonZeroU32> {
        self.pid
    }

    pub(crate) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// What a report names of the place of a run.
    pub(crate) fn facts(&self) -> RunFacts {
        let Launch {
            description,
            identity,
            component,
            ..
        } = &self.launch;
        RunFacts {
            user: identity.user.clone(),
            machine: identity.machine.clone(),
            adapter: description.name.clone(),
            adapter_version: description.version.clone(),
            adapter_digest: component.digest().to_owned(),
            host: description.hosts.join(", "),
            host_version: self.version.clone(),
            ..RunFacts::default()
        }
    }

    /// The adapter's name.
    pub(crate) fn name(&self) -> &str {
        &self.launch.description.name
    }

    /// The hosts that the adapter is for.
    pub(crate) fn hosts(&self) -> &[String] {
        &self.launch.description.hosts
    }

    pub(crate) fn limits(&self) -> &AdapterLimits {
        &self.launch.limits
    }
}
