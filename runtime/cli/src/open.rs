use std::io::{self, IsTerminal};
use std::num::NonZeroU32;
use std::process::ExitCode;

use clap::Args;

use super::running::{self, RunningServer};
use super::stderr::Error;
use super::{stderr, stdout};
use pyblish_platform::file_manager;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pyblish-endpoint open
  pyblish-endpoint open --print
  firefox \"$(pyblish-endpoint open --pid 4711)\"

Where stdout is no terminal, as in a script, the address is printed, and nothing is opened. The \
address works for one browser, within five minutes. Anybody who reads it first can use it: \
another user of this machine may see it in the browser's command line, and be faster than the \
browser.

Exit codes: 0 opened or printed, 1 there is no such server or it does not answer (the reason is on stderr), \
64 the command line is wrong.")]
pub struct Open {
    /// The server's process, if several are running; `pyblish-endpoint list` shows them
    #[arg(long, value_name = "PID")]
    pid: Option<NonZeroU32>,

    /// Print the address instead of opening it
    #[arg(long)]
    print: bool,
}

impl Open {
    pub fn run(self) -> Result<ExitCode, Error> {
        let server = RunningServer::meant(running::running()?, self.pid)?;
        open_page(&server.page()?, self.print)
    }
}

/// Opens this address in the browser. Prints it instead if asked to, or if stdout is no terminal.
pub(crate) fn open_page(page: &str, print: bool) -> Result<ExitCode, Error> {
    if print || !io::stdout().is_terminal() {
        stdout::put(&format!("{page}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    match file_manager::open_page(page) {
        Ok(()) => stderr::say("the page opens in the browser"),
        Err(error) => {
            stderr::say(&format!(
                "the browser cannot be started ({error}); open this address in it:"
            ));
            stdout::put(&format!("{page}\n"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
