//! Sets up hosts: installs start-up files where the host looks for them, and removes them.

mod choice;
mod done;
mod install;
mod list;
mod remove;
mod show;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use self::choice::EXIT_CODES;
use crate::stderr::Error;

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Host {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Install a start-up file in a host's folders: it starts the bridge with the host, and adds
    /// Publish to a menu
    Install(install::Install),
    /// Remove what install wrote, and nothing else
    Remove(remove::Remove),
    /// Print what install would write, without writing it
    Show(show::ShowHost),
    /// List the hosts on this machine, and whether they are set up
    List(list::ListHosts),
}

impl Host {
    pub fn run(self) -> Result<ExitCode, Error> {
        match self.command {
            Command::Install(install) => install.run()?,
            Command::Remove(remove) => remove.run()?,
            Command::Show(show) => show.run()?,
            Command::List(list) => list.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
