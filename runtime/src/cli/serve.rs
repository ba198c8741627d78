use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::launch::{LaunchOptions, Launched};
use super::limits::LimitOptions;
use super::listen::{ListenOptions, OPEN};
use super::running::{RunningServer, TokenFile};
use super::screen::Screen;
use super::signal::Signals;
use super::{Error, block_on, log, stdout};
use crate::http;
use crate::session::Session;
use crate::user::process;

/// How long a plug-in may go on after the server was told to end, before it is stopped by force.
const GRACE: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pyblish-endpoint serve --host blender
  pyblish-endpoint serve --adapter folder --dir in=/inbox --dir out=/publish
  pyblish-endpoint serve --adapter ./mine.wasm --set name=value --listen 127.0.0.1:6001
  pyblish-endpoint serve --adapter folder --dir in=/inbox --dir out=/publish --port auto --exit-with $PPID
  pyblish-endpoint serve --adapter folder --dir in=/inbox --dir out=/publish --no-auth

The first line on stdout is the address, once the server answers; then come the file that its token is in, which \
every request needs (`Authorization: Bearer TOKEN`), and the address of the page for one browser, good once and for \
five minutes (`pyblish-endpoint open` prints another).

Ctrl-C ends it: what runs may end first, for as long as --drain says; then it is cancelled, and after ten more \
seconds stopped by force. A second Ctrl-C ends it at once.

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

    /// Print one line of JSON instead: address, tokenFile, page, session, adapter, adapterVersion, pid
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    limits: LimitOptions,
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
        let place = self.listen.open().await?;
        let url = place.url.clone();
        let token = self.listen.token()?;
        // It goes when the server has ended.
        let token_file = token.as_ref().map(TokenFile::write).transpose()?;
        let token_path = token_file.as_ref().map(|file| file.0.clone());
        let limits = self.limits.limits();
        let launched = self.launch.open().await?;
        let Launched {
            house,
            id,
            session,
            host_pid,
        } = &launched;
        let adapter = session.description();
        let service = http::Service::new(place, token, limits);
        let page = service.page()?;
        let greeting = match self.json {
            true => json!({
                "address": url,
                "tokenFile": token_path,
                "page": page,
                "session": id,
                "adapter": adapter.name,
                "adapterVersion": adapter.version,
                "pid": std::process::id(),
            })
            .to_string(),
            false => {
                let token = match &token_path {
                    Some(path) => format!("token in {}", path.display()),
                    None => format!("no token: {OPEN}"),
                };
                let page = page.map(|page| format!("page at {page}"));
                let lines = [Some(format!("{url}/pyblish/v1")), Some(token), page];
                lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
            }
        };
        let announced = RunningServer::this(url, token_path, adapter, *host_pid, id).announce();
        let server = service.of(house.clone(), session.clone());
        let signals = Signals::listen()?;
        stdout::put(&format!("{greeting}\n"))?;
        let told = async {
            told_to_end(signals, host).await;
            // Nobody shall find it any more; who is there already sees how its runs end.
            drop(announced);
        };
        let over = async {
            end_runs(&launched, limits.drain).await;
            house.end_listening();
        };
        server.run(told, over).await;
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

/// Lets the runs that are under way end; cancels those that have not after this time, and waits for their ends.
async fn end_runs(launched: &Launched, drain: Duration) {
    let deadline = Instant::now() + drain;
    let endings = launched.house.sessions().into_iter();
    let endings = endings.map(|(id, session)| end_run(id, session, deadline));
    futures_util::future::join_all(endings).await;
}

async fn end_run(id: String, session: Session, deadline: Instant) {
    let run = session.snapshot().run.filter(|run| !run.state.ended());
    let Some(run) = run else {
        return;
    };
    tracing::info!("the run {id}/{} may end first", run.id);
    if timeout_at(deadline, session.run_ended(run.id))
        .await
        .is_err()
    {
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
