//! The hub itself.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

use super::database::DatabaseOptions;
use crate::event_loop::block_on;
use crate::exit::Exit;
use crate::listen::{address, name};
use crate::screen::Screen;
use crate::signal::Signals;
use crate::stderr::Error;
use crate::{log, stdout};
use pyblish_hub::Hub;
use pyblish_platform::files;
use pyblish_server::{ListenConfig, Tls};

#[derive(Debug, Args)]
pub struct ServeHub {
    #[command(flatten)]
    database: DatabaseOptions,

    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:6100", value_parser = address)]
    listen: SocketAddr,

    /// Allow an address for --listen that other machines can reach; needs --tls-cert and --tls-key
    #[arg(long)]
    allow_remote: bool,

    /// Use TLS, with the certificates in this PEM file, the hub's own first
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The PEM file with the private key of the certificate
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Another host name that clients use for the hub, besides the loopback names; may be repeated
    #[arg(long = "allow-name", value_name = "NAME", value_parser = name)]
    names: Vec<String>,

    /// What to log on stderr: off, error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log: LevelFilter,

    /// Print one line of JSON instead: address, page, pid
    #[arg(long)]
    json: bool,
}

impl ServeHub {
    pub fn run(self) -> Result<ExitCode, Error> {
        log::to(&Screen::default(), self.log);
        block_on(self.serve())
    }

    async fn serve(self) -> Result<ExitCode, Error> {
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(certificates), Some(key)) => Some(Tls::read(certificates, key)?),
            _ => None,
        };
        let config = ListenConfig {
            allow_remote: self.allow_remote,
            needs_token: true,
            tls,
            names: self.names.clone(),
            origins: Vec::new(),
        };
        config.check(self.listen)?;
        let listener = config.into_listener(pyblish_server::bind(self.listen).await?)?;
        let url = listener.url.clone();
        let database = self.database.open().await?;
        let hub = Hub::new(listener, database).within(files::allow);
        let signals = Signals::listen()?;
        match self.json {
            true => {
                let started =
                    json!({"address": url, "page": format!("{url}/"), "pid": std::process::id()});
                stdout::put_json(&format!("{started}\n"))?;
            }
            false => stdout::put(&format!("page at {url}/\nAPI at {url}/pyblish/hub/v1\n"))?,
        }
        hub.serve(told_to_end(signals)).await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Completes when the program is asked to end. A second request ends it at once.
async fn told_to_end(mut signals: Signals) {
    signals.next().await;
    tracing::info!("ending; ask again to end at once");
    tokio::spawn(async move {
        signals.next().await;
        std::process::exit(Exit::Interrupted.code().into());
    });
}
