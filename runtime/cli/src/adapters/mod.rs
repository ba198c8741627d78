//! Adapters as files: list those that are installed, inspect one without running it, and seal one
//! that was just built.

mod inspect;
mod list;
mod needs;
mod seal;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::stderr::Error;

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 done, or printed and the adapter can be loaded, 1 it cannot be read or loaded (the \
reason is printed), 64 the command line is wrong.")]
pub struct Adapters {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the installed adapters and the hosts that they are for
    List(list::ListAdapters),
    /// Show what an adapter is and what it asks for, without running it
    Inspect(inspect::Inspect),
    /// Write an adapter's description into its file; authors do this before they ship it
    Seal(seal::Seal),
}

impl Adapters {
    pub fn run(self) -> Result<ExitCode, Error> {
        match self.command {
            Command::List(list) => list.run(),
            Command::Inspect(inspect) => inspect.run(),
            Command::Seal(seal) => seal.run(),
        }
    }
}
