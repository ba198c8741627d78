//! `cargo xtask`: builds, serves and tests pyblish-endpoint.
//!
//! Policy: this file only has the command line and the exit code. Messages about the steps of xtask
//! go to stderr, one line per step; requested data goes to stdout. If a child fails, xtask ends
//! with the child's exit code.

mod bench;
mod child;
mod compile;
mod componentize;
mod debian;
mod deny;
mod dist;
mod docs;
mod hosts;
#[cfg(test)]
mod imports;
mod node;
mod page;
mod parity;
mod python;
mod pythons;
#[cfg(test)]
mod rules;
mod sample;
mod scene;
mod serve;
mod signals;
mod stateful;
mod step;
#[cfg(test)]
mod structure;
mod studio;
mod test;
mod tools;
#[cfg(test)]
mod versions;
mod wasm;
mod windows;
mod wine;
mod workspace;

use std::path::PathBuf;
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
    /// cores, because it compiles wasmtime. The adapter `pyplugins` needs Python 3.9 or later and
    /// PyPI, to install componentize-py into `target/componentize-python`; without them it is left
    /// out.
    Build,
    /// Build, then serve a sample inbox and print how to publish from it
    ///
    /// Creates the folder `target/sample/inbox` again from `tests/data/inbox`, keeps
    /// `target/sample/publish`, so that new versions are added, and runs the server until Ctrl-C.
    Serve {
        /// More arguments for `pyblish-endpoint serve`, such as `--listen 127.0.0.1:6001`
        #[arg(last = true, value_name = "ARGUMENT")]
        arguments: Vec<String>,
    },
    /// Build, then start a studio, and print the address of its page
    ///
    /// A PostgreSQL, a hub and three machines, each with a sample inbox of which it publishes something;
    /// all in temporary folders. The hub listens on 127.0.0.1:6100 if that is free. Runs until Ctrl-C.
    /// Needs PostgreSQL 13 or later (Debian: `postgresql`), which is started as an ordinary user.
    Studio,
    /// Build, then run every test
    ///
    /// Without arguments, xtask's own tests run, too. One of the tests compares the runtime with
    /// pyblish-base itself; if its virtual environment, `target/parity-python`, is missing, it is
    /// created with Python 3.7 or later and PyPI. Others control the page in a browser, or compile
    /// clients: they need Node, npm and Chromium, and the packages in `target/page-node` and
    /// `target/clients-node`, which are installed from npm if they are missing.
    ///
    /// Attacks (`tests/attacks`) that take a minute or several gigabytes are left out: `--attacks`
    /// runs all attacks, and nothing else. Some need Linux, root or gcc; those that cannot run say
    /// so. `--cases` runs the cases with plug-ins and files of others (`tests/cases`), and nothing
    /// else; `tests/cases/expected` has their expected results. `--examples` runs what the guides say
    /// to write, with the policy and the adapter in C: it installs a C compiler and three tools.
    /// `--kills` runs the tests of the hub, and kills databases, hubs and runtimes 50 times, not 6.
    /// `--farm` runs the tests of workers, including real Blender in the background and 10,000 jobs.
    ///
    /// `--nightly` compares more random scenarios with pyblish-base: 20,000 in the runtime, 2,000 in
    /// a Python with the bridge and 500 in the sandbox, not 500, 300 and 200. It also kills a delivery
    /// of 10,000 files, not 2,000.
    ///
    /// `--hosts` runs other tests, and nothing else: publishes from Blender, FreeCAD and Krita, and
    /// with Pyblish QML. Missing ones are installed: Debian's packages (as root), and Blender as a
    /// module (374 MB) for Python 3.11 into `target/hosts`.
    ///
    /// `--windows` builds the program for Windows, and does under wine what an artist does:
    /// publishes, serves, sets up a host, kills it. It also runs the unit tests of the crates with
    /// code for one system there. docs/src/contributing/windows.md lists what is left out.
    Test {
        /// Publish from real hosts; installs those that are missing
        #[arg(long)]
        hosts: bool,
        /// Run the program for Windows under wine, and nothing else; installs both
        #[arg(long, conflicts_with_all = ["hosts", "attacks", "cases", "kills", "nightly", "arguments"])]
        windows: bool,
        /// Run only the attacks, including the slow ones
        #[arg(long, conflicts_with = "hosts")]
        attacks: bool,
        /// Run only the cases
        #[arg(long, conflicts_with = "hosts")]
        cases: bool,
        /// Run only what the guides say to write, including what needs other tools
        #[arg(long, conflicts_with = "hosts")]
        examples: bool,
        /// Run only the tests of the hub, with many more kills
        #[arg(long, conflicts_with = "hosts")]
        kills: bool,
        /// Run only the tests of workers, including the slow ones; needs Blender
        #[arg(long, conflicts_with = "hosts")]
        farm: bool,
        /// Play more random scenarios, for a quarter of an hour
        #[arg(long, conflicts_with = "hosts")]
        nightly: bool,
        /// Arguments for `cargo test`, such as a part of a test's name
        #[arg(last = true, value_name = "ARGUMENT")]
        arguments: Vec<String>,
    },
    /// Build, then take screenshots of the page into `target/screenshots`
    ///
    /// Each view, dark and light, with a width of 400 pixels and on a wide screen.
    Screenshots,
    /// Build, then play random scenarios in the runtime and in Pyblish, and compare
    ///
    /// Each seed is a scenario, played by the runtime through the scenario adapter and by
    /// pyblish-base 1.8.12 in Python. The results must be the same; see
    /// docs/src/reference/rules.md. It stops at the first difference, and prints it with the
    /// smallest scenario that still shows it. `cargo xtask test` plays 500, and others with objects
    /// of Python in a host and in the sandbox.
    Parity {
        /// How many scenarios
        #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..))]
        count: u64,
        /// The seed of the first one; the others follow
        #[arg(long, default_value_t = 0)]
        seed: u64,
    },
    /// Build, then play random sequences against the real server for some minutes
    ///
    /// Each seed is a sequence of commands, kills, faults of disks and clocks, and hostile answers.
    /// Afterwards everything that clients have seen must still exist, and all resources must be
    /// released; see tests/stateful/main.rs. It stops at the first finding, and prints it with its
    /// seed and a shorter sequence. `cargo xtask test` plays two seeds. A small separate disk needs
    /// root, and faults of clocks and disks need a C compiler; without them it says what is left
    /// out.
    Stateful {
        /// How many minutes
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
        minutes: u64,
        /// The seed of the first sequence; the others follow
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Leave out steps of these kinds
        #[arg(long, value_delimiter = ',', value_parser = ["kill", "disk", "clock", "hostile", "keys", "sessions"])]
        without: Vec<String>,
    },
    /// Build, then measure the runtime's promises about speed and memory
    ///
    /// Each figure is measured in turns with something else, and shown with the lowest and the
    /// highest of its rounds: as a table on stdout, or as JSON; progress is on stderr. It needs
    /// wrk, Python 3.7 or later, and Linux for memory; if something is missing, it says so and
    /// measures the other figures. It takes about four to six minutes on two cores; other work of
    /// the machine affects the results. See docs/src/contributing/benchmark.md.
    #[command(after_help = "\
