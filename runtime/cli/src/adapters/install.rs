use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{ArgGroup, Args};
use serde_json::Value;

use super::network::NetworkOptions;
use super::shop::{Shop, ShopOptions, document, title};
use crate::event_loop::block_on;
use crate::stderr::Error;
use crate::{stderr, stdout, text};
use pyblish_distribution::{Bundle, Lock, Reference, Supply};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).multiple(true))]
pub(super) struct Install {
    /// A .wasm file, FOLDER#NAME or FOLDER#NAME@1.4 for the newest one in a folder,
    /// oci://REGISTRY/NAME:TAG, or https://HOST/NAME.wasm: installs it for you,
    /// without a lock
    #[arg(value_name = "REFERENCE", group = "which", conflicts_with_all = ["locked", "bundle"])]
    reference: Option<Reference>,

    /// Install what the lock names, to the byte. The lock is not changed
    #[arg(long, group = "which")]
    locked: bool,

    /// Install from this file of `adapters bundle`, and ask no server: all that is in it, or with
    /// --locked what the lock names
    #[arg(long, value_name = "FILE.tar", group = "which")]
    bundle: Option<PathBuf>,

    #[command(flatten)]
    shop: ShopOptions,

    #[command(flatten)]
    network: NetworkOptions,

    /// Print a JSON array with what was installed
    #[arg(long)]
    json: bool,
}

impl Install {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        block_on(self.install())
    }

    async fn install(self) -> Result<ExitCode, Error> {
        let shop = self.shop.open(self.network)?;
        let bundle = self.bundle.as_deref().map(Bundle::open).transpose()?;
        let Some(reference) = self.reference else {
            return install_all(&shop, self.locked, bundle.as_ref(), self.json).await;
        };
        let mut candidate = shop.installer().fetch(&reference, Path::new("")).await?;
        // There is no lock that it could be relative to.
        candidate.entry.source = candidate.source().absolute()?.to_string();
        shop.keep(&candidate)?;
        match self.json {
            true => {
                let all: Value = [document(&candidate.entry, None)].into_iter().collect();
                stdout::put_json(&format!("{all}\n"))?;
            }
            false => {
                let title = title(&candidate.entry, &candidate.signature);
                stdout::put(&format!("installed {title}\n"))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Installs all that can be of the project's lock, or else of the bundle's, and says what could not.
async fn install_all(
    shop: &Shop,
    locked: bool,
    bundle: Option<&Bundle>,
    json: bool,
) -> Result<ExitCode, Error> {
    let lock = match bundle {
        Some(bundle) if !locked => bundle.lock.clone(),
        _ => {
            let lock = Lock::read(&shop.lock)?;
            // Before anything is fetched: what the lock names must not be removed meanwhile.
            shop.store.remember(&lock)?;
            lock
        }
    };
    let supply = bundle.map_or(Supply::Sources(lock.folder()), Supply::Bundle);
    let of = locked.then(|| lock.path());
    let (mut shown, mut failed) = (Vec::new(), 0);
    for locked in lock.adapters() {
        let restored = shop.installer().restore(locked, supply).await;
        let installed = restored.map_err(Error::from).and_then(|(path, is_new)| {
            shop.compile(path, locked.digest.hex())?;
            Ok(is_new)
        });
        match installed {
            Ok(is_new) => {
                if !json {
                    let what = if is_new { "installed" } else { "already there" };
                    let line = format!("{what} {} {}", locked.name, locked.version);
                    stdout::put(&format!("{}\n", text::one_line(&line)))?;
                }
                shown.push(document(locked, of));
            }
            Err(error) => {
                stderr::complain(&error);
                failed += 1;
            }
        }
    }
    if json {
        let all: Value = shown.into_iter().collect();
        stdout::put_json(&format!("{all}\n"))?;
    }
    Ok(match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
