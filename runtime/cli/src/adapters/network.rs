//! The options of the commands that ask registries and web servers.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::RangedU64ValueParser;

use super::sign::password;
use crate::config::Config;
use crate::stderr::Error;
use pyblish_distribution::{Login, Network, SILENCE};

/// How registries and web servers are reached.
#[derive(Debug, Default, Args)]
pub(super) struct NetworkOptions {
    /// Ask the registry as this user; without it, as the one that `docker login` or `podman login`
    /// has kept
    #[arg(long, value_name = "NAME", requires = "registry_password_file")]
    registry_user: Option<String>,

    /// The file with that user's password or token, in its first line
    #[arg(long, value_name = "FILE", requires = "registry_user")]
    registry_password_file: Option<PathBuf>,

    /// Also trust the certificate authorities in this file, in PEM; `ca-file` in [trust] of
    /// endpoint.toml does the same
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// Ask the registry by plain HTTP, which must be on this machine
    #[arg(long)]
    plain_http: bool,

    /// Give up on a server that sends nothing for this long; 30 by default
    #[arg(long, value_name = "SECONDS", value_parser = RangedU64ValueParser::<u64>::new().range(1..=3600))]
    timeout: Option<u64>,
}

impl NetworkOptions {
    pub(super) fn network(self, config: &Config) -> Result<Network, Error> {
        let login = match (self.registry_user, self.registry_password_file) {
            (Some(user), Some(file)) => Some(Login {
                user,
                password: password(&file)?,
            }),
            _ => None,
        };
        Ok(Network {
            authorities: self.ca_file.or_else(|| config.authorities()),
            login,
            plain_http: self.plain_http,
            silence: self.timeout.map_or(SILENCE, Duration::from_secs),
        })
    }
}
