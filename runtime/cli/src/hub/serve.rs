//! The hub itself.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

use super::database::DatabaseOptions;
use super::proxies::ProxyOptions;
use crate::event_loop::block_on;
use crate::exit::Exit;
use crate::listen::{address, name};
use crate::screen::Screen;
use crate::signal::Signals;
use crate::stderr::Error;
use crate::{log, stdout};
use pyblish_hub::webhooks::WebhookConfig;
use pyblish_hub::{Hub, JobSettings};
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

    #[command(flatten)]
    proxies: ProxyOptions,

    /// Drop the events and results of the oldest months, and keep those of this month and of so many
    /// before it; runs, versions and the counts of plug-ins stay. By default nothing is dropped
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1200))]
    keep_months: Option<u32>,

    /// Let webhooks lead to this host, wherever it is, also without TLS: by default they never lead to
    /// this machine, its neighbours on the cable, or the metadata of a cloud; may be repeated
    #[arg(long = "webhook-allow", value_name = "HOST", value_parser = host)]
    webhook_hosts: Vec<String>,

    /// Trust the certificates in this PEM file for webhooks, instead of those of the system
    #[arg(long, value_name = "FILE")]
    webhook_ca: Option<PathBuf>,

    /// How many seconds a task stays with a worker that does not renew it; a worker renews six times
    /// as often
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    job_lease: u64,

    /// How many seconds a task waits after its worker or host was lost; each further loss doubles it,
    /// up to ten minutes
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=600))]
    job_wait: u64,

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
        let webhooks = WebhookConfig {
            allowed: self.webhook_hosts.clone(),
            ca: self.webhook_ca.clone(),
        };
        let jobs = JobSettings {
            lease: Duration::from_secs(self.job_lease),
            wait: Duration::from_secs(self.job_wait),
        };
        let hub = Hub::new(listener, database, webhooks)?
            .keep_months(self.keep_months)
            .behind(self.proxies.proxies())
            .within(files::allow)
            .with_jobs(jobs);
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

/// A host as it is in addresses: a name, or a number without brackets.
fn host(text: &str) -> Result<String, String> {
    let plain = text.trim_start_matches('[').trim_end_matches(']');
    let is_number = plain.parse::<IpAddr>().is_ok();
    let is_name = !plain.is_empty() && !plain.contains(['/', ':', '@', ' ', '?', '#']);
    match is_number || is_name {
        true => Ok(plain.to_owned()),
        false => Err("write a host without a scheme and a port, such as chat.studio.lan".into()),
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
