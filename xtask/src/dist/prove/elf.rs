//! Programs for Linux: which glibc they ask for, and whether they work.

use std::process::Command;

use anyhow::{Result, bail};

use super::super::target::{GLIBC, NATIVE, Target};
use super::proving::{Proof, Proving};
use crate::child;
use crate::scene::Scene;

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
    let command = || match target == NATIVE {
        true => Command::new(&program),
        false => {
            let mut command = Command::new("qemu-aarch64-static");
            command.args(["-L", FOREIGN]).arg(&program);
            command
        }
    };
    scene.publishes(command())?;
    scene.serves(command())?;
    Ok(Proof::Shown(match target == NATIVE {
        true => "published, served, published through the server".into(),
        false => "published, served, published through the server, under qemu-user".into(),
    }))
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
