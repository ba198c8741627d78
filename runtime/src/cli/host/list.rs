use std::path::Path;

use clap::Args;
use serde_json::{Value, json};

use super::{EXIT_CODES, program};
use crate::bridge::install::{self as setup, InstallError, Plan, State, Surroundings};
use crate::cli::table::Table;
use crate::cli::{Error, stdout};

#[derive(Debug, Args)]
#[command(after_help = format!("\
A host is found by the folder that it makes for its user when it first runs. `list` does not see what --into put \
elsewhere.

{EXIT_CODES}"))]
pub struct List {
    /// Only this host: blender, freecad, houdini, krita, maya or nuke
    #[arg(value_name = "HOST", value_parser = setup::find)]
    host: Option<setup::Host>,

    /// Print a JSON array, of one object a folder: host, label, folder, version, state (absent, current, outdated,
    /// incomplete, switchedOff, blocked; or notFound, with the folders that were looked for), of (a version), reason
    #[arg(long)]
    json: bool,
}

impl List {
    pub fn run(self) -> Result<(), Error> {
        let surroundings = Surroundings::of_user().ok_or(InstallError::NoHome)?;
        let program = program()?;
        let wanted = |host: &setup::Host| self.host.is_none_or(|wanted| wanted.name == host.name);
        let mut table = Table::new(&["HOST", "VERSION", "STATE", "FOLDER"]);
        let mut all = Vec::new();
        let mut reasons = Vec::new();
        let mut upgradable = false;
        for host in setup::HOSTS.into_iter().filter(wanted) {
            let found = host.found(&surroundings);
            if found.is_empty() {
                let looked = host.looked_for(&surroundings);
                let shown = looked.first().map(|path| path.display().to_string());
                let cells = [host.name, "", "not found"].map(str::to_owned);
                table.push(cells.into_iter().chain(shown));
                all.push(json!({"host": host.name, "label": host.label, "state": "notFound", "looked": looked}));
            }
            for found in found {
                let version = found.version.map(|version| version.to_string());
                let state = state(host, &found.folder, &program, &surroundings);
                let mut told = json!({"host": host.name, "label": host.label, "folder": found.folder,
                    "version": version, "state": key(&state)});
                upgradable |= matches!(
                    state,
                    State::Outdated(_) | State::Incomplete | State::SwitchedOff
                );
                match &state {
                    State::Outdated(of) => told["of"] = of.as_str().into(),
                    State::Blocked(reason) => {
                        told["reason"] = reason.to_string().into();
                        reasons.push(reason.to_string());
                    }
                    _ => {}
                }
                all.push(told);
                table.push([
                    host.name.to_owned(),
                    version.unwrap_or_else(|| "all".into()),
                    words(&state),
                    found.folder.display().to_string(),
                ]);
            }
        }
        if self.json {
            stdout::put(&format!("{}\n", Value::from(all)))?;
            return Ok(());
        }
        stdout::put(&table.text())?;
        if upgradable {
            eprintln!("`pyblish-endpoint host install HOST` brings one up to date");
        }
        for reason in reasons {
            eprintln!("{}", crate::cli::text::plain(&reason));
        }
        Ok(())
    }
}

fn state(host: setup::Host, folder: &Path, program: &Path, surroundings: &Surroundings) -> State {
    match Plan::of(host, folder, program, surroundings) {
        Ok(plan) => plan.state(),
        Err(error) => State::Blocked(error),
    }
}

/// For programs.
fn key(state: &State) -> &'static str {
    match state {
        State::Absent => "absent",
        State::Current => "current",
        State::Outdated(_) => "outdated",
        State::Incomplete => "incomplete",
        State::SwitchedOff => "switchedOff",
        State::Blocked(_) => "blocked",
    }
}

/// For people.
fn words(state: &State) -> String {
    match state {
        State::Absent => "not set up".into(),
        State::Current => "set up".into(),
        State::Outdated(of) if of == setup::VERSION => "not up to date".into(),
        State::Outdated(of) => format!("of version {of}"),
        State::Incomplete => "incomplete".into(),
        State::SwitchedOff => "switched off".into(),
        State::Blocked(_) => "see below".into(),
    }
}
