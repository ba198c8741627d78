use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::{Error, stdout, text};
use crate::project::{self, Language, Name};

/// What a project's own scripts start; they look for `pyblish-endpoint` on PATH without it.
const VARIABLE: &str = "PYBLISH_ENDPOINT";

#[derive(Debug, Args)]
#[command(after_help = "\
The project is a small adapter to begin from, the same in each language: it collects the files of a folder, checks \
their names, repairs a name, and copies them to another folder. It needs nothing of this program's sources. What it \
takes to build it, and what of that is missing here, is said first, on stderr.

stdout is one line: the command that builds the adapter, loads it and publishes with it, to be run where you are.

Examples:
  pyblish-endpoint new hero-shots --language python
  pyblish-endpoint new hero-shots --language rust | sh

Exit codes: 0 it is made, 1 it cannot be (the reason is on stderr), 2 the command line is wrong.")]
pub struct New {
    /// What the adapter and its folder are called: lower-case letters, digits and hyphens
    #[arg(value_name = "NAME")]
    name: Name,

    /// What it is written in: rust, python or js
    #[arg(long, value_name = "LANGUAGE")]
    language: Language,
}

impl New {
    pub fn run(self) -> Result<ExitCode, Error> {
        let here = env::current_dir()
            .map_err(|error| format!("the current folder cannot be used: {error}"))?;
        // A project that cannot be made needs nothing.
        if fs::symlink_metadata(here.join(self.name.as_str())).is_ok() {
            return Err(project::ProjectError::Exists(self.name.as_str().into()).into());
        }
        let missing = self.tell_needs();
        project::make(self.language, &self.name, Path::new(""))?;
        eprintln!("\nMade {0}/; {0}/README.md says what is in it.", self.name);
        match missing {
            true => eprintln!("Once the above is there, build it and try it with:"),
            false => eprintln!("Build it and try it with:"),
        }
        stdout::put(&format!("{}\n", command(&self.name, &self.language.test())))?;
        Ok(ExitCode::SUCCESS)
    }

    /// Says what this machine must have; answers whether something is missing.
    fn tell_needs(&self) -> bool {
        eprintln!("An adapter in {} needs:", self.language.label());
        let mut missing = false;
        for tool in self.language.tools() {
            let (mark, line) = match &tool.found {
                Ok(found) => ("ok", format!("{}: {found}", tool.what)),
                Err(reason) => {
                    missing = true;
                    let line = format!("{}: {reason}; {}", tool.what, tool.remedy);
                    ("missing", line)
                }
            };
            eprintln!("  {mark:<8} {}", text::one_line(&line));
        }
        eprintln!("  later    {}", self.language.brings());
        missing
    }
}

/// What to type: a program that PATH does not lead to is named.
fn command(name: &Name, test: &str) -> String {
    let this = env::current_exe().and_then(fs::canonicalize);
    let on_path = project::on_path("pyblish-endpoint").map(fs::canonicalize);
    match (this, on_path) {
        (Ok(this), Some(Ok(on_path))) if this == on_path => plain(name, test),
        (Ok(this), _) => with_variable(name, test, &this.display().to_string()),
        (Err(_), _) => plain(name, test),
    }
}

#[cfg(not(windows))]
fn plain(name: &Name, test: &str) -> String {
    format!("cd {name} && {test}")
}

#[cfg(not(windows))]
fn with_variable(name: &Name, test: &str, program: &str) -> String {
    let simple = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let program = match program.chars().all(simple) {
        true => program.to_owned(),
        false => format!("'{}'", program.replace('\'', r"'\''")),
    };
    format!("cd {name} && {VARIABLE}={program} {test}")
}

/// As PowerShell reads it, which has no `&&` before its seventh version.
#[cfg(windows)]
fn plain(name: &Name, test: &str) -> String {
    format!("cd {name}; {test}")
}

#[cfg(windows)]
fn with_variable(name: &Name, test: &str, program: &str) -> String {
    let program = program.replace('\'', "''");
    format!("cd {name}; $env:{VARIABLE} = '{program}'; {test}")
}
