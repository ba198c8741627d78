//! A program that is started instead of QML, and makes its calls. See `qml_child.py`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::place::{self, Folder, Place};
use super::server::Server;
use crate::pythons::OTHERS;
use crate::step;

/// What the child does, again and again.
#[derive(Clone, Copy)]
pub enum Deed {
    Reset,
    Publish,
}

impl Deed {
    fn word(self) -> &'static str {
        match self {
            Deed::Reset => "reset",
            Deed::Publish => "publish",
        }
    }
}

/// The child's record of one time.
#[derive(Deserialize)]
pub struct Done {
    pub seconds: f64,
    pub plugins: u64,
    pub instances: u64,
}

#[cfg(unix)]
fn make_program(script: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(script, fs::Permissions::from_mode(0o700))
        .with_context(|| format!("cannot make {} a program", script.display()))
}

#[cfg(not(unix))]
fn make_program(_: &Path) -> Result<()> {
    anyhow::bail!("the stand-in for QML is a shell script, so this can only be measured on Unix")
}

/// The program that is started instead of QML.
pub struct Child {
    _folder: Folder,
    path: PathBuf,
    out: PathBuf,
}

impl Child {
    pub fn new(place: &Place, deed: Deed, times: usize) -> Result<Self> {
        let folder = place.folder("qml-child")?;
        let (path, out) = (folder.join("child"), folder.join("out.json"));
        let python = OTHERS.python(place.workspace);
        let script = place.workspace.root.join("xtask/src/bench/qml_child.py");
        let word = |path: &Path| format!("'{}'", path.display());
        let text = format!(
            "#!/bin/sh\nexec {} {} {} {} {times} \"$@\"\n",
            word(python.get_program().as_ref()),
            word(&script),
            deed.word(),
            word(&out)
        );
        place::write(&path, text.as_bytes())?;
        make_program(&path)?;
        Ok(Child {
            _folder: folder,
            path,
            out,
        })
    }

    /// What the child does with this host, time by time.
    pub fn with_host(&self, mut command: Command) -> Result<Vec<Done>> {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let status = command
            .status()
            .with_context(|| step::cannot_start(&command))?;
        ensure!(
            status.success(),
            "{command:?} failed ({status}); see its messages above"
        );
        let text = fs::read_to_string(&self.out)
            .with_context(|| format!("there is no {}", self.out.display()))?;
        serde_json::from_str(&text).context("the child's records are not JSON")
    }
}

/// The command of QML's own host, with the plug-ins of this folder and this child instead of QML.
pub fn own_host(place: &Place, plugins: &Path, child: &Child) -> Command {
    let mut command = OTHERS.python(place.workspace);
    command
        .arg(place.workspace.root.join("xtask/src/bench/qml_host.py"))
        .arg(plugins)
        .arg(&child.path);
    command
}

/// The command that lets this child drive our server.
pub fn through_us(place: &Place, server: &Server, child: &Child) -> Command {
    let mut command = place.endpoint();
    let url = format!("http://{}", server.address);
    command
        .args(["qml", "--url", &url, "--python"])
        .arg(&child.path);
    command
}
