use std::net::{Ipv4Addr, SocketAddr};

use super::finding::Finding;
use crate::running;
use crate::stderr::Error;
use pyblish_server::BindError;

const ABOUT: &str = "port";

/// Whether the port of `serve` is free, and which program has it if not.
pub async fn findings(port: u16) -> Result<Vec<Finding>, Error> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut findings = Vec::new();
    if pyblish_server::browsers_refuse(port) {
        findings.push(Finding::advice(
            ABOUT,
            format!("no browser opens a page on port {port}"),
            "use another, such as 6001, unless a frontend of Pyblish Endpoint 1 needs this one",
        ));
    }
    findings.push(match pyblish_server::bind(address).await {
        // The port is released at once.
        Ok(_) => Finding::ok(ABOUT, format!("{address} is free")),
        Err(error) => match ours(port) {
            Some(server) => Finding::advice(
                ABOUT,
                format!(
                    "{address} is in use by the pyblish-endpoint server of {}, process {}",
                    server.adapter, server.pid
                ),
                "start a second one with --port auto",
            ),
            None => taken(&error),
        },
    });
    Ok(findings)
}

fn ours(port: u16) -> Option<running::RunningServer> {
    let servers = running::look().ok()?.servers;
    let end = format!(":{port}");
    servers
        .into_iter()
        .find(|server| server.address.ends_with(&end))
}

fn taken(error: &BindError) -> Finding {
    match error {
        BindError::InUse { address, .. } => Finding::problem(
            ABOUT,
            format!("{address} is in use by another program"),
            "end that program, or start the server with --port auto; frontends find it with \
             `pyblish-endpoint list`",
        ),
        other => Finding::problem(ABOUT, other.to_string(), ""),
    }
}
