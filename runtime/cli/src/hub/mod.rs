//! The studio's side: one view of what all machines publish.

mod database;
mod jobs;
mod open;
mod proxies;
mod serve;
mod tokens;
mod webhooks;
mod who;
mod workers;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::stderr::Error;

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  pyblish-endpoint hub --database postgres://hub@db.studio.lan/publish --listen 0.0.0.0:6100 \\
    --allow-remote --allow-name publish.studio.lan --tls-cert cert.pem --tls-key key.pem
  pyblish-endpoint hub tokens add --machine ws042
  pyblish-endpoint hub tokens add --role viewer --name anna
  pyblish-endpoint hub webhooks add --name tracker --url https://tracker.studio.lan/pyblish
  pyblish-endpoint hub jobs list --state failed --hub https://publish.studio.lan
  pyblish-endpoint hub tokens code --name anna --hub https://publish.studio.lan:6100

The hub makes its own tables in the database, and brings them to its version when it starts. Several \
hubs can use one database. A machine sends to it with `serve --hub`.

Once the hub answers, it prints the addresses of the page and of the API. A person enters the page \
with an address of `hub tokens code` or `hub open`. Ctrl-C ends it: current requests may finish.

Exit codes: 0 it was asked to end, or done, 1 it could not start, or something could not be done \
(the reason is on stderr), 64 the command line is wrong."
)]
pub struct HubCommand {
    #[command(subcommand)]
    command: Option<Do>,

    #[command(flatten)]
    serve: serve::ServeHub,
}

#[derive(Debug, Subcommand)]
enum Do {
    /// Open the page in a browser, as the person of your token
    Open(open::OpenHub),
    /// Make, list and remove the tokens of machines and people
    Tokens(tokens::Tokens),
    /// Tell others of runs that ended: a program, or a studio's chat
    Webhooks(webhooks::Webhooks),
    /// List, show, cancel and retry the publishes that were handed over
    Jobs(jobs::Jobs),
    /// List, pause and drain the workers that do them
    Workers(workers::Workers),
}

impl HubCommand {
    pub fn run(self) -> Result<ExitCode, Error> {
        match self.command {
            Some(Do::Open(open)) => open.run(),
            Some(Do::Tokens(tokens)) => tokens.run(),
            Some(Do::Webhooks(webhooks)) => webhooks.run(),
            Some(Do::Jobs(jobs)) => jobs.run(),
            Some(Do::Workers(workers)) => workers.run(),
            None => self.serve.run(),
        }
    }
}
