//! The command line: arguments, output and exit codes. It has no logic of its own.
//!
//! Logs, live output and errors go to stderr, data to stdout. Text from a host or an adapter is not
//! trusted: its control characters are removed before it reaches a terminal.

#![allow(unreachable_pub, reason = "a program has no public API")]

mod adapters;
mod archive;
mod colour;
mod compile;
mod completions;
mod config;
mod doctor;
mod document;
mod event_loop;
mod exit;
mod handover;
mod history;
mod host;
#[cfg(not(target_os = "macos"))]
mod hub;
mod hub_options;
mod launch;
mod limits;
mod list;
mod listen;
mod log;
mod man;
mod manager_options;
mod metrics;
mod named_instances;
mod new;
mod open;
mod pinned;
mod project;
mod publish;
mod qml;
mod release;
mod remote_error;
mod report_parts;
mod run_tool;
mod running;
mod screen;
mod serve;
mod session_card;
mod shipping;
mod signal;
mod stderr;
mod stdout;
mod summary;
mod table;
mod text;
mod version;
mod watch;
mod work;
mod wrap;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use config::Completed;
use exit::Exit;
use pyblish_model::is_hidden;
use pyblish_platform::memory;

/// Publish from any host through sandboxed adapters, over REST or headless.
#[derive(Debug, Parser)]
#[command(name = "pyblish-endpoint", version, long_version = version::long(), after_help = EXIT_CODES, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 success, 1 failure (the reason is on stderr), 64 the command line is \
wrong. `publish` and `watch` have their own: see `pyblish-endpoint publish --help`.

`--version --json` prints the version, commit, target, and the versions of wasmtime and of the \
contract with adapters as JSON.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Open a session through an adapter, and serve the REST API for it
    Serve(serve::Serve),
    /// Publish without a server, for example on a farm; the exit code says how it ended
    Publish(publish::Publish),
    /// Publish what has settled in a folder, again and again, without a server
    Watch(watch::Watch),
    /// Do publishes that were handed over to the hub, as a worker of a farm
    Work(work::WorkCommand),
    /// Show past publishes
    History(history::HistoryCommand),
    /// Set up a host: start the bridge with it, and add Publish to its menu
    Host(host::Host),
    /// List this user's running servers on this machine
    List(list::ListServers),
    /// List, inspect and seal adapters; sign and install them, and lock their versions
    Adapters(adapters::Adapters),
    /// Show the configuration, and which file each value is from
    Config(config::ConfigCommand),
    /// Serve one view of what all machines of a studio publish, on PostgreSQL
    #[cfg(not(target_os = "macos"))]
    Hub(hub::HubCommand),
    /// Check this machine, and say what to do about each finding; change nothing
    Doctor(doctor::Doctor),
    /// Create a project for your own adapter, in Rust, Python or JavaScript
    New(new::New),
    /// Publish through a running server with Pyblish QML
    Qml(qml::Qml),
    /// Open the page of a running server in the browser
    Open(open::Open),
    /// Print the completions of a shell
    Completions(completions::Completions),
    /// Print a man page, or write one for each command
    Man(man::Man),
    /// Compile the adapter on stdin to stdout; only the program itself uses this
    #[command(name = pyblish_adapter::COMPILE_COMMAND, hide = true)]
    Compile(compile::Compile),
    /// Become a tool within limits; only the program itself uses this
    #[command(name = pyblish_adapter::TOOL_COMMAND, hide = true)]
    RunTool(run_tool::RunTool),
}

impl Command {
    /// Whether the program started itself with less memory than a user's command needs.
    fn has_own_limits(&self) -> bool {
        matches!(self, Self::Compile(_) | Self::RunTool(_))
    }

    /// The exit code of an error for which a command has no other.
    fn error_code(&self) -> ExitCode {
        match self {
            // 1 means a failed validation, which an artist can fix.
            Self::Publish(_) | Self::Watch(_) | Self::Work(_) => Exit::Error.into(),
            _ => ExitCode::FAILURE,
        }
    }
}

/// The reason is in Cargo.toml. For macOS it asks for headers that only Apple's SDK has.
#[cfg(not(target_os = "macos"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many bytes of memory every command can have. It takes far less, but its threads and its
/// allocators reserve more, and where the system refuses it to them, the program aborts.
const MEMORY: usize = 512 << 20;

/// Does what the command line says.
fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    if version::asks_for_json(&words) {
        // If the output is closed, there is nowhere to report that.
        let _ = stdout::put_json(&version::json());
        return ExitCode::SUCCESS;
    }
    let Completed { words, added } = match config::complete(&Arguments::command(), words) {
        Ok(completed) => completed,
        Err(error) => {
            stderr::complain(&error);
            return Exit::Usage.into();
        }
    };
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(error) => return misread(&error, &added),
    };
    if !arguments.command.has_own_limits()
        && let Err(error) = memory::expect(MEMORY)
    {
        stderr::complain(&error);
        return arguments.command.error_code();
    }
    let result = match arguments.command {
        Command::Publish(publish) => return ended(publish.run()),
        Command::Watch(watch) => return ended(watch.run()),
        Command::Work(work) => return ended(work.run()),
        Command::Serve(serve) => serve.run(),
        Command::History(history) => history.run(),
        Command::Host(host) => host.run(),
        Command::List(list) => list.run(),
        Command::Config(config) => config.run(&Arguments::command()),
        Command::Adapters(adapters) => adapters.run(),
        #[cfg(not(target_os = "macos"))]
        Command::Hub(hub) => hub.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::New(new) => new.run(),
        Command::Qml(qml) => qml.run(),
        Command::Open(open) => open.run(),
        Command::Completions(completions) => completions.run(Arguments::command()),
        Command::Man(man) => man.run(Arguments::command()),
        Command::Compile(compile) => compile.run(),
        Command::RunTool(run_tool) => run_tool.run(),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            stderr::complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// How `publish`, `watch` and `work` end.
fn ended(result: Result<Exit, stderr::Error>) -> ExitCode {
    let exit = result.unwrap_or_else(|error| {
        stderr::complain(&error);
        Exit::of_error(&error)
    });
    exit.into()
}

/// Prints clap's error or help. `added` are the flags that files have, with those.
fn misread(error: &clap::Error, added: &BTreeMap<String, PathBuf>) -> ExitCode {
    // clap quotes the argument. Hidden characters in it must not act on the terminal, nor imitate a
    // line of ours.
    let mut arguments = std::env::args_os().skip(1);
    if arguments.any(|argument| argument.to_string_lossy().contains(is_hidden)) {
        stderr::complain(error);
        return Exit::Usage.into();
    }
    // If the output is closed, there is nowhere to report that.
    let _ = error.print();
    let text = error.to_string();
    for (flag, file) in added
        .iter()
        .filter(|(flag, _)| text.contains(flag.as_str()))
    {
        stderr::complain(&format!("{flag} is in the file {}", file.display()));
    }
    match error.use_stderr() {
        true => Exit::Usage.into(),
        false => ExitCode::SUCCESS,
    }
}
