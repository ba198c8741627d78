//! The command line: what is asked, what is printed, and the exit code. No logic of its own.
//!
//! Logs and errors go to stderr, data to stdout.

mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Publish from any host through sandboxed adapters, over REST.
#[derive(Debug, Parser)]
#[command(name = "pyblish-endpoint", version, after_help = EXIT_CODES, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 it ended as it was told to, 1 it could not do what was asked (the reason is on stderr), \
2 the command line is wrong.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Open a session through an adapter, and serve the REST API for it
    Serve(serve::Serve),
}

/// Does what the command line says.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Serve(serve) => serve.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pyblish-endpoint: {error}");
            ExitCode::FAILURE
        }
    }
}
