use std::num::NonZeroU32;
use std::process::ExitCode;

use clap::Args;

use super::running::{self, RunningServer};
use super::stderr::Error;
use super::stdout;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  xdg-open \"$(pyblish-endpoint open)\"
  pyblish-endpoint open --pid 4711

The address works for one browser, within five minutes. Anybody who reads it first can use it: \
another user of this machine may see it in the browser's command line, and be faster than the \
browser.

Exit codes: 0 printed, 1 there is no such server or it does not answer (the reason is on stderr), \
64 the command line is wrong.")]
pub struct Open {
    /// The server's process, if several are running; `pyblish-endpoint list` shows them
    #[arg(long, value_name = "PID")]
    pid: Option<NonZeroU32>,
}

impl Open {
    pub fn run(self) -> Result<ExitCode, Error> {
        let server = RunningServer::meant(running::running()?, self.pid)?;
        stdout::put(&format!("{}\n", server.page()?))?;
        Ok(ExitCode::SUCCESS)
    }
}
