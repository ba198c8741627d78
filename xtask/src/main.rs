//! `cargo xtask`: what a newcomer runs to build, serve and test pyblish-endpoint.
//!
//! Policy: this file holds the command line and the exit code, nothing else. Whatever xtask says about
//! its own steps goes to stderr, one line a step; what the user asked for goes to stdout. A child that
//! fails gives xtask its exit code, so that a script sees the same number either way.

mod bench;
mod compile;
mod componentize;
mod hosts;
mod page;
mod parity;
mod python;
mod pythons;
#[cfg(test)]
mod rules;
mod sample;
mod serve;
mod signals;
mod step;
mod test;
mod wasm;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Build, serve and test pyblish-endpoint.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the adapters and the runtime
    ///
    /// The adapters are compiled to wasm32-wasip2 and put into `target/release/adapters`, where the
    /// runtime finds them by name; the runtime becomes `target/release/pyblish-endpoint`. A missing
    /// wasm32-wasip2 target is added with rustup. The first build takes about five minutes on two
    /// cores, for it compiles wasmtime. The adapter `pyplugins` needs Python 3.9 or later and PyPI, from
    /// which componentize-py comes into `target/componentize-python`; without them it is left out.
    Build,
    /// Build, then serve a sample inbox and print how to publish from it
    ///
    /// Makes the folder `target/sample/inbox` anew from `tests/data/inbox`, keeps
    /// `target/sample/publish`, so that versions add up, and runs the server until Ctrl-C.
    Serve {
        /// More arguments for `pyblish-endpoint serve`, such as `--listen 127.0.0.1:6001`
        #[arg(last = true, value_name = "ARGUMENT")]
        arguments: Vec<String>,
    },
    /// Build, then run every test
    ///
    /// Without arguments, xtask's own tests run too. One of the tests compares the runtime with
    /// pyblish-base itself; the virtual environment that it needs, `target/parity-python`, is made with
    /// Python 3.7 or later and PyPI where it is missing. Others drive the page in a browser: they need
    /// Node, npm and Chromium, and the packages in `target/page-node`, which are installed from npm where
    /// they are missing.
    ///
    /// With `--hosts` other tests run, and these alone: publishes from Blender, FreeCAD and Krita, and with Pyblish QML. What is
    /// missing of them is installed: Debian's packages (as root), and Blender as a module (374 MB) for
    /// Python 3.11 into `target/hosts`.
    Test {
        /// Publish from real hosts; installs what is missing of them
        #[arg(long)]
        hosts: bool,
        /// Arguments for `cargo test`, such as a part of a test's name
        #[arg(last = true, value_name = "ARGUMENT")]
        arguments: Vec<String>,
    },
    /// Build, then write pictures of the page into `target/screenshots`
    ///
    /// Each view, dark and light, beside a host (400 pixels) and on a wide screen.
    Screenshots,
    /// Build, then play random scenarios in the runtime and in Pyblish, and compare
    ///
    /// Each seed is a scenario, played by the runtime through the scenario adapter and by pyblish-base
    /// 1.8.12 in Python, which must come to the same; see docs/rules.md. The first difference ends it,
    /// and is printed with the smallest scenario that still shows it. `cargo xtask test` plays 500.
    Parity {
        /// How many scenarios
        #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..))]
        count: u64,
        /// The seed of the first one; the others follow
        #[arg(long, default_value_t = 0)]
        seed: u64,
    },
    /// Build, then measure what the runtime promises of its speed and its memory
    ///
    /// Each figure is measured beside something else, in turns, and told with the lowest and the highest of
    /// its rounds: as a table on stdout, or as JSON; progress is on stderr. Needs wrk, Python 3.7 or later,
    /// and Linux for memory; what is missing is said, and the other figures are measured. It takes about
    /// four to six minutes on two cores; whatever else the machine does meanwhile is measured too. See
    /// docs/bench.md.
    #[command(after_help = "\
Exit codes: 0 every bound holds, 1 a bound is broken, 2 none is known to be broken, but something could not be \
measured (or the command line is wrong).")]
    Bench {
        /// Measure these figures only
        #[arg(value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(bench::names()))]
        names: Vec<String>,
        /// Tell it as JSON
        #[arg(long)]
        json: bool,
        /// List the figures and their bounds, and measure nothing
        #[arg(long)]
        list: bool,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(code) => code,
        Err(error) => {
            step::say(&format!("error: {error:#}"));
            step::exit_code(&error)
        }
    }
}

fn run(task: Task) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match task {
        Task::Build => compile::all(&workspace)?,
        Task::Serve { arguments } => serve::run(&workspace, &arguments)?,
        Task::Test {
            hosts: true,
            arguments,
        } => hosts::run(&workspace, &arguments)?,
        Task::Test { arguments, .. } => test::run(&workspace, &arguments)?,
        Task::Screenshots => page::screenshots(&workspace)?,
        Task::Parity { count, seed } => parity::run(&workspace, count, seed)?,
        Task::Bench { names, json, list } => {
            return Ok(bench::run(&workspace, &bench::Order { names, json, list }));
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn arguments_after_the_dashes_are_passed_on_as_they_are() {
        let line = ["cargo xtask", "test", "--", "--test", "rest", "--", "v1"];
        match Arguments::parse_from(line).task {
            Task::Test { arguments, .. } => assert_eq!(arguments, ["--test", "rest", "--", "v1"]),
            _ => panic!("another task"),
        }
    }

    #[test]
    fn parity_plays_twenty_thousand_unless_told_otherwise() {
        let read = |line: &[&str]| match Arguments::try_parse_from(line) {
            Ok(Arguments {
                task: Task::Parity { count, seed },
            }) => Some((count, seed)),
            _ => None,
        };
        let parity = ["cargo xtask", "parity"];
        assert_eq!(read(&parity), Some((20_000, 0)));
        let line = [&parity[..], &["--count", "7", "--seed", "341"]].concat();
        assert_eq!(read(&line), Some((7, 341)));
        assert_eq!(read(&[&parity[..], &["--count", "0"]].concat()), None);
    }
}
