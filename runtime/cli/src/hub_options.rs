//! Where the studio's hub is, and who asks it.

use std::path::PathBuf;

use clap::Args;

use super::exit::UsageError;
use crate::stderr::Error;
use pyblish_client::{RemoteAddress, RemoteClient, trust};
use pyblish_farm::HubAccess;
use pyblish_platform::trusted::{self, Trust};

/// The environment variable with the token.
const TOKEN: &str = "PYBLISH_HUB_TOKEN";

/// The largest size of a token file, in bytes.
const LARGEST_TOKEN: u64 = 1024;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Hub")]
pub struct HubOptions {
    /// The studio's hub, such as https://publish.studio.lan: what happens is sent to it, and nothing
    /// waits for it; jobs are handed over to it
    #[arg(long, value_name = "URL")]
    hub: Option<RemoteAddress>,

    /// The file with the token for the hub, which `hub tokens add` printed; without it, the token is
    /// in PYBLISH_HUB_TOKEN
    #[arg(long, value_name = "FILE", requires = "hub")]
    hub_token_file: Option<PathBuf>,

    /// Trust the certificates in this PEM file for the hub, instead of those of the system
    #[arg(long, value_name = "FILE", requires = "hub")]
    hub_ca: Option<PathBuf>,
}

impl HubOptions {
    /// Reads the token and the certificates; none without a hub.
    pub fn access(&self) -> Result<Option<HubAccess>, Error> {
        let Some(address) = self.hub.clone() else {
            return Ok(None);
        };
        let token = self.token()?;
        let tls = match address.is_encrypted() {
            true => Some(
                trust(self.hub_ca.as_deref())
                    .map_err(|error| format!("--hub: {error} with --hub-ca"))?,
            ),
            false => None,
        };
        let client = RemoteClient::new(address, &token, tls).ok_or(
            "the token for the hub has characters that no token has: check the file that it is from",
        )?;
        Ok(Some(HubAccess::new(client)))
    }

    /// The same for a command that needs a hub.
    pub fn needed(&self) -> Result<HubAccess, Error> {
        let access = self.access().map_err(UsageError::of)?;
        access.ok_or_else(|| {
            UsageError(
                "this needs the studio's hub: name it with --hub, or put hub = \"https://…\" into [common] of \
                 endpoint.toml"
                    .into(),
            )
            .into()
        })
    }

    /// The flags with which another command asks the same hub.
    pub fn again(&self) -> Vec<String> {
        let address = self.hub.as_ref().map(|hub| format!("--hub={hub}"));
        let path = |flag: &str, path: Option<&PathBuf>| {
            path.map(|path| format!("--{flag}={}", path.display()))
        };
        let token = path("hub-token-file", self.hub_token_file.as_ref());
        let ca = path("hub-ca", self.hub_ca.as_ref());
        [address, token, ca].into_iter().flatten().collect()
    }

    fn token(&self) -> Result<String, Error> {
        let token = match &self.hub_token_file {
            Some(path) => trusted::read_text(path, Trust::Any, LARGEST_TOKEN)
                .map_err(|error| format!("the token for the hub cannot be read: {error}"))?,
            None => std::env::var(TOKEN).unwrap_or_default(),
        };
        match token.trim() {
            "" => Err(format!(
                "--hub needs a token: name its file with --hub-token-file, or put it into {TOKEN}; \
                 `pyblish-endpoint hub tokens add` makes one"
            )
            .into()),
            token => Ok(token.to_owned()),
        }
    }
}
