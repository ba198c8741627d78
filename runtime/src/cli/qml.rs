use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use tracing_subscriber::filter::LevelFilter;

use super::running::{self, RunningServer};
use super::screen::Screen;
use super::signal::Signals;
use super::{Error, block_on, log};
use crate::publish::DEFAULT_TARGET;
use crate::qml::{self, Child, Found, Host, Look, Python, Then};
use crate::user::private;

/// How often it is looked whether QML is still there, while a plug-in is at work.
const LOOK: Duration = Duration::from_secs(1);

/// How long the last call may take when QML has ended.
const GRACE: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pyblish-endpoint qml
  pyblish-endpoint qml --url http://127.0.0.1:6001 --session folder-1 --python ~/pyblish-qml/bin/python

It starts the pyblish-qml that is installed in a Python (3.7 to 3.11), and is its host: what its window shows and does \
is the session's. What pyblish-qml prints is told on stderr. It ends when the window is closed.

Exit codes: 0 the window was closed, or Ctrl-C; 1 it did not start or died, or the server has ended (the reason is on \
stderr); 2 the command line is wrong.")]
pub struct Qml {
    /// The server's address; `pyblish-endpoint list` shows those that run. Needed where several do
    #[arg(long, value_name = "URL", conflicts_with = "pid")]
    url: Option<String>,

    /// The server's process, in place of its address
    #[arg(long, value_name = "PID")]
    pid: Option<NonZeroU32>,

    /// The file with the server's token, for one that `list` does not show
    #[arg(long, value_name = "FILE", requires = "url")]
    token_file: Option<PathBuf>,

    /// The session, where the server has several
    #[arg(long, value_name = "ID")]
    session: Option<String>,

    /// The Python that has pyblish-qml, in place of what PYBLISH_QML_PYTHON_EXECUTABLE names, python3 or python
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,

    /// Run plug-ins for this target too; may be repeated
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,

    /// Validate as soon as it has collected for the first time
    #[arg(long, conflicts_with = "publish")]
    validate: bool,

    /// Publish as soon as it has collected for the first time
    #[arg(long)]
    publish: bool,

    /// How much to log: off, error, warn, info, debug, trace
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
        // Whatever is missing is said before anything is shown.
        let python = Python::find(self.python.as_deref())?;
        let then = match (self.publish, self.validate) {
            (true, _) => Some(Then::Publish),
            (_, true) => Some(Then::Validate),
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
        let mut host = Host::open(find, self.session)?;
        let look = Look {
            targets,
            host: host.label()?,
            then,
        };
        let program = python.program.display().to_string();
        let child = Child::start(&python, &look);
        let child = child.map_err(|error| format!("{program} does not start: {error}"))?;
        let stop = child.stop();
        block_on(async move {
            let mut signals = Signals::listen()?;
            let mut served = tokio::task::spawn_blocking(move || qml::serve(child, host, &look));
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
            // A plug-in that is at work is not waited for.
            match tokio::time::timeout(GRACE, served).await {
                Ok(ended) => ended??,
                Err(_) if asked => {}
                Err(_) => {
                    return Err(
                        "pyblish-qml ended in the middle of a plug-in, which goes on in the session; its last words \
                         are above"
                            .into(),
                    );
                }
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// Which server is meant.
struct Wanted {
    url: Option<String>,
    pid: Option<NonZeroU32>,
    token_file: Option<PathBuf>,
}

impl Wanted {
    fn find(&self) -> Result<Found, Error> {
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
        let read = |file: PathBuf| {
            private::read(&file).map_err(|error| format!("{}: {error}", file.display()))
        };
        Ok(Found {
            address,
            token: token_file.map(read).transpose()?,
        })
    }
}
