//! Setting hosts up: putting a start-up file where a host looks for one, and taking it away.

mod done;
mod install;
mod list;
mod remove;
mod show;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Error;
use crate::bridge::install::{self as setup, InstallError, Plan, Surroundings, Version, Where};

const EXIT_CODES: &str = "\
Exit codes: 0 it is done, or there was nothing to do; 1 it could not be done, the reason is on stderr, and what was \
done before it on stdout; 2 the command line is wrong.";

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Host {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Put a start-up file into a host's folders: it starts the bridge with the host, and adds Publish to a menu
    Install(install::Install),
    /// Take away what install wrote, and nothing else
    Remove(remove::Remove),
    /// Print what install would write, in place of writing it
    Show(show::Show),
    /// List the hosts that are found on this machine, and whether they are set up
    List(list::List),
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

/// A host, and which of its folders are meant.
#[derive(Debug, Args)]
struct Choice {
    /// blender, freecad, houdini, krita, maya or nuke
    #[arg(value_name = "HOST", value_parser = setup::find)]
    host: setup::Host,

    /// Only the folder of this version, such as 4.2, whether the host has run yet or not; all that are found, unless
    /// given
    #[arg(long, value_name = "X.Y", conflicts_with = "into")]
    version: Option<Version>,

    /// This folder in place of those where the host looks by itself, such as one that a studio shares (in
    /// $BLENDER_USER_SCRIPTS, $NUKE_PATH, $HOUDINI_PATH and the like)
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

impl Choice {
    /// What is to be in each of the folders.
    fn plans(&self) -> Result<Vec<Plan>, Error> {
        let place = match (&self.into, self.version) {
            (Some(folder), _) => Where::Folder(
                std::path::absolute(folder)
                    .map_err(|error| format!("the folder {}: {error}", folder.display()))?,
            ),
            (None, Some(version)) => Where::Version(version),
            (None, None) => Where::Found,
        };
        let surroundings = Surroundings::of_user().ok_or(InstallError::NoHome)?;
        Ok(setup::plans(self.host, &place, &program()?, &surroundings)?)
    }
}

/// What the entry in the menu starts: this very program.
fn program() -> Result<PathBuf, Error> {
    std::env::current_exe()
        .map_err(|error| format!("the path of this program is not known: {error}").into())
}
