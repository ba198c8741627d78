use std::env;

use super::finding::Finding;
use pyblish_hosts::install::{
    HostFolder, InstallPlan, SUPPORTED_HOSTS, SetupState, SupportedHost, UserEnvironment, VERSION,
};

const ABOUT: &str = "hosts";

/// The hosts whose folders exist here, and whether each has the bridge of this version.
pub fn findings() -> Vec<Finding> {
    let Some(surroundings) = UserEnvironment::of_user() else {
        return vec![Finding::problem(
            ABOUT,
            "this user has no home folder, so no host is found",
            "set HOME",
        )];
    };
    let mut findings = Vec::new();
    let mut without = Vec::new();
    for host in SUPPORTED_HOSTS {
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
        let said = format!(
            "not found, because they have not run here yet: {}",
            without.join(", ")
        );
        findings.push(Finding::ok(ABOUT, said));
    }
    findings
}

fn finding(host: SupportedHost, found: &HostFolder, surroundings: &UserEnvironment) -> Finding {
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
    let state = match InstallPlan::of(host, &found.folder, &program, surroundings) {
        Ok(plan) => plan.state(),
        Err(error) => SetupState::Blocked(error),
    };
    match state {
        SetupState::Current => Finding::ok(ABOUT, format!("{label} is set up")),
        SetupState::Absent => Finding::advice(
            ABOUT,
            format!("{label} has no bridge"),
            format!("to publish from it, run {install}"),
        ),
        SetupState::SwitchedOff => Finding::advice(
            ABOUT,
            format!("{label} is set up, but switched off in its settings"),
            format!("run {install} to switch it on"),
        ),
        SetupState::Outdated(of) if of == VERSION => Finding::problem(
            ABOUT,
            format!("{label} is set up for a pyblish-endpoint at another path"),
            format!("run {install}, and restart {}", host.label),
        ),
        SetupState::Outdated(of) => Finding::problem(
            ABOUT,
            format!("{label} has the bridge of version {of}, and this is {VERSION}"),
            format!("run {install}, and restart {}", host.label),
        ),
        SetupState::Incomplete => Finding::problem(
            ABOUT,
            format!("{label} is only partly set up"),
            format!("run {install}"),
        ),
        SetupState::Blocked(reason) => Finding::problem(
            ABOUT,
            format!("{label} cannot be set up"),
            reason.to_string(),
        ),
    }
}
