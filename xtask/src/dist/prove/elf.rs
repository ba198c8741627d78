//! Programs for Linux: which glibc they ask for, and whether they work.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::super::target::{GLIBC, NATIVE, Target};
use super::proving::{Proof, Proving};
use crate::child;
use crate::scene::Scene;
use crate::step;

/// Where Debian has the libraries for the other processor.
const FOREIGN: &str = "/usr/aarch64-linux-gnu";

/// The newest glibc that the program asks for.
pub fn glibc(proving: &Proving<'_>, target: &Target) -> Result<Proof> {
    let program = proving.unpacked(target)?.join(target.program());
    let said = child::quietly(
        Command::new("readelf")
            .args(["--version-info", "--wide"])
            .arg(&program),
    )?;
    let Some(newest) = newest(&said) else {
        bail!("readelf finds no version of glibc in {}", program.display());
    };
    if Some(newest) > version(GLIBC) {
        bail!(
            "it asks for glibc {}.{}, newer than {GLIBC}",
            newest.0,
            newest.1
        );
    }
    Ok(Proof::Shown(format!(
        "the newest symbol is of glibc {}.{}",
        newest.0, newest.1
    )))
}

/// Publishes, and serves.
pub fn works(proving: &Proving<'_>, target: &Target) -> Result<Proof> {
    let program = proving.unpacked(target)?.join(target.program());
    let folder = proving.folder(&format!("works-{}", target.triple))?;
    let scene = Scene::new(proving.workspace, &folder)?;
    let _emulated = match target == NATIVE {
        true => None,
        false => Some(Emulated::register()?),
    };
    let command = || {
        let mut command = Command::new(&program);
        command.env("QEMU_LD_PREFIX", FOREIGN);
        command
    };
    scene.publishes(command())?;
    scene.serves(command())?;
    Ok(Proof::Shown(match target == NATIVE {
        true => "published, served, published through the server".into(),
        false => "published, served, published through the server, under qemu-user".into(),
    }))
}

/// Where the kernel lists who runs programs of other processors (binfmt_misc).
const FORMATS: &str = "/proc/sys/fs/binfmt_misc";

/// The kernel has qemu run programs for aarch64, until this is dropped: the program starts itself,
/// to compile adapters.
struct Emulated(Option<PathBuf>);

impl Emulated {
    fn register() -> Result<Self> {
        let folder = Path::new(FORMATS);
        let register = folder.join("register");
        if !register.exists() {
            let mut mount = Command::new("mount");
            child::quietly(mount.args(["-t", "binfmt_misc", "binfmt_misc", FORMATS]))?;
        }
        // Debian's packages register it by this name.
        if folder.join("qemu-aarch64").exists() {
            return Ok(Emulated(None));
        }
        let entry = folder.join("pyblish-aarch64");
        if !entry.exists() {
            // The first bytes of a program for aarch64, and which of their bits count.
            let magic = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00";
            let mask =
                r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff";
            let line = format!(":pyblish-aarch64:M::{magic}:{mask}:/usr/bin/qemu-aarch64-static:F");
            fs::write(&register, line)
                .with_context(|| format!("cannot register qemu in {FORMATS}: this needs root"))?;
        }
        Ok(Emulated(Some(entry)))
    }
}

impl Drop for Emulated {
    fn drop(&mut self) {
        if let Some(entry) = &self.0
            && let Err(error) = fs::write(entry, "-1")
        {
            step::say(&format!("{} stays: {error}", entry.display()));
        }
    }
}

/// Major and minor version.
type Version = (u32, u32);

fn version(text: &str) -> Option<Version> {
    let (major, minor) = text.split_once('.')?;
    let minor = minor.split('.').next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The newest glibc in the output of readelf.
fn newest(said: &str) -> Option<Version> {
    let names = said.split("GLIBC_").skip(1);
    let is_end = |c: char| !c.is_ascii_digit() && c != '.';
    names
        .filter_map(|name| version(name.split(is_end).next()?))
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let said = "0x1: Name: GLIBC_2.9  Flags: none\n Name: GLIBC_2.28  F\n Name: GLIBC_2.2.5 \
                    GLIBC_PRIVATE GCC_4.2.0";
        assert_eq!(newest(said), Some((2, 28)));
        assert!(newest("GLIBC_2.29") > version(GLIBC));
        assert!(newest(said) <= version(GLIBC));
        assert_eq!(newest("nothing"), None);
    }
}
