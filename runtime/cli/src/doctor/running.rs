use std::path::{Path, PathBuf};

use super::finding::Finding;
use crate::running;
use pyblish_hosts::install::{SUPPORTED_HOSTS, VERSION};
use pyblish_hosts::{HostRegistry, RunningHost};

const ABOUT: &str = "running";

/// The running servers, the running hosts with a bridge, and what ended ones have left behind.
pub fn findings() -> Vec<Finding> {
    let mut findings = Vec::new();
    match running::look() {
        Ok(looked) => {
            findings.extend(looked.servers.iter().map(server));
            findings.extend(looked.dead.iter().map(|path| dead("server", path)));
            findings.extend(looked.broken.iter().map(broken));
        }
        Err(error) => findings.push(unreadable(error.to_string())),
    }
    let met = HostRegistry::of_user().and_then(|meeting| Ok((meeting.look()?, meeting)));
    match met {
        Ok((looked, meeting)) => {
            if let Err(error) = meeting.look_at_secret() {
                let advice = "no host can be reached without it: remove it, and restart the hosts";
                findings.push(Finding::problem(ABOUT, error.to_string(), advice));
            }
            findings.extend(looked.hosts.iter().map(host));
            findings.extend(looked.dead.iter().map(|path| dead("host", path)));
            findings.extend(looked.broken.iter().map(broken));
        }
        Err(error) => findings.push(unreadable(error.to_string())),
    }
    if findings.is_empty() {
        findings.push(Finding::ok(
            ABOUT,
            "no server and no host with the bridge is running",
        ));
    }
    findings
}

fn server(server: &running::RunningServer) -> Finding {
    let said = format!(
        "a server of {} at {}, process {}",
        server.adapter, server.address, server.pid
    );
    let port = server.address.rsplit(':').next();
    match port
        .and_then(|port| port.parse().ok())
        .filter(|port| pyblish_server::browsers_refuse(*port))
    {
        Some(_) => Finding::advice(
            ABOUT,
            format!("{said}, on a port that no browser opens"),
            "to open the page, restart the server with another --port",
        ),
        None => Finding::ok(ABOUT, said),
    }
}

fn host(host: &RunningHost) -> Finding {
    let version = host.host_version.as_deref().unwrap_or_default();
    let said = format!(
        "{} {version}, process {}, with the bridge",
        host.host, host.pid
    );
    match host.bridge.as_deref() {
        Some(VERSION) => Finding::ok(ABOUT, said),
        other => Finding::problem(
            ABOUT,
            format!(
                "{said} of version {}, and this is {VERSION}",
                other.unwrap_or("unknown")
            ),
            format!("{}, and restart it", update(&host.host)),
        ),
    }
}

/// How to update the bridge in a host of this name.
fn update(host: &str) -> String {
    match SUPPORTED_HOSTS.iter().any(|known| known.name == host) {
        true => format!("run `pyblish-endpoint host install {host}`"),
        false => "replace its pyblish_endpoint_bridge.py with the one of this release".into(),
    }
}

/// The next command that looks for running servers or hosts removes it.
fn dead(what: &str, path: &Path) -> Finding {
    Finding::ok(
        ABOUT,
        format!(
            "a killed {what} has left {}, which is removed automatically",
            path.display()
        ),
    )
}

fn broken((path, reason): &(PathBuf, String)) -> Finding {
    Finding::advice(ABOUT, format!("{} {reason}", path.display()), "remove it")
}

fn unreadable(reason: String) -> Finding {
    Finding::problem(
        ABOUT,
        reason,
        "make it a folder of yours that nobody else can access (mode 700)",
    )
}
