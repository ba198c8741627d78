//! Shared by the figures about Python in the sandbox: the adapter, which is compiled once for this
//! machine before anything is measured.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::place::{Folder, Place};
use super::server::Server;
use crate::componentize;
use crate::step;

/// Compiles the adapter into the benchmark's cache, if it is not there yet.
pub fn prepare(place: &Place) -> Result<()> {
    let mut command = place.endpoint();
    command.args(["adapters", "inspect", componentize::NAME]);
    command.stdout(std::process::Stdio::null());
    step::run("compiling the adapter pyplugins, if need be", &mut command)
        .context("the adapter pyplugins was not built: cargo xtask build says why")
}

/// The `endpoint.toml` for [`open`], with the plug-ins of this folder.
pub fn configured(place: &Place, plugins: &Folder) -> String {
    let grant = format!("{}=/plugins:ro", plugins.display());
    place.configured(componentize::NAME, componentize::NAME, &grant)
}

/// Opens another session of a server that was [`configured`] for it; returns its path.
pub fn open(server: &Server) -> Result<String> {
    let request = json!({"adapter": componentize::NAME});
    let session: Value = server.ask("POST", "/pyblish/v2/sessions", Some(&request))?;
    let id = session["id"].as_str().context("the session has no id")?;
    let found = session["plugins"].as_u64().unwrap_or_default();
    ensure!(found > 0, "the session found no plug-in; fix the benchmark");
    Ok(format!("/pyblish/v2/sessions/{id}"))
}
