//! Debian's packages: those that are missing are installed by root.
//!
//! Policy: it says in advance what it installs, with the size. Others than root, and other systems,
//! get the command.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::step;

/// Installs those of the packages that are missing. `reason` says what they are for.
pub fn install(packages: &[&str], reason: &str) -> Result<()> {
    let mut missing = Vec::new();
    for package in packages {
        if !installed(package, packages)? {
            missing.push(*package);
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
        "updating the list of Debian's packages",
        Command::new("apt-get").args(["update", "-q"]),
    )?;
    let size = size(&missing).unwrap_or_else(|| "of unknown size".into());
    let mut install = Command::new("apt-get");
    install
        .args(["install", "-y", "-q", "--no-install-recommends"])
        // Something else may install at the same time.
        .args(["-o", "DPkg::Lock::Timeout=600"])
        .args(&missing)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(Stdio::null());
    step::run(&format!("installing {list} ({size})"), &mut install)
        .with_context(|| format!("{reason}; by hand: {line}"))
}

/// Whether the Debian package is installed.
fn installed(package: &str, all: &[&str]) -> Result<bool> {
    let mut command = Command::new("dpkg-query");
    let output = command
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .output()
        .with_context(|| {
            format!(
                "{}: this step only knows Debian's packages, which are {}",
                step::cannot_start(&command),
                all.join(", ")
            )
        })?;
    Ok(output.stdout == b"installed")
}

/// Whether packages can be installed without a password.
fn root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// The size of the download and of the installation, in apt-get's words.
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
