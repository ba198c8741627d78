//! Windows, to try programs on Linux: wine, with a disk and a registry of its own.
//!
//! wine 8 has no `bcryptprimitives.dll`, which Rust's standard library asks for random numbers. A
//! stand-in with that one function is compiled here. It lies in a folder of its own, which only the
//! programs in this wine search, and is in no package.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{child, debian, step};

/// What Rust and cargo call a Windows for which Debian has a linker.
pub const TRIPLE: &str = "x86_64-pc-windows-gnu";

/// Compiles C for it.
const COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// Debian's packages with the compiler and wine.
const PACKAGES: [&str; 3] = ["gcc-mingw-w64-x86-64", "wine", "wine64"];

/// Debian's wine for programs of 64 bits; its `wine` asks for the other one at each start.
const OF_DEBIAN: &str = "/usr/lib/wine/wine64";

/// The stand-in.
const RANDOM: &str = "\
/* A stand-in for tests under wine: the one function of bcryptprimitives.dll that Rust calls. */
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG size);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T size) {
    return SystemFunction036(buffer, (ULONG)size);
}
";

/// A Windows; its processes end with this value.
pub struct Wine {
    prefix: PathBuf,
    stand_in: PathBuf,
    /// Keeps it running: to start Windows takes wine longer than most programs do.
    awake: Option<Child>,
}

impl Wine {
    /// A new one in this folder.
    pub fn start(folder: &Path) -> Result<Self> {
        debian::install(&PACKAGES, "programs for Windows are tried with them")?;
        let mut wine = Self {
            prefix: folder.join("prefix"),
            stand_in: folder.join("stand-in-for-tests"),
            awake: None,
        };
        std::fs::create_dir_all(&wine.stand_in)
            .with_context(|| format!("cannot make {}", wine.stand_in.display()))?;
        let source = wine.stand_in.join("bcryptprimitives.c");
        std::fs::write(&source, RANDOM).context("cannot write the stand-in")?;
        let mut compile = Command::new(COMPILER);
        compile
            .args(["-shared", "-o"])
            .arg(wine.stand_in.join("bcryptprimitives.dll"))
            .arg(&source)
            .arg("-ladvapi32");
        child::quietly(&mut compile)?;
        // What wine starts beside a program keeps the program's output open. So it is started here,
        // by programs that have none.
        let mut boot = Command::new(program());
        wine.set(&mut boot).args(["wineboot", "--init"]);
        let booted = silent(&mut boot).stdin(Stdio::null()).status();
        let status = booted.with_context(|| step::cannot_start(&boot))?;
        if !status.success() {
            bail!("wine cannot make a Windows: {boot:?} ended with {status}");
        }
        // It waits for commands, which never come.
        let mut waiting = wine.command(Path::new("cmd"));
        silent(&mut waiting).stdin(Stdio::piped());
        let started = waiting.spawn();
        wine.awake = Some(started.with_context(|| step::cannot_start(&waiting))?);
        Ok(wine)
    }

    /// A command for a program of Windows.
    pub fn command(&self, program_of_windows: &Path) -> Command {
        let mut command = Command::new(program());
        self.set(&mut command).arg(program_of_windows);
        command
    }

    /// Has cargo run tests for Windows here.
    pub fn run_tests_of(&self, cargo: &mut Command) {
        self.set(cargo)
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", program());
    }

    /// Sets what programs of this Windows need.
    fn set<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("WINEPREFIX", &self.prefix)
            .env("WINEDEBUG", "-all")
            // It would ask whether to fetch what runs .NET and shows HTML.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
            .env("WINEPATH", of_windows(&self.stand_in))
            .env_remove("DISPLAY")
    }

    /// Where the folders of programs for a user are, such as `AppData\Roaming`.
    pub fn profile(&self) -> Result<PathBuf> {
        let users = self.prefix.join("drive_c").join("users");
        let entries = std::fs::read_dir(&users)
            .with_context(|| format!("cannot read {}", users.display()))?;
        let mut folders = entries.flatten().map(|entry| entry.path());
        folders
            .find(|path| !path.ends_with("Public"))
            .context("this Windows has no user")
    }

    /// The path on this machine of one in this Windows.
    pub fn here(&self, path: &str) -> PathBuf {
        here(&self.prefix, path)
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        let mut server = Command::new("wineserver");
        // Without it, its processes would stay for a while.
        let _ = child::output(self.set(&mut server).arg("-k"));
        if let Some(awake) = &mut self.awake {
            let _ = awake.kill();
            let _ = awake.wait();
        }
    }
}

fn silent(command: &mut Command) -> &mut Command {
    command.stdout(Stdio::null()).stderr(Stdio::null())
}

fn here(prefix: &Path, path: &str) -> PathBuf {
    let path = path.replace('\\', "/");
    match path.split_once(":/") {
        Some(("Z", rest)) => Path::new("/").join(rest),
        Some((_, rest)) => prefix.join("drive_c").join(rest),
        None => path.into(),
    }
}

/// The path in Windows of one on this machine.
pub fn of_windows(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

fn program() -> OsString {
    match Path::new(OF_DEBIAN).exists() {
        true => OF_DEBIAN.into(),
        false => "wine".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_turned_both_ways() {
        let inbox = Path::new("/work/in box/a.png");
        assert_eq!(of_windows(inbox), r"Z:\work\in box\a.png");
        let prefix = Path::new("/w/prefix");
        assert_eq!(here(prefix, &of_windows(inbox)), inbox);
        let token = here(prefix, r"C:\users\jane\token");
        assert_eq!(token, Path::new("/w/prefix/drive_c/users/jane/token"));
    }
}
