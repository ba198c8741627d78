//! Looks at a machine. Each file asks one of the rooms about one thing, and says what to do about the answer; nothing is
//! changed, nothing but this machine is asked, and nothing is waited for.

mod adapters;
mod cache;
mod finding;
mod folders;
mod hosts;
mod port;
mod running;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::screen::Screen;
use super::{Error, block_on, log, stdout};
use crate::adapter::Engine;
use finding::{Finding, State};

#[derive(Debug, Args)]
#[command(after_help = "\
Each finding is one line: ok, advice (it works, and could be better) or problem, what it is about, what was found, and \
what to do about it. Looked at are adapters and the compiled code of them, the port that `serve` takes, the hosts that \
`host install` finds, what runs, the folders of history and configuration, and the tools for `new`.

Nothing is changed, and nothing but this machine is asked.

Exit codes: 0 there is no problem, 1 there is at least one, or it could not be looked (the reason is on stderr), \
2 the command line is wrong.")]
pub struct Doctor {
    /// Print a JSON array, of one object a finding: state (ok, advice or problem), about, found, todo
    #[arg(long)]
    json: bool,

    /// Only what is about this; may be repeated
    #[arg(long, value_name = "SUBJECT", value_parser = SUBJECTS)]
    about: Vec<String>,

    /// The port that is looked at
    #[arg(long, value_name = "PORT", default_value_t = 6001)]
    port: u16,

    /// Look for adapters here first
    #[arg(long, value_name = "DIR")]
    adapters_dir: Option<PathBuf>,
}

/// What can be asked about, in the order of the findings.
const SUBJECTS: [&str; 7] = [
    "adapters", "cache", "port", "hosts", "running", "folders", "tools",
];

impl Doctor {
    pub fn run(self) -> Result<ExitCode, Error> {
        // What the rooms would warn of becomes a finding.
        log::to(
            &Screen::default(),
            tracing::level_filters::LevelFilter::ERROR,
        );
        let engine = Engine::new()?;
        let asked = SUBJECTS.into_iter().filter(|subject| {
            self.about.is_empty() || self.about.iter().any(|about| about == subject)
        });
        let mut findings = Vec::new();
        for subject in asked {
            findings.extend(match subject {
                "adapters" => adapters::findings(&engine, self.adapters_dir.clone()),
                "cache" => cache::findings(&engine),
                "port" => block_on(port::findings(self.port))?,
                "hosts" => hosts::findings(),
                "running" => running::findings(),
                "folders" => folders::findings(),
                _ => tools::findings(),
            });
        }
        let text = match self.json {
            true => format!(
                "{}\n",
                findings.iter().map(Finding::json).collect::<Value>()
            ),
            false => findings.iter().map(Finding::line).collect(),
        };
        stdout::put(&text)?;
        let count = |state| findings.iter().filter(|it| it.state == state).count();
        let problems = count(State::Problem);
        if !self.json {
            eprintln!("{}", summary(problems, count(State::Advice)));
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
