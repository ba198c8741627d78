use std::process::ExitCode;

use clap::Args;

use super::network::NetworkOptions;
use super::shop::{ShopOptions, asked, document, title};
use crate::event_loop::block_on;
use crate::stderr::Error;
use crate::stdout;
use pyblish_distribution::{DistributionError, Lock, Reference, fetch_for};

#[derive(Debug, Args)]
pub(super) struct Add {
    /// A .wasm file, FOLDER#NAME or FOLDER#NAME@1.4 for the newest one in a folder,
    /// oci://REGISTRY/NAME:TAG, or https://HOST/NAME.wasm. The signature of
    /// a file lies beside it, as FILE.wasm.minisig
    #[arg(value_name = "REFERENCE")]
    reference: Reference,

    #[command(flatten)]
    shop: ShopOptions,

    #[command(flatten)]
    network: NetworkOptions,

    /// Print the entry as a JSON object
    #[arg(long)]
    json: bool,
}

impl Add {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        block_on(self.add())
    }

    async fn add(self) -> Result<ExitCode, Error> {
        let shop = self.shop.open(self.network)?;
        let mut lock = Lock::read_or_new(&shop.lock)?;
        let candidate = fetch_for(&shop.installer(), &lock, &self.reference).await?;
        let entry = candidate.entry.clone();
        if let Some(locked) = lock.get(&entry.name)
            && *locked != entry
        {
            return Err(DistributionError::AlreadyLocked {
                name: entry.name,
                version: locked.version.clone(),
            }
            .into());
        }
        shop.keep(&candidate)?;
        lock.put(entry.clone());
        lock.save()?;
        shop.store.remember(&lock)?;
        match self.json {
            true => {
                let shown = document(&entry, Some(lock.path()));
                stdout::put_json(&format!("{shown}\n"))?;
            }
            false => {
                let title = title(&entry, &candidate.signature);
                let path = lock.path().display();
                stdout::put(&format!("{title}\n{}  locked in {path}\n", asked(&entry)))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
