use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{ArgGroup, Args};
use tracing_subscriber::filter::LevelFilter;

use super::Error;
use super::archive::ArchiveOptions;
use super::config::Config;
use crate::adapter::{Address, Cache, Catalog, Description, FolderGrant, Identity, Limits};
use crate::bridge::Meeting;
use crate::history::Retention;
use crate::session::{Configured, House, Session, SessionRequest};

/// How long an adapter may take to close before it is left to the system.
const CLOSE_PATIENCE: Duration = Duration::from_secs(10);

const DAY: u64 = 24 * 60 * 60;
const MEGABYTE: u64 = 1 << 20;

/// What a session is to be with, and where its history is kept.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true))]
pub struct LaunchOptions {
    /// The adapter: its name, or its .wasm file
    #[arg(long, value_name = "NAME|FILE.wasm", group = "what")]
    adapter: Option<String>,

    /// The host, such as blender, in place of its adapter: takes the one that is for it, and finds the running host
    #[arg(long, value_name = "NAME", group = "what")]
    host: Option<String>,

    /// The process of the running host, where several of its kind run
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,

    /// Give the adapter's setting a value; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,

    /// Let the adapter see a folder, as that path; with :ro it can only read; may be repeated
    #[arg(long = "dir", value_name = "HOST_PATH=GUEST_PATH[:ro]")]
    folders: Vec<FolderGrant>,

    /// Let the adapter connect to this address; may be repeated
    #[arg(long = "connect", value_name = "HOST:PORT")]
    addresses: Vec<Address>,

    /// Let the adapter read this environment variable; may be repeated
    #[arg(long = "env", value_name = "NAME")]
    environment: Vec<String>,

    /// Let adapters use more of something, or less; may be repeated
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit, long_help = limits_help())]
    limits: Vec<(String, String)>,

    /// Read what adapters get in any case from this file, not from endpoint.toml in the user's configuration folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Look for adapters here first
    #[arg(long, value_name = "DIR")]
    adapters_dir: Option<PathBuf>,

    /// What to log on stderr: off, error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log: LevelFilter,

    #[command(flatten)]
    archive: ArchiveOptions,

    /// Forget what happened more than so many days ago
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u64).range(..=100_000))]
    keep_days: u64,

    /// Forget the oldest when the session's history takes more than so many megabytes
    #[arg(long, value_name = "MB", default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    keep_size: u64,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    let (key, value) = pair.ok_or("it has no `=`; write it as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn limit(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("it has no `=`; write it as NAME=VALUE")?;
    Limits::default().set(name, value)?;
    Ok((name.to_owned(), value.to_owned()))
}

fn limits_help() -> String {
    format!(
        "Let adapters use more of something, or less; may be repeated. Bytes can be given as 512M or 2G, times are \
         in seconds. What each adapter may use at most, by default:\n\n{}",
        Limits::help()
    )
}

/// An open session.
pub struct Launched {
    pub house: Arc<House>,
    /// The session's name.
    pub id: String,
    pub session: Session,
    /// The process of the host that it works with, where it works with a running one.
    pub host_pid: Option<u32>,
}

impl LaunchOptions {
    pub fn log(&self) -> LevelFilter {
        self.log
    }

    /// Opens the session.
    pub async fn open(self) -> Result<Launched, Error> {
        let archive = self.archive.archive()?;
        archive.make()?;
        let retention = Retention {
            age: Duration::from_secs(self.keep_days * DAY),
            size: self.keep_size * MEGABYTE,
        };
        archive.sweep(retention)?;
        let own = {
            let archive = archive.clone();
            move |request: &_, adapter: &_| archive.own(request, adapter, retention)
        };
        let identity = Identity {
            user: whoami::username().unwrap_or_else(|_| "unknown".into()),
            machine: whoami::hostname().unwrap_or_else(|_| "unknown".into()),
        };
        let catalog = Catalog::of_process(self.adapters_dir);
        let config = Config::read(self.config)?;
        let mut configured = Configured {
            grants: config.standing()?,
            limits: config.limits()?,
        };
        for (name, value) in &self.limits {
            configured.limits.set(name, value)?;
        }
        let cache = Cache::of_user();
        let house = House::new(catalog, cache, identity, Box::new(own), configured)?;
        let adapter = match (self.adapter, self.host) {
            (Some(adapter), _) => adapter,
            (None, host) => house.adapter_for(&host.unwrap_or_default()).await?,
        };
        let request = SessionRequest {
            adapter,
            settings: self.settings,
            folders: self.folders,
            addresses: self.addresses,
            environment: self.environment,
            pid: self.pid,
        };
        let (id, session) = house.open(request).await?;
        let host_pid = host_pid(session.description(), self.pid);
        Ok(Launched {
            house,
            id,
            session,
            host_pid,
        })
    }
}

/// Of several there is one that was named, or there would be no session.
fn host_pid(adapter: &Description, named: Option<u32>) -> Option<u32> {
    let bridge = adapter.bridge()?;
    named.or_else(|| {
        let found = Meeting::of_user().and_then(|meeting| meeting.find(&bridge.host, None));
        Some(found.ok()??.pid.get())
    })
}

impl Launched {
    /// Closes every session of the house, and waits until their adapters are closed and their histories are
    /// on disk.
    pub async fn close(self) {
        let Launched { house, session, .. } = self;
        drop(session);
        let mut logs = Vec::new();
        for (id, session) in house.sessions() {
            // A log ends with its session.
            logs.push(session.history().log().watch());
            house.close(&id);
        }
        let ended = async {
            for log in &mut logs {
                while log.changed().await.is_ok() {}
            }
        };
        if tokio::time::timeout(CLOSE_PATIENCE, ended).await.is_err() {
            tracing::warn!(
                "an adapter did not close within {CLOSE_PATIENCE:?}; it is left to the system"
            );
        }
    }
}
