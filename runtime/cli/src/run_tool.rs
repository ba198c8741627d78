use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::stderr::Error;

/// The hidden subcommand that limits itself and becomes a tool, such as ffmpeg.
#[derive(Debug, Args)]
pub struct RunTool {
    /// How many bytes of memory it may use
    #[arg(long)]
    memory: u64,

    /// How many seconds of a processor it may use
    #[arg(long)]
    seconds: u64,

    /// The program
    program: PathBuf,

    /// What it is told
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl RunTool {
    pub fn run(self) -> Result<ExitCode, Error> {
        let time = Duration::from_secs(self.seconds);
        let code = pyblish_adapter::become_tool(self.memory, time, &self.program, &self.arguments);
        let program = self.program.display();
        Ok(code
            .map_err(|error| format!("{program} cannot be started: {error}"))?
            .into())
    }
}
