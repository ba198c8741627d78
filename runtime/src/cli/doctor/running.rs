use std::path::{Path, PathBuf};

use super::super::running;
use super::finding::Finding;
use crate::bridge::install::VERSION;
use crate::bridge::{Meeting, RunningHost};
use crate::http;

const ABOUT: &str = "running";

/// The servers and the hosts with a bridge in them that run now, and what ended ones have left.
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
    match Meeting::of_user().and_then(|meeting| meeting.look()) {
        Ok(looked) => {
            findings.extend(looked.hosts.iter().map(host));
            findings.extend(looked.dead.iter().map(|path| dead("host", path)));
            findings.extend(looked.broken.iter().map(broken));
        }
        Err(error) => findings.push(unreadable(error.to_string())),
    }
    if findings.is_empty() {
        findings.push(Finding::ok(ABOUT, "no server, and no host with the bridge"));
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
        .filter(|port| http::browsers_refuse(*port))
    {
        Some(_) => Finding::advice(
            ABOUT,
            format!("{said}, where no browser opens a page"),
            "for the page, start it with another --port",
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
            format!(
                "run `pyblish-endpoint host install {}`, and start it anew",
                host.host
            ),
        ),
    }
}

/// Whoever asks next for what runs removes it.
fn dead(what: &str, path: &Path) -> Finding {
    Finding::ok(
        ABOUT,
        format!(
            "a {what} that was killed has left {}, which goes by itself",
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
        "make it a folder of yours that nobody else can enter (mode 700)",
    )
}
