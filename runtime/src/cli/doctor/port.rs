use std::net::{Ipv4Addr, SocketAddr};

use super::super::{Error, running};
use super::finding::Finding;
use crate::http::{self, BindError};

const ABOUT: &str = "port";

/// Whether `serve` can have its port, and who else has it.
pub async fn findings(port: u16) -> Result<Vec<Finding>, Error> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut findings = Vec::new();
    if http::browsers_refuse(port) {
        findings.push(Finding::advice(
            ABOUT,
            format!("no browser opens a page on port {port}"),
            "take another, such as 6001, unless a frontend of Pyblish Endpoint 1 looks there",
        ));
    }
    findings.push(match http::bind(address).await {
        // It is let go at once.
        Ok(_) => Finding::ok(ABOUT, format!("{address} is free")),
        Err(error) => match ours(port) {
            Some(server) => Finding::advice(
                ABOUT,
                format!(
                    "{address} is taken by our own server of {}, process {}",
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
            format!("{address} is taken by another program"),
            "end that, or start the server with --port auto, which frontends find by `pyblish-endpoint list`",
        ),
        other => Finding::problem(ABOUT, other.to_string(), ""),
    }
}
