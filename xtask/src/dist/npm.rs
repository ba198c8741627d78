//! The package of the JavaScript client, by `npm pack`.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::child;
use crate::step;
use crate::workspace::Workspace;

/// Packs it. npm gives all files the same time.
pub fn client(workspace: &Workspace, into: &Path) -> Result<()> {
    step::say("packing the JavaScript client");
    let mut command = Command::new("npm");
    command
        .args(["pack", "--silent", "--pack-destination"])
        .arg(into)
        .current_dir(workspace.root.join("clients").join("js"));
    child::quietly(&mut command).map(drop)
}
