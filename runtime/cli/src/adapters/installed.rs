//! The adapters that `list` and `inspect` find: all that a start would.

use std::path::PathBuf;

use crate::config::Config;
use crate::pinned::LockOptions;
use crate::stderr::Error;
use pyblish_adapter::{AdapterLimits, Catalog};

/// What a start finds that has no flags.
pub(super) fn catalog(adapters_dir: Option<PathBuf>) -> Result<Catalog, Error> {
    let config = Config::read(None)?;
    let catalog = Catalog::of_process(adapters_dir).with(config.adapter_files()?);
    LockOptions::default().pin(catalog, &config, &AdapterLimits::to_inspect())
}
