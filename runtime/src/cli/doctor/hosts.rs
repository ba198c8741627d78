use std::env;

use super::finding::Finding;
use crate::bridge::install::{Found, HOSTS, Host, Plan, State, Surroundings, VERSION};

const ABOUT: &str = "hosts";

/// The hosts whose folders are found here, and whether the bridge in each is this version's.
pub fn findings() -> Vec<Finding> {
    let Some(surroundings) = Surroundings::of_user() else {
        return vec![Finding::problem(
            ABOUT,
            "this user has no home folder, so no host is found",
            "set HOME",
        )];
    };
    let mut findings = Vec::new();
    let mut without = Vec::new();
    for host in HOSTS {
        let found = host.found(&surroundings);
        if found.is_empty() {
            without.push(host.name);
        }
        findings.extend(
            found
                .iter()
                .map(|found| finding(host, found, &surroundings)),
        );
    }
    if !without.is_empty() {
        let said = format!("not found, for it has not run here: {}", without.join(", "));
        findings.push(Finding::ok(ABOUT, said));
    }
    findings
}

fn finding(host: Host, found: &Found, surroundings: &Surroundings) -> Finding {
    let version = found.version.map(|version| format!(" {version}"));
    let label = format!(
        "{}{} in {}",
        host.label,
        version.unwrap_or_default(),
        found.folder.display()
    );
    let install = format!("`pyblish-endpoint host install {}`", host.name);
    let program = match env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            return Finding::problem(
                ABOUT,
                format!("{label}: the path of this program is not known ({error})"),
                "",
            );
        }
    };
    let state = match Plan::of(host, &found.folder, &program, surroundings) {
        Ok(plan) => plan.state(),
        Err(error) => State::Blocked(error),
    };
    match state {
        State::Current => Finding::ok(ABOUT, format!("{label} is set up")),
        State::Absent => Finding::advice(
            ABOUT,
            format!("{label} has no bridge"),
            format!("to publish from it, run {install}"),
        ),
        State::SwitchedOff => Finding::advice(
            ABOUT,
            format!("{label} is set up, and switched off in its settings"),
            format!("run {install} to switch it on"),
        ),
        State::Outdated(of) if of == VERSION => Finding::problem(
            ABOUT,
            format!("{label} is set up for a pyblish-endpoint that was elsewhere"),
            format!("run {install}, and start {} anew", host.label),
        ),
        State::Outdated(of) => Finding::problem(
            ABOUT,
            format!("{label} has the bridge of version {of}, and this is {VERSION}"),
            format!("run {install}, and start {} anew", host.label),
        ),
        State::Incomplete => Finding::problem(
            ABOUT,
            format!("{label} is set up in part"),
            format!("run {install}"),
        ),
        State::Blocked(reason) => Finding::problem(
            ABOUT,
            format!("{label} cannot be set up"),
            reason.to_string(),
        ),
    }
}
