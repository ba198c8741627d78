//! Opens the page of the hub, for a person with a token.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use crate::event_loop::block_on;
use crate::open::open_page;
use crate::stderr::Error;
use pyblish_client::{ANSWER_TIMEOUT, RemoteAddress, RemoteBody, RemoteClient, trust};
use pyblish_platform::trusted::{self, Trust};

/// The environment variable with a token for the hub.
const TOKEN: &str = "PYBLISH_HUB_TOKEN";

/// The largest size of a token file, in bytes.
const LARGEST_TOKEN: u64 = 1024;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pyblish-endpoint hub open --hub https://publish.studio.lan:6100 --token-file anna.token

Where stdout is no terminal, as in a script, the address is printed, and nothing is opened. The \
address works for one browser, within five minutes.

Exit codes: 0 opened or printed, 1 the hub does not answer, or refuses the token (the reason is on \
stderr), 64 the command line is wrong.")]
pub struct OpenHub {
    /// Where the hub is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:6100")]
    hub: RemoteAddress,

    /// The file with your token, which `hub tokens add --role` printed; without it, the token is in
    /// PYBLISH_HUB_TOKEN
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// Trust the certificates in this PEM file, instead of those of the system
    #[arg(long, value_name = "FILE")]
    hub_ca: Option<PathBuf>,

    /// Print the address instead of opening it
    #[arg(long)]
    print: bool,
}

impl OpenHub {
    pub fn run(self) -> Result<ExitCode, Error> {
        open_page(&block_on(self.page())?, self.print)
    }

    /// Asks the hub for a code.
    async fn page(&self) -> Result<String, Error> {
        let hub = &self.hub;
        let tls = match hub.is_encrypted() {
            true => Some(trust(self.hub_ca.as_deref())?),
            false => None,
        };
        let client = RemoteClient::new(hub.clone(), &self.token()?, tls);
        let mut client = client.ok_or("the token has characters that no token has")?;
        let body = RemoteBody {
            media_type: "application/json",
            encoding: None,
            bytes: "{}".into(),
        };
        let answer = client
            .post("/pyblish/hub/v1/codes", body, ANSWER_TIMEOUT)
            .await;
        let answer =
            answer.map_err(|error| format!("the hub at {hub} does not answer: {error}"))?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match (answer.status, body["path"].as_str()) {
            (201, Some(path)) => Ok(format!("{hub}{path}")),
            (status, _) => {
                let why = body["detail"].as_str().map(str::to_owned);
                let why = why.unwrap_or_else(|| format!("it answers {status}"));
                Err(format!("the hub at {hub} refuses: {why}").into())
            }
        }
    }

    fn token(&self) -> Result<String, Error> {
        let token = match &self.token_file {
            Some(path) => trusted::read_text(path, Trust::Any, LARGEST_TOKEN)
                .map_err(|error| format!("your token cannot be read: {error}"))?,
            None => std::env::var(TOKEN).unwrap_or_default(),
        };
        match token.trim() {
            "" => Err(format!(
                "the hub needs your token: name its file with --token-file, or put it into {TOKEN}; \
                 `pyblish-endpoint hub tokens add --role viewer --name NAME` makes one"
            )
            .into()),
            token => Ok(token.to_owned()),
        }
    }
}
