use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use tracing_subscriber::filter::LevelFilter;

use super::event_loop::block_on;
use super::log;
use super::running::{self, RunningServer};
use super::screen::Screen;
use super::signal::Signals;
use super::stderr::Error;
use pyblish_qml::{AutoStart, FoundServer, Python, QmlHost, QmlProcess, WindowOptions};
use pyblish_rules::DEFAULT_TARGET;

/// How often to check, while a plug-in runs, whether QML is still running.
const LOOK: Duration = Duration::from_secs(1);

/// How long the last call may take after QML has ended.
const GRACE: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pyblish-endpoint qml
  pyblish-endpoint qml --url http://127.0.0.1:6001 --session folder-1 --python ~/pyblish-qml/bin/python

It starts the pyblish-qml that is installed in a Python (3.7 to 3.11), and acts as its host: the \
window shows and controls the session. The output of pyblish-qml goes to stderr. The command ends \
when the window is closed.

Exit codes: 0 the window was closed, or Ctrl-C; 1 QML did not start or crashed, or the server \
ended (the reason is on stderr); 64 the command line is wrong.")]
pub struct Qml {
    /// The server's address, if several are running; `pyblish-endpoint list` shows them
    #[arg(long, value_name = "URL", conflicts_with = "pid")]
    url: Option<String>,

    /// The server's process, instead of its address
    #[arg(long, value_name = "PID")]
    pid: Option<NonZeroU32>,

    /// The file with the server's token, for a server that `list` does not show
    #[arg(long, value_name = "FILE", requires = "url")]
    token_file: Option<PathBuf>,

    /// The session, if the server has several
    #[arg(long, value_name = "ID")]
    session: Option<String>,

    /// The Python that has pyblish-qml; by default PYBLISH_QML_PYTHON_EXECUTABLE, python3 or python
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,

    /// Run the plug-ins for this target, too; may be repeated
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,

    /// Validate right after the first collection
    #[arg(long, conflicts_with = "publish")]
    validate: bool,

    /// Publish right after the first collection
    #[arg(long)]
    publish: bool,

    /// What to log on stderr: off, error, warn, info, debug or trace
    #[arg(
        long,
        value_name = "LEVEL",
        default_value = "warn",
        env = "PYBLISH_ENDPOINT_LOG"
    )]
    log: LevelFilter,
}

impl Qml {
    pub fn run(self) -> Result<ExitCode, Error> {
        log::to(&Screen::default(), self.log);
        // Report anything that is missing before a window opens.
        let python = Python::find(self.python.as_deref())?;
        let then = match (self.publish, self.validate) {
            (true, _) => Some(AutoStart::Publish),
            (_, true) => Some(AutoStart::Validate),
            _ => None,
        };
        let mut targets = vec![DEFAULT_TARGET.to_owned()];
        targets.extend(self.targets);
        let wanted = Wanted {
            url: self.url,
            pid: self.pid,
            token_file: self.token_file,
        };
        let find = Box::new(move || wanted.find().map_err(|error| error.to_string()));
        let mut host = QmlHost::open(find, self.session)?;
        let look = WindowOptions {
            targets,
            host: host.label()?,
            then,
        };
        let program = python.program.display().to_string();
        let child = QmlProcess::start(&python, &look);
        let child = child.map_err(|error| format!("{program} cannot be started: {error}"))?;
        let stop = child.stop();
        block_on(async move {
            let mut signals = Signals::listen()?;
            let mut served =
                tokio::task::spawn_blocking(move || pyblish_qml::serve(child, host, &look));
            let mut looks = tokio::time::interval(LOOK);
            let asked = loop {
                tokio::select! {
                    ended = &mut served => {
                        ended??;
                        return Ok(ExitCode::SUCCESS);
                    }
                    () = signals.next() => break true,
                    _ = looks.tick() => {
                        if stop.has_ended() {
                            break false;
                        }
                    }
                }
            };
            if asked {
                stop.stop();
            }
            // Do not wait for a plug-in that is still running.
            match tokio::time::timeout(GRACE, served).await {
                Ok(ended) => ended??,
                Err(_) if asked => {}
                Err(_) => {
                    return Err(
                        "pyblish-qml ended while a plug-in runs, which continues in the session; \
                         its last output are above"
                            .into(),
                    );
                }
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// The server to use.
struct Wanted {
    url: Option<String>,
    pid: Option<NonZeroU32>,
    token_file: Option<PathBuf>,
}

impl Wanted {
    fn find(&self) -> Result<FoundServer, Error> {
        let running = running::running()?;
        let (address, token_file) = match &self.url {
            Some(url) => {
                let url = url.trim_end_matches('/');
                let known = running.into_iter().find(|server| server.address == url);
                let known = known.and_then(|server| server.token_file);
                (url.to_owned(), self.token_file.clone().or(known))
            }
            None => {
                let server = RunningServer::meant(running, self.pid)?;
                (server.address, server.token_file)
            }
        };
        let read = |file: PathBuf| running::read_token(&file);
        Ok(FoundServer {
            address,
            token: token_file.map(read).transpose()?,
        })
    }
}
