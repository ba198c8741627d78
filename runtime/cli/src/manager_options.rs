//! The options of everything that opens sessions: configuration, limits, adapters, history.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tracing_subscriber::filter::LevelFilter;

use super::archive::{Archive, ArchiveOptions, Kept};
use super::config::Config;
use super::pinned::LockOptions;
use crate::stderr::Error;
use pyblish_adapter::{AdapterLimits, Cache, Catalog, Engine, Identity};
use pyblish_history::Retention;
use pyblish_platform::identity;
use pyblish_session::{SessionConfig, SessionManager};

const DAY: u64 = 24 * 60 * 60;
const MEGABYTE: u64 = 1 << 20;

/// The options of a manager of sessions.
#[derive(Debug, Args)]
pub struct ManagerOptions {
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

/// A manager of sessions, and what it was made of.
pub struct Managed {
    pub manager: Arc<SessionManager>,
    /// Where histories are kept.
    pub archive: Archive,
    /// Where adapters are found.
    pub catalog: Catalog,
    /// The content of the files of configuration.
    pub config: Config,
    /// The flags with which another command opens sessions as this one does.
    pub again: Vec<String>,
}

impl ManagerOptions {
    pub fn log(&self) -> LevelFilter {
        self.log
    }

    /// The flags with which another command opens sessions as this one does.
    fn again(&self) -> Vec<String> {
        let path = |flag: &str, path: Option<&PathBuf>| {
            path.map(|path| format!("--{flag}={}", path.display()))
        };
        let config = path("config", self.config.as_ref());
        let adapters = path("adapters-dir", self.adapters_dir.as_ref());
        let limits = self.limits.iter();
        let limits = limits.map(|(name, value)| format!("--limit={name}={value}"));
        let all = config.into_iter().chain(adapters).chain(limits);
        all.chain(self.lock.again())
            .chain(self.archive.again())
            .collect()
    }

    /// A manager with this configuration and what the files say.
    pub fn open(self, sessions: SessionConfig) -> Result<Managed, Error> {
        let again = self.again();
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
        let manager = SessionManager::new(
            engine,
            catalog.clone(),
            cache,
            identity,
            Arc::new(kept),
            sessions,
        );
        Ok(Managed {
            manager,
            archive,
            catalog,
            config,
            again,
        })
    }
}
