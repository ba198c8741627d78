//! Adapters as files: list those that are installed, inspect one without running it, and seal one
//! that was just built. Shipping them: sign, install, lock.

mod add;
mod bundle;
mod inspect;
mod install;
mod installed;
mod keys;
mod list;
mod needs;
mod network;
mod prune;
mod push;
mod seal;
mod shop;
mod sign;
mod update;
mod verify;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::stderr::Error;

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 done, or printed and the adapter can be loaded, 1 it cannot be read, loaded or \
used, or something could not be done (the reason is printed), 64 the command line is wrong.")]
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
    /// Sign an adapter, so that others can check who made it
    Sign(sign::Sign),
    /// Push an adapter into a registry, with its signature
    Push(push::Push),
    /// Make keys for signatures, and list those that count
    Keys(keys::Keys),
    /// Install an adapter, and write it into the lock of this project
    Add(add::Add),
    /// Install what the lock names, or an adapter without a lock
    Install(install::Install),
    /// Write what the lock names into one file, for machines without a network
    Bundle(bundle::Bundle),
    /// Update adapters of the lock, and show what changes
    Update(update::Update),
    /// Check what the lock names: files, signatures, and what each asks for
    Verify(verify::Verify),
    /// Remove installed adapters that no lock on this machine names
    Prune(prune::Prune),
}

impl Adapters {
    pub fn run(self) -> Result<ExitCode, Error> {
        match self.command {
            Command::List(list) => list.run(),
            Command::Inspect(inspect) => inspect.run(),
            Command::Seal(seal) => seal.run(),
            Command::Sign(sign) => sign.run(),
            Command::Push(push) => push.run(),
            Command::Keys(keys) => keys.run(),
            Command::Add(add) => add.run(),
            Command::Install(install) => install.run(),
            Command::Bundle(bundle) => bundle.run(),
            Command::Update(update) => update.run(),
            Command::Verify(verify) => verify.run(),
            Command::Prune(prune) => prune.run(),
        }
    }
}