Exit codes: 0 every bound holds, 1 a bound is broken, 2 none is known to be broken, but something \
could not be measured (or the command line is wrong).")]
    Bench {
        /// Measure these figures only
        #[arg(value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(bench::names()))]
        names: Vec<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// List the figures and their bounds, and measure nothing
        #[arg(long)]
        list: bool,
    },
    /// Check the documentation, and build the book
    ///
    /// The book is in `docs/`; its HTML goes to `target/book/html`. Three pages are generated from
    /// the program. First, these pages, the facts on other pages, and all links are checked. That
    /// needs the runtime, so it is built. `cargo xtask test` does the same check. The HTML is built
    /// with mdBook 0.5. If it is missing, it is installed from crates.io into `target/tools`, which
    /// takes some minutes, once.
    Docs {
        /// Write the generated pages, instead of comparing them
        #[arg(long)]
        write: bool,
        /// Only check, and do not build the HTML: needs no mdBook and no network
        #[arg(long)]
        check: bool,
        /// Use this runtime, instead of building one
        #[arg(long, value_name = "FILE")]
        runtime: Option<PathBuf>,
    },
    /// Make a release: packages for all systems, in `target/dist`
    ///
    /// For each system: an archive, a wheel, and a list of what is in the program (SBOM); for Linux
    /// also a .deb, an .rpm and a container image. Besides them the rez package, the clients, and
    /// SHA256SUMS with its signature. The checkout must have no changes. It runs on Linux, x86_64,
    /// and takes about ten minutes for each system; what is missing it installs, Debian's packages
    /// as root, the rest into `target`. See docs/src/contributing/release.md.
    ///
    /// `--prove` then uses each package as its users would, and prints what was shown, what cannot
    /// be shown on this machine, and what failed.
    Dist {
        /// Make the packages for these systems only, such as x86_64-unknown-linux-gnu
        #[arg(value_name = "TARGET")]
        targets: Vec<String>,
        /// Then install and use each package
        #[arg(long)]
        prove: bool,
        /// With --prove: leave out the test command, which takes ten minutes
        #[arg(long, requires = "prove")]
        without_tests: bool,
        /// With --prove: of the test command, run only these groups, such as api,cli,hosts
        #[arg(
            long,
            requires = "prove",
            conflicts_with = "without_tests",
            value_delimiter = ',',
            value_name = "GROUP"
        )]
        groups: Vec<String>,
        /// Sign with this secret key of minisign, which has no password
        #[arg(long, value_name = "FILE", env = "PYBLISH_ENDPOINT_SIGNING_KEY")]
        key: Option<PathBuf>,
    },
    /// Check the dependencies: licences, sources, bans, and known vulnerabilities
    ///
    /// `deny.toml` says what is allowed. cargo-deny checks it. If it is missing, it is installed
    /// from crates.io into `target/tools`, which takes some minutes, once. The database of known
    /// vulnerabilities comes from its repository; if that cannot be reached, a message says that
    /// they were not checked, and the check does not fail.
    Deny,
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
        Task::Studio => studio::run(&workspace)?,
        Task::Test {
            hosts: true,
            arguments,
            ..
        } => hosts::run(&workspace, &arguments)?,
        Task::Test { windows: true, .. } => windows::run(&workspace)?,
        Task::Test {
            attacks,
            cases,
            examples,
            kills,
            farm,
            nightly,
            arguments,
            ..
        } => {
            let slow = [attacks, cases, examples, kills, farm];
            let arguments = test::with_slow(slow, &arguments).unwrap_or(arguments);
            test::run(&workspace, &arguments, nightly)?;
        }
        Task::Screenshots => page::screenshots(&workspace)?,
        Task::Parity { count, seed } => parity::run(&workspace, count, seed)?,
        Task::Stateful {
            minutes,
            seed,
            without,
        } => stateful::run(&workspace, minutes, seed, &without)?,
        Task::Bench { names, json, list } => {
            return Ok(bench::run(
                &workspace,
                &bench::BenchOptions { names, json, list },
            ));
        }
        Task::Docs {
            write,
            check,
            runtime,
        } => docs::run(
            &workspace,
            &docs::DocsOptions {
                write,
                check,
                runtime,
            },
        )?,
        Task::Deny => deny::run(&workspace)?,
        Task::Dist {
            targets,
            prove,
            without_tests,
            groups,
            key,
        } => {
            let tests = match without_tests || !groups.is_empty() {
                true => dist::ProofTests::Groups(groups),
                false => dist::ProofTests::All,
            };
            return dist::run(
                &workspace,
                &dist::DistOptions {
                    targets,
                    prove,
                    tests,
                    key,
                },
            );
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
