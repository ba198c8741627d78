use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::network::NetworkOptions;
use super::shop::ShopOptions;
use crate::event_loop::block_on;
use crate::release::describe;
use crate::stderr::Error;
use crate::{stderr, stdout};
use pyblish_distribution::{AdapterSignature, Bundle as Archive, Lock, check_locked};

#[derive(Debug, Args)]
pub(super) struct Bundle {
    /// The file to write. Machines without a network install it with `adapters install --bundle`
    #[arg(long, value_name = "FILE.tar")]
    out: PathBuf,

    #[command(flatten)]
    shop: ShopOptions,

    /// Print a JSON object: file, bytes, adapters
    #[arg(long)]
    json: bool,
}

impl Bundle {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        block_on(async { self.bundle() })
    }

    fn bundle(self) -> Result<ExitCode, Error> {
        let shop = self.shop.open(NetworkOptions::default())?;
        let lock = Lock::read(&shop.lock)?;
        for locked in lock.adapters() {
            check_locked(locked, &shop.store, &shop.trust, shop.limit, &describe)?;
            if let Some(AdapterSignature::Cosign(_)) = shop.store.signature(&locked.digest)? {
                stderr::say(&format!(
                    "{} is signed with cosign, and a bundle takes no such signature along: where a \
                     signature is required, it is not installed from this bundle. Sign it with \
                     `pyblish-endpoint adapters sign` too",
                    locked.name
                ));
            }
        }
        let bytes = Archive::write(&self.out, &lock, &shop.store, shop.limit)?;
        let (file, count) = (self.out.display(), lock.adapters().count());
        match self.json {
            true => {
                let names: Vec<_> = lock.adapters().map(|it| &it.name).collect();
                let shown = json!({"file": self.out, "bytes": bytes, "adapters": names});
                stdout::put_json(&format!("{shown}\n"))?;
            }
            false => {
                let what = if count == 1 { "adapter" } else { "adapters" };
                stdout::put(&format!("wrote {count} {what} to {file}, {bytes} bytes\n"))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
