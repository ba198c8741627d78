use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::launch::{LaunchOptions, Launched};
use super::listen::ListenOptions;
use super::running::RunningServer;
use super::screen::Screen;
use super::signal::Signals;
use super::{Error, block_on, log, stdout};
use crate::http;
use crate::user::process;

/// How long a plug-in may go on after the server was told to end, before it is stopped by force.
const GRACE: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pyblish-endpoint serve --adapter folder --dir in=/inbox --dir out=/publish
  pyblish-endpoint serve --adapter ./mine.wasm --set name=value --listen 127.0.0.1:6001
  pyblish-endpoint serve --adapter folder --dir in=/inbox --dir out=/publish --port auto --exit-with $PPID

The first line on stdout is the address, once the server answers. Ctrl-C ends it: what runs may end first, a \
run of a whole publish is cancelled; a second Ctrl-C ends it at once.

Exit codes: 0 it ended as it was told to, 1 it could not start (the reason is on stderr), \
2 the command line is wrong, 130 it was ended at once.")]
pub struct Serve {
    #[command(flatten)]
    launch: LaunchOptions,

    #[command(flatten)]
    listen: ListenOptions,

    /// End when this process does, such as the host that the server is for
    #[arg(long, value_name = "PID")]
    exit_with: Option<NonZeroU32>,

    /// Print the first line as JSON: address, session, adapter, adapterVersion, pid
    #[arg(long)]
    json: bool,
}

impl Serve {
    pub fn run(self) -> Result<ExitCode, Error> {
        log::to(&Screen::default(), self.launch.log());
        block_on(self.serve())
    }

    async fn serve(self) -> Result<ExitCode, Error> {
        let host = self.exit_with;
        if let Some(pid) = host.filter(|pid| !process::alive(*pid)) {
            return Err(format!(
                "there is no process {pid} to end with; give --exit-with the id of one that is running"
            )
            .into());
        }
        let listener = self.listen.bind().await?;
        let address = listener.local_addr()?;
        let launched = self.launch.open().await?;
        let Launched { house, id, session } = &launched;
        let adapter = session.description();
        let url = format!("http://{address}");
        let first_line = match self.json {
            true => json!({
                "address": url,
                "session": id,
                "adapter": adapter.name,
                "adapterVersion": adapter.version,
                "pid": std::process::id(),
            })
            .to_string(),
            false => format!("{url}/pyblish/v1"),
        };
        let announced = RunningServer::this(url, adapter, id).announce();
        let routes = http::routes(house.clone(), session.clone(), address.port());
        let server = http::Server::new(listener, routes);
        let signals = Signals::listen()?;
        stdout::put(&format!("{first_line}\n"))?;
        tracing::info!("the page to publish from is http://{address}/");
        let end = async {
            told_to_end(signals, host).await;
            // Nobody shall find it any more; who is there already sees how its runs end.
            drop(announced);
            end_runs(&launched).await;
            for (_, session) in house.sessions() {
                session.history().log().end();
            }
        };
        server.run(end).await;
        launched.close().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// Comes when the user, or the system, asks the program to end, or when its host has ended. Who asks a second
/// time ends it at once.
async fn told_to_end(mut signals: Signals, host: Option<NonZeroU32>) {
    let host_ended = async {
        match host {
            Some(pid) => {
                process::gone(pid).await;
                pid
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = signals.next() => tracing::info!("ending; once more to end at once"),
        pid = host_ended => tracing::info!("ending, for the process {pid} has ended"),
    }
    tokio::spawn(async move {
        signals.next().await;
        std::process::exit(130);
    });
}

/// Cancels the runs that are under way, and waits for their ends.
async fn end_runs(launched: &Launched) {
    for (id, session) in launched.house.sessions() {
        let run = session.snapshot().run.filter(|run| !run.state.ended());
        let Some(run) = run else {
            continue;
        };
        tracing::info!("cancelling the run {id}/{}", run.id);
        let ended = async {
            session.cancel_run(run.id, GRACE)?;
            session.run_ended(run.id).await
        };
        // Force takes a moment, too.
        match tokio::time::timeout(GRACE * 2, ended).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!("{error}"),
            Err(_) => tracing::warn!("the run {id}/{} does not end; it is left", run.id),
        }
    }
}
