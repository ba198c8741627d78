//! Adapters as files: what there is, what one is before it is trusted with anything, and what its author does
//! to have it say so.

mod inspect;
mod list;
mod seal;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Error;
use crate::adapter::{Description, Grant};

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 it is done, or printed and can be loaded, 1 it cannot be read or loaded (the reason is told), \
2 the command line is wrong.")]
pub struct Adapters {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the adapters that are installed, and the hosts that they are for
    List(list::List),
    /// Show what an adapter is and asks for, without running any of it
    Inspect(inspect::Inspect),
    /// Write what an adapter says of itself into its file, as its author does before it is shipped
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

/// What it asks for, one line for each, with the flag that grants it.
fn asks(description: &Description) -> Vec<String> {
    let grants = description.grants.iter().map(|grant| match grant {
        Grant::Folder(folder) => {
            let flag = format!("--dir FOLDER={}{}", folder.path, read_only(folder.writable));
            let how = match (folder.writable, folder.optional) {
                (true, false) => "to read and write",
                (true, true) => "to read and write, if you like",
                (false, false) => "to read",
                (false, true) => "to read, if you like",
            };
            format!("{flag}  a folder {how}: {}", folder.doc)
        }
        Grant::Address(address) => format!("--connect {address}  a connection"),
        Grant::Bridge(bridge) => format!("--host {0}  the bridge in a running {0}", bridge.host),
        Grant::Environment(name) => format!("--env {name}  an environment variable"),
    });
    grants.collect()
}

fn read_only(writable: bool) -> &'static str {
    if writable { "" } else { ":ro" }
}
