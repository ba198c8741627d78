//! Packages on machines that they are not for: dpkg, rpm and pip refuse them in words.

use std::process::Command;

use anyhow::{Result, bail};

use super::super::target::NATIVE;
use super::packages::{in_dpkg_root, in_rpm_root};
use super::proving::{Proof, Proving};
use crate::child;
use crate::pythons::RELEASES;
use crate::workspace::RUNTIME;

/// The wheels of older Linuxes have this name.
const OLDER: &str = "manylinux_2_17_x86_64";

/// Tries them.
pub fn elsewhere(proving: &Proving<'_>) -> Result<Proof> {
    let mut targets = proving.targets(NATIVE.system);
    let Some(foreign) = targets.find(|target| *target != NATIVE) else {
        return Ok(Proof::NotShown(
            "no package for another processor was made".into(),
        ));
    };
    let Some(names) = &foreign.linux else {
        bail!("{} has no packages", foreign.triple);
    };
    let version = proving.release.version;
    let file = |name: String| proving.made.join(name).display().to_string();
    let root = proving.folder("refused-deb")?;
    let deb = file(format!("{RUNTIME}_{version}_{}.deb", names.deb));
    refuses(
        in_dpkg_root(&root)?.args(["--install", &deb]),
        "does not match system",
    )?;
    let root = proving.folder("refused-rpm")?;
    let rpm = file(format!("{RUNTIME}-{version}-1.{}.rpm", names.rpm));
    refuses(
        in_rpm_root(&root)?.args(["--install", "--nodeps", &rpm]),
        "different architecture",
    )?;
    let wheel = |tag: &str| file(format!("pyblish_endpoint-{version}-py3-none-{tag}.whl"));
    refuses(
        pip(proving, &["install", "--dry-run", "--no-deps"]).arg(wheel(foreign.wheel)),
        "is not a supported wheel on this platform",
    )?;
    if proving
        .targets(NATIVE.system)
        .all(|target| target != NATIVE)
    {
        return Ok(Proof::NotShown(
            "another processor's are refused; none for this one was made".into(),
        ));
    }
    // An older glibc: rpm knows it as a dependency, which a system without any does not have, and
    // pip by the wheel's name.
    let own = NATIVE.linux.as_ref().map_or("", |names| names.rpm);
    let own = file(format!("{RUNTIME}-{version}-1.{own}.rpm"));
    refuses(
        in_rpm_root(&root)?.args(["--install", "--test", &own]),
        "libc.so.6(GLIBC_2.",
    )?;
    let folder = proving.folder("refused-wheel")?;
    let fetch = |platform: &str| {
        let mut command = pip(
            proving,
            &["download", "--no-index", "--no-deps", "--only-binary=:all:"],
        );
        command.args(["--platform", platform, "--find-links"]);
        command.arg(proving.made).arg("--dest").arg(&folder);
        command.arg("pyblish-endpoint");
        command
    };
    child::quietly(&mut fetch(NATIVE.wheel))?;
    refuses(&mut fetch(OLDER), "No matching distribution found")?;
    Ok(Proof::Shown(
        "dpkg, rpm and pip refuse those for another processor; rpm and pip those for a newer glibc"
            .into(),
    ))
}

/// pip of the environment that makes releases, without this machine's configuration.
fn pip(proving: &Proving<'_>, arguments: &[&str]) -> Command {
    let mut command = RELEASES.python(proving.workspace);
    command.args(["-m", "pip", "--isolated", "--disable-pip-version-check"]);
    command.args(arguments);
    command
}

/// Expects that it fails, with these words.
fn refuses(command: &mut Command, words: &str) -> Result<()> {
    let output = child::output(command.env("LC_ALL", "C"))?;
    let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    if output.status.success() {
        bail!("{command:?} succeeded, and should refuse");
    }
    if !said.contains(words) {
        bail!("{command:?} failed without the words {words:?}: {said}");
    }
    Ok(())
}
