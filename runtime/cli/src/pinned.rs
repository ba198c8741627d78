//! Which adapters a command may load: those of a lock, those that are installed, or any.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::config::Config;
use super::exit::UsageError;
use super::release::describe;
use super::stderr::Error;
use pyblish_adapter::{
    AdapterLimits, Catalog, Limit, Origin, PinRule, PinnedFile, speaks_contract, with_version,
};
use pyblish_distribution::{DistributionError, LOCK_NAME, Lock, Pin, Store, pins, stored_pins};

/// The options of a lock.
#[derive(Debug, Clone, Default, Args)]
pub struct LockOptions {
    /// Only use adapters that the lock names, as files with exactly its digests
    #[arg(long)]
    locked: bool,

    /// The lock of adapters; adapters.lock in this folder with --locked. Adapters in it are found
    /// before others
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,
}

/// The store of this user.
pub fn store() -> Result<Store, DistributionError> {
    let user = directories::ProjectDirs::from("", "", "pyblish-endpoint");
    Store::of_user(user.map(|user| user.data_dir().to_path_buf()))
}

/// The lock that a command writes or reads: that of the command line, of the configuration, or of
/// the working folder.
pub fn lock_path(typed: Option<&Path>, config: &Config) -> PathBuf {
    let configured = || config.lock().0;
    let named = typed.map(Path::to_path_buf).or_else(configured);
    named.unwrap_or_else(|| LOCK_NAME.into())
}

impl LockOptions {
    /// The flags with which another command may load the same adapters.
    pub fn again(&self) -> Vec<String> {
        let locked = self.locked.then(|| "--locked".to_owned());
        let lock = self.lock.iter();
        let lock = lock.map(|path| format!("--lock={}", path.display()));
        locked.into_iter().chain(lock).collect()
    }

    /// The catalog, with what may be loaded by its digest.
    ///
    /// # Errors
    /// The lock or the store cannot be used.
    pub fn pin(
        &self,
        catalog: Catalog,
        config: &Config,
        limits: &AdapterLimits,
    ) -> Result<Catalog, Error> {
        let (configured, must) = config.lock();
        let locked = self.locked || must;
        let path = self.lock.clone().or(configured);
        let path = path.or_else(|| locked.then(|| LOCK_NAME.into()));
        let trust = config.trust();
        let limit = limits.get(Limit::AdapterSize);
        let unsigned = "adapters must be signed and installed here, by require-signature in [trust] \
                        of endpoint.toml; install it with `pyblish-endpoint adapters install`";
        let Some(path) = path else {
            let stored = store()
                .and_then(|store| stored_pins(&store, &trust, limit, &describe, speaks_contract));
            let rule = match trust.require_signature {
                true => PinRule::Only(unsigned.into()),
                false => PinRule::Last,
            };
            return match stored {
                Ok(pins) => Ok(catalog.with_pinned(versions(pins), rule)),
                // Others can be used.
                Err(error) if rule == PinRule::Last => {
                    tracing::warn!("{error}; adapters in it are not found");
                    Ok(catalog)
                }
                Err(error) => Err(error.into()),
            };
        };
        let lock = Lock::read(&path).map_err(|error| UsageError(error.to_string()))?;
        let pins = pins(&lock, &store()?, &trust, limit, &describe);
        let shown = path.display();
        let rule = match (locked, trust.require_signature) {
            (true, _) => PinRule::Only(format!(
                "it is not in the lock {shown}, and only what is may be used here; add it with \
                 `pyblish-endpoint adapters add`"
            )),
            (false, true) => PinRule::Only(unsigned.into()),
            (false, false) => PinRule::First,
        };
        Ok(catalog.with_pinned(files(pins, &path), rule))
    }
}

/// The files of a lock, by name.
fn files(pins: Vec<Pin>, lock: &Path) -> BTreeMap<String, PinnedFile> {
    let files = pins.into_iter();
    files
        .map(|pin| (pin.name.clone(), file(pin, Some(lock))))
        .collect()
}

/// The files of the store: each by its name and its version, and the first of each name by that
/// alone.
fn versions(pins: Vec<Pin>) -> BTreeMap<String, PinnedFile> {
    let mut files = BTreeMap::new();
    for pin in pins {
        let name = pin.name.clone();
        let versioned = with_version(&name, &pin.entry.version.to_string());
        let file = file(pin, None);
        files.entry(name).or_insert_with(|| file.clone());
        files.entry(versioned).or_insert(file);
    }
    files
}

fn file(pin: Pin, lock: Option<&Path>) -> PinnedFile {
    PinnedFile {
        path: pin.path,
        digest: pin.digest.hex().to_owned(),
        origin: Origin {
            source: pin.entry.source,
            key: pin.entry.key.map(|key| key.to_string()),
            lock: lock.map(Path::to_path_buf),
        },
        problem: pin.problem.map(|problem| problem.to_string()),
    }
}
