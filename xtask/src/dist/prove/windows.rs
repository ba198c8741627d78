//! The archive for Windows, under wine.
//!
//! wine 8 has no `bcryptprimitives.dll`, which Rust's standard library asks for random numbers. A
//! stand-in of one function lies beside the program in this proof, and in no package.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::super::run;
use super::super::target::Target;
use super::proving::{Proof, Proving};
use super::scene::Scene;

/// The stand-in.
const RANDOM: &str = "
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG size);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T size) {
    return SystemFunction036(buffer, (ULONG)size);
}
";

/// Lists, compiles, publishes twice, and says its version.
pub fn works(proving: &Proving<'_>, target: &Target) -> Result<Proof> {
    let archive = proving.unpacked(target)?;
    let folder = proving.folder("windows")?;
    stand_in(&folder, &archive)?;
    let scene = Scene::new(proving.workspace, &folder)?;
    let wine = Wine {
        prefix: folder.join("prefix"),
        program: archive.join(target.program()),
        scene: &scene,
    };
    let said = wine.run(&["--version", "--json"])?;
    let version: serde_json::Value = serde_json::from_str(said.trim())?;
    if version["target"] != target.triple {
        bail!("it says that it is for {}", version["target"]);
    }
    let listed = wine.run(&["adapters", "list"])?;
    if !listed.contains("folder") || !listed.contains("pyplugins") {
        bail!("its adapters are not listed:\n{listed}");
    }
    let grant = |folder: &Path, guest: &str| {
        let path = folder.display().to_string().replace('/', "\\");
        format!("Z:{path}={guest}")
    };
    let inbox = grant(&scene.inbox, "/inbox");
    let publish = grant(&scene.publish, "/publish");
    wine.run(&[
        "publish",
        "--adapter",
        "folder",
        "--dir",
        &inbox,
        "--dir",
        &publish,
    ])?;
    scene.has_version("v001")?;
    Ok(Proof::Shown(
        "listed its adapters and published, under wine with a stand-in for bcryptprimitives.dll; \
         never on Windows"
            .into(),
    ))
}

fn stand_in(folder: &Path, beside: &Path) -> Result<()> {
    let source = folder.join("bcryptprimitives.c");
    std::fs::write(&source, RANDOM).context("cannot write the stand-in")?;
    let mut command = Command::new("x86_64-w64-mingw32-gcc");
    command
        .args(["-shared", "-o"])
        .arg(beside.join("bcryptprimitives.dll"));
    command.arg(&source).arg("-ladvapi32");
    run::quietly(&mut command).map(drop)
}

/// A Windows of its own, which ends with its proof.
struct Wine<'a> {
    prefix: std::path::PathBuf,
    program: std::path::PathBuf,
    scene: &'a Scene,
}

impl Wine<'_> {
    fn run(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.command("wine");
        command.arg(&self.program).args(arguments);
        run::quietly(&mut command)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        self.scene.user(&mut command);
        command
            .env("WINEPREFIX", &self.prefix)
            .env("WINEDEBUG", "-all")
            .env_remove("DISPLAY");
        command
    }
}

impl Drop for Wine<'_> {
    fn drop(&mut self) {
        // Ends the processes of this prefix; without it they would stay for a while.
        let _ = run::output(self.command("wineserver").arg("-k"));
    }
}
