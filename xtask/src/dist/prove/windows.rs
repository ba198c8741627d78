//! The packages for Windows, under wine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::super::target::Target;
use super::super::{msi, stage};
use super::proving::{Proof, Proving};
use crate::scene::Scene;
use crate::wine::{Wine, of_windows};
use crate::workspace::RUNTIME;
use crate::{child, windows};

/// Does with the program of the archive what an artist does.
pub fn works(proving: &Proving<'_>, target: &Target) -> Result<Proof> {
    let archive = proving.unpacked(target)?;
    let folder = proving.folder("windows")?;
    let wine = Wine::start(&folder)?;
    let program = archive.join(target.program());
    let shown = windows::afternoon(proving.workspace, &wine, &program, &folder)?;
    Ok(Proof::Shown(format!(
        "under wine with a stand-in for bcryptprimitives.dll, never on Windows: {}",
        shown.join("; ")
    )))
}

/// Installs silently, publishes with the program that is found on `PATH`, and removes it again.
pub fn installer(proving: &Proving<'_>, target: &Target) -> Result<Proof> {
    let program = proving.programs.iter().find(|it| it.target == target);
    let program = program.context("its program was not made")?;
    let folder = proving.folder("installer")?;
    let wine = Wine::start(&folder)?;
    let file = proving.made.join(msi::file_name(proving.release, program));
    let msiexec = |what: &str| {
        let mut command = wine.command(Path::new("msiexec"));
        command.args([what, &of_windows(&file), "/qn"]);
        child::quietly(&mut command)
    };
    let before = Traces::find(&wine, &folder)?;
    ensure!(
        before.registry == 0,
        "this Windows knows the program already"
    );
    msiexec("/i")?;
    let installed = Traces::find(&wine, &folder)?;
    ensure!(
        installed.registry > 0,
        "Windows does not list what was installed"
    );
    let place = wine.here(&format!(r"C:\Program Files\{RUNTIME}"));
    let unpacked = proving.unpacked(target)?;
    for file in stage::files(&unpacked)? {
        let (made, there) = (fs::read(unpacked.join(&file))?, fs::read(place.join(&file)));
        ensure!(
            there.is_ok_and(|there| there == made),
            "{file} is not installed as it is in the archive"
        );
    }
    let mut scene = Scene::new(proving.workspace, &folder)?;
    scene.named = of_windows;
    // By its name: cmd looks on PATH.
    let on_path = || -> Command {
        let mut command = wine.command(Path::new("cmd"));
        command.args(["/c", RUNTIME]);
        command
    };
    scene.publishes(on_path())?;
    msiexec("/x")?;
    let after = Traces::find(&wine, &folder)?;
    let left = after.files.iter().filter(|it| !before.files.contains(it));
    let left: Vec<_> = left.collect();
    if !left.is_empty() || place.exists() {
        bail!("its removal left {left:?} (folder: {})", place.exists());
    }
    ensure!(
        after.registry == 0,
        "its removal left {} mentions in the registry",
        after.registry
    );
    Ok(Proof::Shown(
        "installed by msiexec without a question, found on PATH, published, removed without a trace; \
         under wine, never on Windows"
            .into(),
    ))
}

/// What this Windows has of the program, besides what belongs to the user.
struct Traces {
    files: Vec<PathBuf>,
    /// How often the registry names it.
    registry: usize,
}

impl Traces {
    fn find(wine: &Wine, folder: &Path) -> Result<Self> {
        let export = folder.join("registry.reg");
        let mut registry = 0;
        for root in ["HKLM", "HKCU"] {
            let mut command = wine.command(Path::new("reg"));
            command.args(["export", root, &of_windows(&export), "/y"]);
            child::quietly(&mut command)?;
            let bytes = fs::read(&export).context("wine wrote no registry")?;
            // UTF-16: what is in it of ASCII is its every second byte.
            let text: Vec<u8> = bytes.into_iter().filter(|byte| *byte != 0).collect();
            let text = String::from_utf8_lossy(&text).to_lowercase();
            registry += text.matches("pyblish").count();
        }
        let mut files = Vec::new();
        for top in stage::sorted(&wine.here(r"C:\"))? {
            // What is the user's leads out of this Windows, too.
            if top.is_dir() && !top.ends_with("users") {
                let inside = stage::files(&top)?;
                files.extend(inside.iter().map(|file| top.join(file)));
            }
        }
        Ok(Self { files, registry })
    }
}
