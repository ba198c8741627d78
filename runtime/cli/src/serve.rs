use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::event_loop::block_on;
use super::exit::Exit;
use super::handover::{FarmKind, FarmSettings, Handing, HubDesk, JobSource, WorkerCommand};
use super::launch::{LaunchOptions, Launched};
use super::limits::LimitOptions;
use super::listen::{ListenOptions, OPEN};
use super::metrics::{MetricsOptions, bytes_in};
use super::running::{RunningServer, TokenFile};
use super::screen::Screen;
use super::shipping::ShippingOptions;
use super::signal::Signals;
use super::stderr::Error;
use super::{log, stdout};
use pyblish_platform::process;
use pyblish_server::{HubProgress, PageDefaults};
use pyblish_session::{GrantedFolder, Session, SessionConfig};

/// How long a plug-in may continue after its run was cancelled, before it is stopped by force.
const GRACE: Duration = Duration::from_secs(10);

/// How long a session may take to notice that its host has ended.
const NOTICED: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pyblish-endpoint serve --host blender
  pyblish-endpoint serve --adapter folder --dir in=/inbox --dir out=/publish
  pyblish-endpoint serve --adapter ./mine.wasm --set name=value --listen 127.0.0.1:6001
  pyblish-endpoint serve --adapter folder --dir in=/inbox --dir out=/publish --port auto --exit-with $PPID
  pyblish-endpoint serve --adapter folder --dir in=/inbox --dir out=/publish --no-auth

Once the server answers, the first line on stdout is the address of the page. It works once, in one \
browser, within five minutes; `pyblish-endpoint open` opens the page again. Then come the address of \
the API, and the file with its token, which every request needs (`Authorization: Bearer TOKEN`).

Ctrl-C ends the server: runs may finish first, for as long as --drain says; then they are \
cancelled, and after ten more seconds stopped by force. A second Ctrl-C ends the server at once.

Exit codes: 0 it was asked to end, 1 it could not start (the reason is on stderr), 64 the command \
line is wrong, 130 it was ended at once.")]
pub struct Serve {
    #[command(flatten)]
    launch: LaunchOptions,

    #[command(flatten)]
    listen: ListenOptions,

    /// End when this process ends, such as the host that the server is for
    #[arg(long, value_name = "PID")]
    exit_with: Option<NonZeroU32>,

    /// Let clients open any .wasm file on this machine as an adapter, by its path. It gets nothing that
    /// is not granted to that path, and with --locked none is opened. Meant for whoever develops one
    #[arg(long)]
    allow_adapter_files: bool,

    /// Let the page show the thumbnails in this folder, which the adapter does not get; may be
    /// repeated
    #[arg(long = "thumbnails", value_name = "DIR")]
    thumbnails: Vec<PathBuf>,

    /// Let the page collect only when somebody presses Reset, not by itself when it opens. The user of
    /// a browser can choose otherwise
    #[arg(long)]
    no_collect_on_open: bool,

    /// Print one line of JSON instead: address, tokenFile, page, session, adapter, adapterVersion,
    /// pid
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    shipping: ShippingOptions,

