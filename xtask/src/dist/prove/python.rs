//! The wheels in empty environments, and the JavaScript client in an empty project.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::super::stage;
use super::super::target::NATIVE;
use super::proving::{Proof, Proving};
use crate::child;
use crate::scene::{Scene, Served};

/// The program's wheel, as `pip install` installs it.
pub fn program(proving: &Proving<'_>) -> Result<Proof> {
    let wheel = made(proving, "pyblish_endpoint-", NATIVE.wheel)?;
    let Some(wheel) = wheel else {
        return Ok(Proof::NotShown("its wheel was not made".into()));
    };
    let folder = proving.folder("wheel")?;
    let environment = environment(&folder)?;
    let before = stage::files(&environment)?;
    install(&environment, &wheel)?;
    let program = || Command::new(environment.join("bin/pyblish-endpoint"));
    let scene = Scene::new(proving.workspace, &folder)?;
    scene.publishes(program())?;
    scene.serves(program())?;
    child::quietly(python(&environment).args([
        "-c",
        "import pyblish_endpoint_bridge as bridge; bridge.start",
    ]))?;
    child::quietly(python(&environment).args([
        "-m",
        "pip",
        "uninstall",
        "-q",
        "-y",
        "pyblish-endpoint",
    ]))?;
    let is_cache = |file: &&String| file.contains("__pycache__");
    let after = stage::files(&environment)?;
    if let Some(left) = after
        .iter()
        .filter(|file| !is_cache(file))
        .find(|file| !before.contains(file))
    {
        bail!("pip uninstall left {left}");
    }
    Ok(Proof::Shown(
        "installed, published, served, imported the bridge, uninstalled".into(),
    ))
}

/// The wheel of the Python client, with its own example.
pub fn client(proving: &Proving<'_>) -> Result<Proof> {
    let wheel = made(proving, "pyblish_endpoint_client-", "any")?.context("it was not made")?;
    let folder = proving.folder("client")?;
    let environment = environment(&folder)?;
    install(&environment, &wheel)?;
    let Some((scene, served)) = served(proving, &folder)? else {
        return Ok(no_server());
    };
    let script = "
import sys
from pyblish_endpoint_client import Endpoint
run = Endpoint(sys.argv[1], token=sys.argv[2]).session().start()
print(run.wait().state)
";
    let mut command = python(&environment);
    command.args(["-c", script, served.address(), served.token()]);
    let said = child::quietly(&mut command)?;
    served.end()?;
    scene.has_version("v001")?;
    succeeded(&said)
}

/// The JavaScript client, installed by npm from its file.
pub fn npm(proving: &Proving<'_>) -> Result<Proof> {
    let package = made(proving, "pyblish-endpoint-client-", "")?.context("it was not made")?;
    let folder = proving.folder("npm")?;
    child::quietly(
        Command::new("npm")
            .args([
                "install",
                "--silent",
                "--offline",
                "--no-audit",
                "--no-fund",
            ])
            .arg(&package)
            .current_dir(&folder),
    )?;
    let Some((scene, served)) = served(proving, &folder)? else {
        return Ok(no_server());
    };
    let script = "
import { Endpoint } from 'pyblish-endpoint-client';
const [address, token] = process.argv.slice(2);
const session = await new Endpoint(address, { token }).session();
const run = await session.start();
console.log((await run.wait()).state);
";
    std::fs::write(folder.join("publish.mjs"), script).context("cannot write a script")?;
    let said = child::quietly(
        Command::new("node")
            .arg("publish.mjs")
            .args([served.address(), served.token()])
            .current_dir(&folder),
    )?;
    served.end()?;
    scene.has_version("v001")?;
    succeeded(&said)
}

/// What a client says of its run.
fn succeeded(said: &str) -> Result<Proof> {
    match said.trim() {
        "succeeded" => Ok(Proof::Shown("installed, and published".into())),
        other => bail!("its run ended as {other:?}"),
    }
}

fn no_server() -> Proof {
    Proof::NotShown("the program for this machine, which would serve, was not made".into())
}

/// A server of the sample, by the program for this machine, if that was made.
fn served(proving: &Proving<'_>, folder: &Path) -> Result<Option<(Scene, Served)>> {
    let mut programs = proving.programs.iter();
    let Some(native) = programs.find(|program| program.target == NATIVE) else {
        return Ok(None);
    };
    let scene = Scene::new(proving.workspace, folder)?;
    let mut command = Command::new(&native.file);
    scene.serve(&mut command);
    command.arg("--adapters-dir").arg(&proving.shared.adapters);
    let served = Served::start(&mut command)?;
    Ok(Some((scene, served)))
}

/// The package whose file begins and ends so.
fn made(proving: &Proving<'_>, begin: &str, tag: &str) -> Result<Option<PathBuf>> {
    let files = stage::files(proving.made)?;
    let is_it = |file: &&String| {
        file.starts_with(begin)
            && [".whl", ".tgz"]
                .iter()
                .any(|ending| file.ends_with(&format!("{tag}{ending}")))
    };
    Ok(files.iter().find(is_it).map(|file| proving.made.join(file)))
}

fn environment(folder: &Path) -> Result<PathBuf> {
    let environment = folder.join("venv");
    child::quietly(
        Command::new("python3")
            .args(["-I", "-m", "venv"])
            .arg(&environment),
    )?;
    Ok(environment)
}

fn python(environment: &Path) -> Command {
    let mut command = Command::new(environment.join("bin/python"));
    command.arg("-I");
    command
}

fn install(environment: &Path, wheel: &Path) -> Result<()> {
    let mut command = python(environment);
    command.args(["-m", "pip", "install", "-q", "--no-index", "--no-deps"]);
    command
        .args(["--disable-pip-version-check", "--no-compile"])
        .arg(wheel);
    child::quietly(&mut command).map(drop)
}
