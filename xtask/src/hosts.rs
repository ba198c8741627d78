//! Tests against real hosts and the real QML: installs what is missing of them, and plays `tests/real_*.rs`.
//!
//! Policy: what is installed is said before, with its size. Blender as a module goes into cargo's target folder;
//! programs are Debian's packages, for which one must be root, so elsewhere they are named and the step fails.
//! A host that cannot be had is no reason to leave its test out: whoever wants fewer names them.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{compile, pythons, step};

/// Debian's packages: hosts, what their Pythons lack, and a screen that nobody looks at.
const PACKAGES: [&str; 10] = [
    "blender",
    "python3-numpy",
    "freecad-python3",
    "krita",
    "python3-pyqt5",
    "python3-sip",
    "xvfb",
    // What Qt looks for as it is loaded, who clicks in its window, and who takes pictures of it.
    "libpulse-mainloop-glib0",
    "xdotool",
    "imagemagick",
];

/// `arguments` are for the tests, such as a part of their names.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    packages()?;
    // The hosts in Debian's packages borrow its pyblish-base.
    pythons::JUDGE.prepare(workspace)?;
    pythons::BLENDER.prepare(workspace)?;
    pythons::QML.prepare(workspace)?;
    compile::all(workspace)?;
    let mut command = compile::native(workspace, "test");
    command
        .args([
            "--test",
            "real_hosts",
            "--test",
            "real_setup",
            "--test",
            "real_qml",
        ])
        .args(arguments);
    step::run(
        "testing with Blender, FreeCAD, Krita and Pyblish QML",
        &mut command,
    )
}

/// Installs the packages that are missing.
fn packages() -> Result<()> {
    let mut missing = Vec::new();
    for package in PACKAGES {
        if !installed(package)? {
            missing.push(package);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    let line = format!("apt-get update && apt-get install -y --no-install-recommends {list}");
    if !root() {
        bail!("these packages are missing, and only root can install them: {line}");
    }
    step::run(
        "asking Debian what there is",
        Command::new("apt-get").args(["update", "-q"]),
    )?;
    let size = size(&missing).unwrap_or_else(|| "of a size that apt-get does not tell".into());
    let mut install = Command::new("apt-get");
    install
        .args(["install", "-y", "-q", "--no-install-recommends"])
        .args(&missing)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(Stdio::null());
    step::run(&format!("installing {list} ({size})"), &mut install)
        .with_context(|| format!("without them no host can be tested; by hand: {line}"))
}

/// Whether Debian has installed it.
fn installed(package: &str) -> Result<bool> {
    let mut command = Command::new("dpkg-query");
    let output = command
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .output()
        .with_context(|| {
            format!(
                "{}: this step knows Debian's packages only, which are {}",
                step::cannot_start(&command),
                PACKAGES.join(", ")
            )
        })?;
    Ok(output.stdout == b"installed")
}

/// Whether packages can be installed without asking anybody.
fn root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// What apt-get says of the download and of what it takes, in its own words.
fn size(packages: &[&str]) -> Option<String> {
    let output = Command::new("apt-get")
        .args(["install", "--assume-no", "--no-install-recommends"])
        .args(packages)
        .env("LC_ALL", "C")
        .output()
        .ok()?;
    told(&String::from_utf8_lossy(&output.stdout))
}

fn told(said: &str) -> Option<String> {
    let about = |line: &&str| line.starts_with("Need to get") || line.starts_with("After this");
    let lines: Vec<&str> = said.lines().filter(about).collect();
    (!lines.is_empty()).then(|| lines.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_what_apt_get_says() {
        let said = "Reading package lists...\nNeed to get 41.4 MB of archives.\n\
            After this operation, 188 MB of additional disk space will be used.\nAbort.\n";
        let size = told(said).unwrap();
        assert!(size.starts_with("Need to get 41.4 MB"), "{size}");
        assert!(size.ends_with("will be used."), "{size}");
        assert_eq!(told("E: Unable to locate package krita"), None);
    }
}
