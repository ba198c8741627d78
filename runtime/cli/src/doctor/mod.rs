//! Checks this machine. Each file checks one subject with the help of another crate, and says what
//! to do about the findings. Nothing is changed, only this machine is asked, and no check waits.

mod adapters;
mod cache;
mod finding;
mod folders;
mod hosts;
mod hub;
mod port;
mod running;
mod store;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::event_loop::block_on;
use super::screen::Screen;
use super::stderr::Error;
use super::{log, stderr, stdout};
use finding::{Finding, State};
use pyblish_adapter::{AdapterLimits, Engine};

#[derive(Debug, Args)]
#[command(after_help = "\
Each finding is one line: ok, advice (it works, but could be better) or problem, the subject, what \
was found, and what to do about it. It checks the adapters and their compiled code, what is installed or \
locked and the keys for it, the port of \
`serve`, the hosts that `host install` finds, running servers and hosts, the folders of history \
and configuration, what the studio's hub does not have yet, ffmpeg, and the tools for `new`.

It changes nothing, and asks only this machine.

Exit codes: 0 there is no problem, 1 there is at least one, or a check could not run (the reason \
is on stderr), 64 the command line is wrong.")]
pub struct Doctor {
    /// Print a JSON array with one object per finding: state (ok, advice or problem), about, found,
    /// todo
    #[arg(long)]
    json: bool,

    /// Check only this subject; may be repeated
    #[arg(long, value_name = "SUBJECT", value_parser = SUBJECTS)]
    about: Vec<String>,

    /// The port to check
    #[arg(long, value_name = "PORT", default_value_t = 6001)]
    port: u16,

    /// Look for adapters here first
    #[arg(long, value_name = "DIR")]
    adapters_dir: Option<PathBuf>,
}

/// The subjects, in the order of the findings.
const SUBJECTS: [&str; 9] = [
    "adapters", "store", "cache", "port", "hosts", "running", "folders", "hub", "tools",
];

impl Doctor {
    pub fn run(self) -> Result<ExitCode, Error> {
        // The other crates would log this as a warning; here it becomes a finding.
        log::to(
            &Screen::default(),
            tracing::level_filters::LevelFilter::ERROR,
        );
        let engine = Engine::of_program(&AdapterLimits::to_inspect())?;
        let asked = SUBJECTS.into_iter().filter(|subject| {
            self.about.is_empty() || self.about.iter().any(|about| about == subject)
        });
        let mut findings = Vec::new();
        for subject in asked {
            findings.extend(match subject {
                "adapters" => adapters::findings(&engine, self.adapters_dir.clone()),
                "store" => store::findings(),
                "cache" => cache::findings(&engine),
                "port" => block_on(port::findings(self.port))?,
                "hosts" => hosts::findings(),
                "running" => running::findings(),
                "folders" => folders::findings(),
                "hub" => hub::findings(),
                _ => tools::findings(),
            });
        }
        match self.json {
            true => {
                let all: Value = findings.iter().map(Finding::json).collect();
                stdout::put_json(&format!("{all}\n"))?;
            }
            false => stdout::put(&findings.iter().map(Finding::line).collect::<String>())?,
        }
        let count = |state| findings.iter().filter(|it| it.state == state).count();
        let problems = count(State::Problem);
        if !self.json {
            stderr::say(&summary(problems, count(State::Advice)));
        }
        Ok(match problems {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        })
    }
}

fn summary(problems: usize, advice: usize) -> String {
    let problems = match problems {
        0 => "no problem".into(),
        1 => "1 problem".into(),
        n => format!("{n} problems"),
    };
    match advice {
        0 => problems,
        1 => format!("{problems}, 1 piece of advice"),
        n => format!("{problems}, {n} pieces of advice"),
    }
}
