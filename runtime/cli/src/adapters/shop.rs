//! What the commands that install adapters share: the store, the keys, the lock, and a check that
//! this runtime can load what is installed.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use tracing_subscriber::filter::LevelFilter;

use super::network::NetworkOptions;
use crate::config::Config;
use crate::manager_options::limit;
use crate::pinned::{lock_path, store};
use crate::release::describe;
use crate::screen::Screen;
use crate::stderr::Error;
use crate::{log, text};
use pyblish_adapter::{Cache, Component, Engine, Limit};
use pyblish_distribution::{
    Candidate, Date, Installer, LockedAdapter, Network, SignatureState, Store, Trust,
};

/// The options that these commands share.
#[derive(Debug, Args)]
pub(super) struct ShopOptions {
    /// The lock; adapters.lock in this folder if neither this nor `lock` in [trust] of
    /// endpoint.toml names one
    #[arg(long, value_name = "FILE")]
    pub(super) lock: Option<PathBuf>,

    /// Let an adapter use more of something, such as adapter-size=512M; may be repeated
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit)]
    limits: Vec<(String, String)>,

    /// Read this file instead of endpoint.toml in the user's configuration folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Where adapters are installed, and by which rules.
pub(super) struct Shop {
    pub(super) store: Store,
    pub(super) trust: Trust,
    pub(super) lock: PathBuf,
    pub(super) limit: u64,
    network: Network,
    engine: Engine,
    cache: Option<Cache>,
}

impl ShopOptions {
    pub(super) fn open(self, network: NetworkOptions) -> Result<Shop, Error> {
        // Shows that an adapter is being compiled, if it is.
        log::to(&Screen::default(), LevelFilter::INFO);
        let config = Config::read(self.config.as_deref())?;
        let mut limits = config.limits()?;
        for (name, value) in &self.limits {
            limits.set(name, value)?;
        }
        Ok(Shop {
            store: store()?,
            trust: config.trust(),
            lock: lock_path(self.lock.as_deref(), &config),
            limit: limits.get(Limit::AdapterSize),
            network: network.network(&config)?,
            engine: Engine::of_program(&limits)?,
            cache: Cache::of_user(),
        })
    }
}

impl Shop {
    pub(super) fn installer(&self) -> Installer<'_> {
        Installer {
            store: &self.store,
            trust: &self.trust,
            network: &self.network,
            today: Date::today(),
            limit: self.limit,
            describe: &describe,
        }
    }

    /// Keeps an adapter that was checked, and compiles it, so that its first start does not. One
    /// that this runtime cannot load is not kept.
    pub(super) fn keep(&self, candidate: &Candidate) -> Result<(), Error> {
        let digest = &candidate.entry.digest;
        let is_new = self.store.find(digest)?.is_none();
        let path = self.installer().keep(candidate)?;
        let compiled = self.compile(path, digest.hex());
        if compiled.is_err() && is_new {
            self.store.remove(digest)?;
        }
        compiled
    }

    pub(super) fn compile(&self, path: PathBuf, digest: &str) -> Result<(), Error> {
        let cache = self.cache.as_ref();
        Component::load_pinned(&self.engine, cache, path, Some(digest))?;
        Ok(())
    }
}

/// An adapter in a line.
pub(super) fn title(entry: &LockedAdapter, signature: &SignatureState) -> String {
    let signed = match signature {
        SignatureState::By { key, name } => format!("signed by {name} ({key})"),
        SignatureState::Unsigned => "not signed".into(),
        SignatureState::Unknown(key) => {
            format!("signed by {key}, which is no key of yours, so nothing was checked")
        }
    };
    text::one_line(&format!("{} {}, {signed}", entry.name, entry.version))
}

/// What an adapter asks for, as lines.
pub(super) fn asked(entry: &LockedAdapter) -> String {
    match entry.asks.is_empty() {
        true => "  asks for nothing\n".into(),
        false => {
            let lines = entry.asks.iter();
            let lines = lines.map(|ask| format!("    {}\n", text::one_line(ask)));
            format!("  asks for\n{}", lines.collect::<String>())
        }
    }
}

/// An adapter as JSON.
pub(super) fn document(entry: &LockedAdapter, lock: Option<&Path>) -> Value {
    json!({
        "name": entry.name,
        "version": entry.version.to_string(),
        "source": entry.source,
        "digest": entry.digest.to_string(),
        "size": entry.size,
        "key": entry.key.as_ref().map(ToString::to_string),
        "contract": entry.contract,
        "hosts": entry.hosts,
        "hostVersions": entry.host_versions,
        "asks": entry.asks,
        "lock": lock,
    })
}
