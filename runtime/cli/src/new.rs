use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::stderr::Error;
use super::{stderr, stdout, text};
use crate::project::{self, Language, Name};

/// The environment variable with the program that a project's scripts start; without it they use
/// the `pyblish-endpoint` on PATH.
const VARIABLE: &str = "PYBLISH_ENDPOINT";

#[derive(Debug, Args)]
#[command(after_help = "\
The project is a small adapter to start from, the same in each language: it collects the files of \
a folder, checks their names, repairs a name, and copies them to another folder. It does not need \
this program's sources. First, stderr shows what you need to build it, and what of that is missing \
here.

stdout is one line: the command that builds the adapter, loads it and publishes with it. Run it in \
the current folder.

Examples:
  pyblish-endpoint new hero-shots --language python
  pyblish-endpoint new hero-shots --language rust | sh

Exit codes: 0 the project is created, 1 it cannot be created (the reason is on stderr), 64 the \
command line is wrong.")]
pub struct New {
    /// The name of the adapter and of its folder: lower-case letters, digits and hyphens
    #[arg(value_name = "NAME")]
    name: Name,

    /// The language: rust, python or js
    #[arg(long, value_name = "LANGUAGE")]
    language: Language,
}

impl New {
    pub fn run(self) -> Result<ExitCode, Error> {
        let here = env::current_dir()
            .map_err(|error| format!("the current folder cannot be used: {error}"))?;
        // Create the project first: if that fails, there is no need to list tools.
        if fs::symlink_metadata(here.join(self.name.as_str())).is_ok() {
            return Err(project::ProjectError::Exists(self.name.as_str().into()).into());
        }
        let missing = self.tell_needs();
        project::make(self.language, &self.name, Path::new(""))?;
        stderr::say(&format!(
            "\nCreated {0}/; {0}/README.md says what is in it.",
            self.name
        ));
        stderr::say(match missing {
            true => "Once you have installed what is missing, build it and try it with:",
            false => "Build it and try it with:",
        });
        stdout::put(&format!("{}\n", command(&self.name, &self.language.test())))?;
        Ok(ExitCode::SUCCESS)
    }

    /// Prints which tools are needed; returns whether one is missing.
    fn tell_needs(&self) -> bool {
        stderr::say(&format!("An adapter in {} needs:", self.language.label()));
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
            stderr::say(&format!("  {mark:<8} {}", text::one_line(&line)));
        }
        stderr::say(&format!("  later    {}", self.language.brings()));
        missing
    }
}

/// The command to type; it includes the program's path if the program is not on PATH.
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

/// In the syntax of PowerShell, which has no `&&` before version 7.
#[cfg(windows)]
fn plain(name: &Name, test: &str) -> String {
    format!("cd {name}; {test}")
}

#[cfg(windows)]
fn with_variable(name: &Name, test: &str, program: &str) -> String {
    let program = program.replace('\'', "''");
    format!("cd {name}; $env:{VARIABLE} = '{program}'; {test}")
}
