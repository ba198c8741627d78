use std::path::Path;

use clap::Args;
use serde_json::{Value, json};

use super::choice::{EXIT_CODES, program};
use crate::stderr::Error;
use crate::table::Table;
use crate::{stderr, stdout};
use pyblish_hosts::install::{
    self as setup, InstallError, InstallPlan, SetupState, UserEnvironment,
};

#[derive(Debug, Args)]
#[command(after_help = format!("\
A host is found by the folder that it creates for its user when it first runs. `list` does not see \
what --into put elsewhere.

{EXIT_CODES}"))]
pub struct ListHosts {
    /// Only this host: blender, freecad, houdini, krita, maya or nuke
    #[arg(value_name = "HOST", value_parser = setup::find)]
    host: Option<setup::SupportedHost>,

    /// Print a JSON array with one object per folder: host, label, folder, version, state (absent,
    /// current, outdated, incomplete, switchedOff, blocked; or notFound, with the folders that were
    /// searched), of (a version), reason
    #[arg(long)]
    json: bool,
}

impl ListHosts {
    pub fn run(self) -> Result<(), Error> {
        let surroundings = UserEnvironment::of_user().ok_or(InstallError::NoHome)?;
        let program = program()?;
        let wanted =
            |host: &setup::SupportedHost| self.host.is_none_or(|wanted| wanted.name == host.name);
        let mut table = Table::new(&["HOST", "VERSION", "STATE", "FOLDER"]);
        let mut all = Vec::new();
        let mut reasons = Vec::new();
        let mut upgradable = false;
        for host in setup::SUPPORTED_HOSTS.into_iter().filter(wanted) {
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
                    SetupState::Outdated(_) | SetupState::Incomplete | SetupState::SwitchedOff
                );
                match &state {
                    SetupState::Outdated(of) => told["of"] = of.as_str().into(),
                    SetupState::Blocked(reason) => {
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
            stdout::put_json(&format!("{}\n", Value::from(all)))?;
            return Ok(());
        }
        stdout::put(&table.text())?;
        if upgradable {
            stderr::say("to set one up or update it, run `pyblish-endpoint host install HOST`");
        }
        for reason in reasons {
            stderr::say(&reason);
        }
        Ok(())
    }
}

fn state(
    host: setup::SupportedHost,
    folder: &Path,
    program: &Path,
    surroundings: &UserEnvironment,
) -> SetupState {
    match InstallPlan::of(host, folder, program, surroundings) {
        Ok(plan) => plan.state(),
        Err(error) => SetupState::Blocked(error),
    }
}

/// The state as a word for programs.
fn key(state: &SetupState) -> &'static str {
    match state {
        SetupState::Absent => "absent",
        SetupState::Current => "current",
        SetupState::Outdated(_) => "outdated",
        SetupState::Incomplete => "incomplete",
        SetupState::SwitchedOff => "switchedOff",
        SetupState::Blocked(_) => "blocked",
    }
}

/// The state in words for users.
fn words(state: &SetupState) -> String {
    match state {
        SetupState::Absent => "not set up".into(),
        SetupState::Current => "set up".into(),
        SetupState::Outdated(of) if of == setup::VERSION => "not up to date".into(),
        SetupState::Outdated(of) => format!("of version {of}"),
        SetupState::Incomplete => "incomplete".into(),
        SetupState::SwitchedOff => "switched off".into(),
        SetupState::Blocked(_) => "see below".into(),
    }
}
