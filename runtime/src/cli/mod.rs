//! The command line: what is asked, what is printed, and the exit code. No logic of its own.
//!
//! Logs, live output and errors go to stderr, data to stdout. What comes from a host or an adapter is foreign
//! text: it reaches a terminal only without its control characters.

mod adapters;
mod archive;
mod card;
mod config;
mod doctor;
mod document;
mod history;
mod host;
mod launch;
mod limits;
mod list;
mod listen;
mod log;
mod new;
mod open;
mod publish;
mod qml;
mod running;
mod screen;
mod serve;
mod signal;
mod stdout;
mod summary;
mod table;
mod text;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What can go wrong; each names the thing and the next step.
type Error = Box<dyn std::error::Error + Send + Sync>;

/// Publish from any host through sandboxed adapters, over REST or headless.
#[derive(Debug, Parser)]
#[command(name = "pyblish-endpoint", version, after_help = EXIT_CODES, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 it ended as it was told to, 1 it could not do what was asked (the reason is on stderr), \
2 the command line is wrong. `publish` has its own: see `pyblish-endpoint publish --help`.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Open a session through an adapter, and serve the REST API for it
    Serve(serve::Serve),
    /// Publish without a server, as a farm does; the exit code says how it ended
    Publish(publish::Publish),
    /// Look at former publishes
    History(history::History),
    /// Set a host up: have the bridge start with it, and Publish in its menu
    Host(host::Host),
    /// List the servers of this user that are running on this machine
    List(list::List),
    /// Look at adapters before they are trusted with anything
    Adapters(adapters::Adapters),
    /// Look at this machine, and say what to do about what is found; change nothing
    Doctor(doctor::Doctor),
    /// Begin an adapter of your own, in Rust, Python or JavaScript
    New(new::New),
    /// Publish through a running server with Pyblish QML
    Qml(qml::Qml),
    /// Print an address that opens the page of a running server in a browser
    Open(open::Open),
}

/// Does what the command line says.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let (result, when_it_fails) = match arguments.command {
        Command::Serve(serve) => (serve.run(), ExitCode::FAILURE),
        // 1 is taken by what an artist can mend.
        Command::Publish(publish) => (publish.run(), publish::Ending::Failed.into()),
        Command::History(history) => (history.run(), ExitCode::FAILURE),
        Command::Host(host) => (host.run(), ExitCode::FAILURE),
        Command::List(list) => (list.run(), ExitCode::FAILURE),
        Command::Adapters(adapters) => (adapters.run(), ExitCode::FAILURE),
        Command::Doctor(doctor) => (doctor.run(), ExitCode::FAILURE),
        Command::New(new) => (new.run(), ExitCode::FAILURE),
        Command::Qml(qml) => (qml.run(), ExitCode::FAILURE),
        Command::Open(open) => (open.run(), ExitCode::FAILURE),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("pyblish-endpoint: {}", text::plain(&error.to_string()));
            when_it_fails
        }
    }
}

/// Runs a command that waits for something.
fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the event loop does not start: {error}"))?;
    let result = runtime.block_on(work);
    // What still compiles or reads is not waited for: whoever gave up wants to be gone.
    runtime.shutdown_background();
    result
}
