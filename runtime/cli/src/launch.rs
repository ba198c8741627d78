use std::sync::Arc;

use clap::{ArgGroup, Args};
use tracing_subscriber::filter::LevelFilter;

use super::archive::Archive;
use super::config::Config;
use super::manager_options::{Managed, ManagerOptions};
use crate::stderr::Error;
use pyblish_adapter::{AddressGrant, Catalog, FolderGrant, NetworkGrant, ToolGrant};
use pyblish_hosts::HostRegistry;
use pyblish_session::{Session, SessionConfig, SessionManager, SessionRequest, StandingGrants};

/// The options of a session: its adapter, grants, limits, and where its history is kept.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true))]
pub struct LaunchOptions {
    /// The adapter: its name, or its .wasm file
    #[arg(long, value_name = "NAME|FILE.wasm", group = "what")]
    adapter: Option<String>,

    /// The host, such as blender, instead of its adapter: uses the adapter for this host, finds the
    /// running host, and lets the adapter work through its bridge
    #[arg(long, value_name = "NAME", group = "what")]
    host: Option<String>,

    /// The process of the running host, if several are running
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,

    /// Give the adapter's setting a value; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,

    /// Let the adapter use a folder, under that path; with :ro it can only read; may be repeated
    #[arg(long = "dir", value_name = "HOST_PATH=GUEST_PATH[:ro]")]
    folders: Vec<FolderGrant>,

    /// Let the adapter connect to this address; may be repeated
    #[arg(long = "connect", value_name = "HOST:PORT")]
    addresses: Vec<AddressGrant>,

    /// Let names given with --connect resolve to this private network, such as 10.20.0.0/16; may be
    /// repeated
    #[arg(long = "network", value_name = "NETWORK|private")]
    networks: Vec<NetworkGrant>,

    /// Let the adapter work through the bridge in this running host, where it can do everything
    /// that the host can; may be repeated. Not needed with --host, or with the installed adapter
    /// that has the host's name
    #[arg(long = "bridge", value_name = "HOST")]
    bridges: Vec<String>,

    /// Let the adapter read this environment variable; may be repeated
    #[arg(long = "env", value_name = "NAME")]
    environment: Vec<String>,

    /// Run this tool for the adapter, within limits: ffmpeg makes thumbnails of movies. Without a
    /// path, the one on PATH
    #[arg(long = "tool", value_name = "NAME[=PATH]")]
    tools: Vec<ToolGrant>,

    #[command(flatten)]
    manager: ManagerOptions,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    let (key, value) = pair.ok_or("it has no `=`; write it as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// An open session.
pub struct Launched {
    pub manager: Arc<SessionManager>,
    /// The session's name.
    pub id: String,
    pub session: Session,
    /// The process of the running host that it works with, if any.
    pub host_pid: Option<u32>,
    /// Where its history is kept.
    pub archive: Archive,
    /// Where its adapter was found.
    pub catalog: Catalog,
    /// The content of the files of configuration.
    pub config: Config,
    /// The flags with which another command opens sessions as this one does.
    pub again: Vec<String>,
}

impl LaunchOptions {
    pub fn log(&self) -> LevelFilter {
        self.manager.log()
    }

    /// Opens the session, in a manager with this configuration and what the files say.
    pub async fn open(self, sessions: SessionConfig) -> Result<Launched, Error> {
        let Managed {
            manager,
            archive,
            catalog,
            config,
            again,
        } = self.manager.open(sessions)?;
        let (adapter, chosen) = match (self.adapter, self.host) {
            (Some(adapter), _) => (adapter.clone(), adapter),
            (None, host) => {
                let host = host.unwrap_or_default();
                (manager.adapter_for(&host, self.pid).await?, host)
            }
        };
        let grants = StandingGrants {
            settings: self.settings,
            folders: self.folders,
            addresses: self.addresses,
            networks: self.networks,
            environment: self.environment,
            bridges: self.bridges,
            tools: self.tools,
            pid: self.pid,
        };
        let request = SessionRequest { adapter, grants };
        let (id, session) = manager.open(request, &chosen).await?;
        let host_pid = manager
            .bridge(&id)
            .and_then(|host| host_pid(&host, self.pid));
        Ok(Launched {
            manager,
            id,
            session,
            host_pid,
            archive,
            catalog,
            config,
            again,
        })
    }
}

/// If several hosts run, one of them was named; otherwise there would be no session.
fn host_pid(host: &str, named: Option<u32>) -> Option<u32> {
    named.or_else(|| {
        let found = HostRegistry::of_user().and_then(|meeting| meeting.find(host, None));
        Some(found.ok()??.pid.get())
    })
}

impl Launched {
    /// Closes all sessions of the manager, and waits until their adapters are closed and their
    /// histories are on disk.
    pub async fn close(self) {
        if !self.manager.close().await {
            tracing::warn!("an adapter did not close in time; it ends with this process");
        }
    }
}
