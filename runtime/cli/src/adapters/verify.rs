use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::network::NetworkOptions;
use super::shop::{ShopOptions, title};
use crate::release::describe;
use crate::stderr::Error;
use crate::{stdout, text};
use pyblish_distribution::{Lock, SignatureState, check_locked};

#[derive(Debug, Args)]
pub(super) struct Verify {
    #[command(flatten)]
    shop: ShopOptions,

    /// Print a JSON array: name, version, digest, key, problem
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let shop = self.shop.open(NetworkOptions::default())?;
        let lock = Lock::read(&shop.lock)?;
        let (mut lines, mut shown, mut bad) = (String::new(), Vec::new(), false);
        for locked in lock.adapters() {
            let checked = check_locked(locked, &shop.store, &shop.trust, shop.limit, &describe);
            lines += &match &checked {
                Ok(signature) => format!("ok      {}\n", title(locked, signature)),
                Err(error) => format!("refused {}\n", text::one_line(&error.to_string())),
            };
            bad |= checked.is_err();
            shown.push(json!({
                "name": locked.name,
                "version": locked.version.to_string(),
                "digest": locked.digest.to_string(),
                "key": checked.as_ref().ok().and_then(SignatureState::key).map(ToString::to_string),
                "problem": checked.as_ref().err().map(ToString::to_string),
            }));
        }
        match self.json {
            true => {
                let all: Value = shown.into_iter().collect();
                stdout::put_json(&format!("{all}\n"))?;
            }
            false => stdout::put(&lines)?,
        }
        Ok(match bad {
            false => ExitCode::SUCCESS,
            true => ExitCode::FAILURE,
        })
    }
}
