use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::adapter::{
    Cache, Catalog, Component, Engine, FolderGrant, Grants, Identity, Limits, Settings, settle,
};
use crate::history::History;
use crate::http;
use crate::session::{Launch, Session};

/// What can go wrong before the server runs; each names the thing and the next step.
type Error = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pyblish-endpoint serve --adapter folder --dir in=/inbox --dir out=/publish
  pyblish-endpoint serve --adapter ./mine.wasm --set name=value --listen 127.0.0.1:6001

The first line on stdout is the address, once the server answers. Ctrl-C ends it: what runs may end first; \
a second Ctrl-C ends it at once.

Exit codes: 0 it ended as it was told to, 1 it could not start (the reason is on stderr), \
2 the command line is wrong.")]
pub struct Serve {
    /// The adapter: its name, or its .wasm file
    #[arg(long, value_name = "NAME|FILE.wasm")]
    adapter: String,

    /// Give the adapter's setting a value; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,

    /// Let the adapter see a folder, as that path; with :ro it can only read; may be repeated
    #[arg(long = "dir", value_name = "HOST_PATH=GUEST_PATH[:ro]")]
    folders: Vec<FolderGrant>,

    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:6000")]
    listen: SocketAddr,

    /// Look for adapters here first
    #[arg(long, value_name = "DIR")]
    adapters_dir: Option<PathBuf>,

    /// What to log on stderr: off, error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log: LevelFilter,

    /// Print the first line as JSON
    #[arg(long)]
    json: bool,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    let (key, value) = pair.ok_or("it has no `=`; write it as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

impl Serve {
    pub fn run(self) -> Result<(), Error> {
        log_to_stderr(self.log);
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("the event loop does not start: {error}"))?
            .block_on(self.serve())
    }

    async fn serve(self) -> Result<(), Error> {
        let json = self.json;
        let listener = http::bind(self.listen).await?;
        let address = listener.local_addr()?;
        let session = Session::start(self.launch().await?, History::forgetful()?).await?;
        let adapter = session.description();
        let first_line = match json {
            true => json!({
                "address": format!("http://{address}"),
                "adapter": adapter.name,
                "adapterVersion": adapter.version,
                "pid": std::process::id(),
            })
            .to_string(),
            false => format!("http://{address}/pyblish/v1"),
        };
        let server = http::Server::new(listener, http::routes(session, address.port()));
        print(&first_line)?;
        server.run(interrupted()).await;
        Ok(())
    }

    /// Everything that the session needs, checked.
    async fn launch(self) -> Result<Launch, Error> {
        let grants = Grants::of_folders(self.folders)?;
        let path = Catalog::of_process(self.adapters_dir).find(&self.adapter)?;
        let load = || Component::load(&Engine::new()?, Cache::of_user().as_ref(), path);
        let component = tokio::task::spawn_blocking(load).await??;
        let description = component.describe().await?;
        let given: Settings = self.settings;
        Ok(Launch {
            settings: settle(&description, &given)?,
            component,
            description,
            grants,
            limits: Limits::default(),
            identity: Identity {
                user: whoami::username().unwrap_or_else(|_| "unknown".into()),
                machine: whoami::hostname().unwrap_or_else(|_| "unknown".into()),
            },
        })
    }
}

/// Whoever started the server may wait for this line.
fn print(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

fn log_to_stderr(level: LevelFilter) {
    // wasmtime and hyper have nothing to say to a pipeline TD unless asked for in detail.
    let filter = match level {
        LevelFilter::TRACE => EnvFilter::new("trace"),
        level => EnvFilter::new(format!("off,pyblish_endpoint={level}")),
    };
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .with_env_filter(filter)
        .init();
}

/// Comes when the user, or the system, asks the program to end; a second time ends it at once.
async fn interrupted() {
    asked().await;
    tracing::info!("ending; once more to end at once");
    tokio::spawn(async {
        asked().await;
        std::process::exit(130);
    });
}

async fn asked() {
    let ctrl_c = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!("Ctrl-C is not heard here: {error}");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                () = ctrl_c => {}
                _ = terminate.recv() => {}
            },
            Err(error) => {
                tracing::warn!("SIGTERM is not heard here: {error}");
                ctrl_c.await;
            }
        }
    }
    // Elsewhere a service manager ends the process, not a signal.
    #[cfg(not(unix))]
    ctrl_c.await;
}
