use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::stderr::Error;

/// The hidden subcommand that compiles an adapter in a child process, which can be killed.
#[derive(Debug, Args)]
pub struct Compile {
    /// How many bytes of memory it may use
    #[arg(long)]
    memory: u64,

    /// How long it may take
    #[arg(long)]
    seconds: u64,
}

impl Compile {
    pub fn run(self) -> Result<ExitCode, Error> {
        let time = Duration::from_secs(self.seconds);
        let code = pyblish_adapter::compile_for_parent(self.memory, time);
        Ok(code
            .map_err(|error| format!("the adapter cannot be compiled: {error}"))?
            .into())
    }
}
