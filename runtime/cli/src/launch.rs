use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{ArgGroup, Args};
use tracing_subscriber::filter::LevelFilter;

use super::archive::{Archive, ArchiveOptions, Kept};
use super::config::Config;
use super::pinned::LockOptions;
use crate::stderr::Error;
use pyblish_adapter::{
    AdapterLimits, AddressGrant, Cache, Catalog, Engine, FolderGrant, Identity, NetworkGrant,
    ToolGrant,
};
use pyblish_history::Retention;
use pyblish_hosts::HostRegistry;
use pyblish_platform::identity;
use pyblish_session::{Session, SessionConfig, SessionManager, SessionRequest, StandingGrants};

const DAY: u64 = 24 * 60 * 60;
const MEGABYTE: u64 = 1 << 20;

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

    /// Change a limit of adapters; may be repeated
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit, long_help = limits_help())]
    limits: Vec<(String, String)>,

    /// Read this file instead of endpoint.toml in the user's configuration folder; `pyblish-endpoint
    /// config show` shows all files
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Look for adapters here first
    #[arg(long, value_name = "DIR")]
    adapters_dir: Option<PathBuf>,

    #[command(flatten)]
    lock: LockOptions,

    /// What to log on stderr: off, error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log: LevelFilter,

    #[command(flatten)]
    archive: ArchiveOptions,

    /// Delete history older than this many days, counted from the third-last day of use
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u64).range(..=100_000))]
    keep_days: u64,

    /// Delete the oldest history when the session's history takes more than this many megabytes on
    /// disk
    #[arg(long, value_name = "MB", default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    keep_size: u64,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    let (key, value) = pair.ok_or("it has no `=`; write it as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

pub(super) fn limit(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("it has no `=`; write it as NAME=VALUE")?;
    AdapterLimits::default().set(name, value)?;
    Ok((name.to_owned(), value.to_owned()))
}

fn limits_help() -> String {
    format!(
        "Change a limit of adapters; may be repeated. Bytes can be written as 512M or 2G, times \
         are in seconds. The defaults for each adapter:\n\n{}",
        AdapterLimits::help()
    )
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
}

impl LaunchOptions {
    pub fn log(&self) -> LevelFilter {
        self.log
    }

    /// Opens the session, in a manager with this configuration and what the files say.
    pub async fn open(self, sessions: SessionConfig) -> Result<Launched, Error> {
        let archive = self.archive.archive()?;
        archive.make()?;
        let retention = Retention {
            age: Duration::from_secs(self.keep_days * DAY),
            size: self.keep_size * MEGABYTE,
        };
        if let Err(error) = archive.sweep(retention) {
            tracing::warn!("expired histories are not removed: {error}");
        }
        let kept = Kept {
            archive: archive.clone(),
            retention,
        };
        let identity = Identity {
            user: identity::user().unwrap_or_else(|| "unknown".into()),
            machine: identity::machine().unwrap_or_else(|| "unknown".into()),
        };
        let config = Config::read(self.config.as_deref())?;
        let catalog = Catalog::of_process(self.adapters_dir).with(config.adapter_files()?);
        let mut sessions = SessionConfig {
            grants: config.standing()?,
            limits: config.limits()?,
            policy: Arc::new(config.policy()),
            ..sessions
        };
        for (name, value) in &self.limits {
            sessions.limits.set(name, value)?;
        }
        let catalog = self.lock.pin(catalog, &config, &sessions.limits)?;
        let cache = Cache::of_user();
        let engine = Engine::of_program(&sessions.limits)?;
        let manager =
            SessionManager::new(engine, catalog, cache, identity, Arc::new(kept), sessions);
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
