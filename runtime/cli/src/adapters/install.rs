use std::path::Path;
use std::process::ExitCode;

use clap::{ArgGroup, Args};
use serde_json::Value;

use super::shop::{Shop, ShopOptions, document, title};
use crate::event_loop::block_on;
use crate::stderr::Error;
use crate::{stderr, stdout, text};
use pyblish_distribution::{Lock, Reference};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true))]
pub(super) struct Install {
    /// A .wasm file, or FOLDER#NAME or FOLDER#NAME@1.4 for the newest one in a folder: installs it
    /// for you, without a lock
    #[arg(value_name = "REFERENCE", group = "which")]
    reference: Option<Reference>,

    /// Install what the lock names, to the byte. The lock is not changed
    #[arg(long, group = "which")]
    locked: bool,

    #[command(flatten)]
    shop: ShopOptions,

    /// Print a JSON array with what was installed
    #[arg(long)]
    json: bool,
}

impl Install {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        block_on(async { self.install() })
    }

    fn install(self) -> Result<ExitCode, Error> {
        let shop = self.shop.open()?;
        let Some(reference) = self.reference else {
            return install_locked(&shop, self.json);
        };
        let mut candidate = shop.installer().fetch(&reference, Path::new(""))?;
        // There is no lock that it could be relative to.
        candidate.entry.source = std::path::absolute(&candidate.entry.source)?
            .display()
            .to_string();
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

/// Installs all that can be, and says what could not.
fn install_locked(shop: &Shop, json: bool) -> Result<ExitCode, Error> {
    let lock = Lock::read(&shop.lock)?;
    // Before anything is fetched: what the lock names must not be removed meanwhile.
    shop.store.remember(&lock)?;
    let (mut shown, mut failed) = (Vec::new(), 0);
    for locked in lock.adapters() {
        let restored = shop.installer().restore(locked, lock.folder());
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
                shown.push(document(locked, Some(lock.path())));
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