    /// How the farm gets to know of what clients hand over; it needs --hub
    #[arg(
        long,
        value_name = "KIND",
        default_value = "pull",
        value_parser = FarmKind::of_a_server(),
        help_heading = "Farm"
    )]
    farm: FarmKind,

    #[command(flatten, next_help_heading = "Farm")]
    farm_settings: FarmSettings,

    #[command(flatten)]
    metrics: MetricsOptions,

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
                "there is no process {pid}; give --exit-with the id of a running process"
            )
            .into());
        }
        let place = self.listen.open().await?;
        let url = place.url.clone();
        if place.port != 0 && pyblish_server::browsers_refuse(place.port) {
            tracing::warn!(
                "no browser opens a page on port {}: to use the page, choose another with --port",
                place.port
            );
        }
        let token = self.listen.token()?;
        // It is removed when the server has ended.
        let token_file = token.as_ref().map(TokenFile::write).transpose()?;
        let token_path = token_file.as_ref().map(|file| file.0.clone());
        let limits = self.limits.limits();
        let pictures = self.thumbnails.iter();
        let pictures = pictures.map(|folder| GrantedFolder::for_reading(folder));
        let pictures = pictures.collect::<Result<Vec<_>, _>>()?;
        let sessions = SessionConfig {
            max_sessions: self.limits.sessions(),
            client_files: self.allow_adapter_files,
            ..SessionConfig::default()
        };
        let hub = self.shipping.client()?;
        let metrics_token = self.metrics.token()?;
        let launched = self.launch.open(sessions).await?;
        let desk = match self.shipping.hub().access()? {
            None => None,
            Some(access) => {
                let source = JobSource::of(&launched)?;
                let worker =
                    WorkerCommand::new(&source, self.shipping.hub(), self.shipping.sends())?;
                let handing = Handing {
                    access,
                    settings: self.farm_settings,
                    worker,
                };
                Some(HubDesk::new(source, handing, self.farm))
            }
        };
        let shipping = self
            .shipping
            .start(hub, &launched.archive, &launched.manager)?;
        let Launched {
            manager,
            id,
            session,
            host_pid,
            ..
        } = &launched;
        manager.show_pictures(id, pictures.into());
        let adapter = session.description();
        let defaults = PageDefaults {
            collects_at_opening: !self.no_collect_on_open,
        };
        let mut server = pyblish_server::Server::new(place, token, limits).with_page(defaults);
        if let Some(state) = shipping.state() {
            server = server.with_hub(Arc::new(move |id| {
                let of_session = state.of(id).unwrap_or_default();
                HubProgress {
                    acknowledged: of_session.acknowledged,
                    lost: of_session.forgotten,
                    failure: state.failure(),
                }
            }));
        }
        if let Some(desk) = desk {
            server = server.with_jobs(desk);
        }
        if let Some(token) = metrics_token {
            let folder = launched.archive.folder().to_owned();
            server = server.with_metrics(token, bytes_in(folder));
        }
        let page = server.new_page_url()?;
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
                let lines = [page, Some(format!("API at {url}/pyblish/v1")), Some(token)];
                lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
            }
        };
        let announced = RunningServer::this(url, token_path, adapter, *host_pid, id).announce();
        let signals = Signals::listen()?;
        match self.json {
            true => stdout::put_json(&format!("{greeting}\n"))?,
            false => stdout::put(&format!("{greeting}\n"))?,
        }
        let is_host_gone = AtomicBool::new(false);
        let told = async {
            is_host_gone.store(told_to_end(signals, host).await, Ordering::Relaxed);
            // New clients must not find it any more; connected ones still see how the runs end.
            drop(announced);
        };
        let over = async {
            end_runs(&launched, limits.drain).await;
            if is_host_gone.load(Ordering::Relaxed) {
                // The page then says that the host was closed, and not that the program is gone.
                let _ = tokio::time::timeout(NOTICED, launched.session.until_down()).await;
            }
            manager.end_listening();
        };
        let (sessions, session) = (manager.clone(), session.clone());
        server.serve(sessions, session, told, over).await;
        launched.close().await;
        shipping.stop().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// Completes when the user or the system asks the program to end, or when its host has ended. A
/// second request ends it at once. Returns whether the host has ended.
async fn told_to_end(mut signals: Signals, host: Option<NonZeroU32>) -> bool {
    let host_ended = async {
        match host {
            Some(pid) => {
                process::gone(pid).await;
                pid
            }
            None => std::future::pending().await,
        }
    };
    let is_host_gone = tokio::select! {
        () = signals.next() => {
            tracing::info!("ending; ask again to end at once");
            false
        }
        pid = host_ended => {
            tracing::info!("ending, because the process {pid} has ended");
            true
        }
    };
    tokio::spawn(async move {
        signals.next().await;
        std::process::exit(Exit::Interrupted.code().into());
    });
    is_host_gone
}

/// Lets the current runs finish; cancels those that have not finished after this time, and waits
/// for them to end.
async fn end_runs(launched: &Launched, drain: Duration) {
    let deadline = Instant::now() + drain;
    let endings = launched.manager.sessions().into_iter();
    let endings = endings.map(|(id, session)| end_run(id, session, deadline));
    futures_util::future::join_all(endings).await;
}

async fn end_run(id: String, session: Session, deadline: Instant) {
    let run = session.snapshot().run.filter(|run| !run.state.ended());
    let Some(run) = run else {
        return;
    };
    tracing::info!("waiting for the run {id}/{} to finish", run.id);
    if timeout_at(deadline, session.run_ended(run.id))
        .await
        .is_err()
    {
        tracing::info!("cancelling the run {id}/{}", run.id);
        let ended = async {
            session.cancel_run(run.id, GRACE)?;
            session.run_ended(run.id).await
        };
        // Stopping by force takes a moment, too.
        match tokio::time::timeout(GRACE * 2, ended).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!("{error}"),
            Err(_) => tracing::warn!(
                "the run {id}/{} does not end; the server ends without it",
                run.id
            ),
        }
    }
}
