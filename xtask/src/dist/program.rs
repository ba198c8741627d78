//! Builds the program for one system.
//!
//! For Linux and macOS, zig is the C compiler and the linker (cargo-zigbuild): it has the symbols of
//! every glibc, so the program runs with an older one than this machine has. Of macOS it has no
//! frameworks, so `packaging/macos` names what the program takes from them; the linker says what is
//! missing there. For Windows it is Debian's MinGW. cargo-auditable puts the list of crates into the
//! program, where scanners of vulnerabilities find it.
//!
//! Policy: no path of this machine is in a program. rustc and the C compiler replace them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::release::Release;
use super::target::{GLIBC, System, Target};
use crate::child;
use crate::pythons::RELEASES;
use crate::step;
use crate::tools::CARGO_AUDITABLE;
use crate::workspace::{RUNTIME, Workspace};

/// A program for one system.
pub struct Program {
    pub target: &'static Target,
    /// The program, without symbols.
    pub file: PathBuf,
    /// Its symbols; none for macOS, whose program keeps them.
    pub symbols: Option<PathBuf>,
}

/// The profile in Cargo.toml.
const PROFILE: &str = "dist";

/// 1980-01-01, in seconds since 1970.
const C_DATE: &str = "315532800";

/// The workspace, with its builds for releases.
pub fn built_in(workspace: &Workspace) -> Workspace {
    workspace.elsewhere(workspace.target.join("dist-build"))
}

/// Builds it, and takes the symbols out.
pub fn build(workspace: &Workspace, release: &Release, target: &'static Target) -> Result<Program> {
    add_target(target)?;
    RELEASES.prepare(workspace)?;
    let auditable = CARGO_AUDITABLE.prepare(workspace)?;
    let elsewhere = built_in(workspace);
    let (subcommand, triple) = match target.system {
        System::Linux => ("zigbuild", format!("{}.{GLIBC}", target.triple)),
        System::Mac => ("zigbuild", target.triple.to_owned()),
        System::Windows => ("build", target.triple.to_owned()),
    };
    let mut command = Command::new(auditable);
    elsewhere.set(&mut command);
    command
        .args(["auditable", subcommand, "--locked", "--quiet"])
        .args(["--profile", PROFILE, "--package", RUNTIME])
        .args(["--bin", RUNTIME, "--target", &triple])
        .env("PYBLISH_ENDPOINT_COMMIT", &release.commit)
        .env(
            "PYBLISH_ENDPOINT_FRAMEWORKS",
            workspace.root.join("packaging/macos"),
        )
        .env("PATH", path_with(&RELEASES.programs(workspace))?)
        .env("CARGO_ENCODED_RUSTFLAGS", rust_flags(&elsewhere))
        .env("CFLAGS", c_flags(&elsewhere))
        // It excludes LTO, and whoever edits may have it in the environment.
        .env("CARGO_INCREMENTAL", "0")
        // For what C calls the date. Not that of the commit: where it changes, C libraries are compiled
        // again, and wasmtime with them.
        .env("SOURCE_DATE_EPOCH", C_DATE);
    step::run(
        &format!(
            "building the program for {} (the first time about eight minutes on two cores)",
            target.triple
        ),
        &mut command,
    )?;
    let built = elsewhere.target.join(target.triple).join(PROFILE);
    split(workspace, target, &built.join(target.program()))
}

/// Adds the standard library for the target.
fn add_target(target: &Target) -> Result<()> {
    let mut command = Command::new("rustup");
    command.args(["target", "add", target.triple]);
    child::quietly(&mut command).map(drop).with_context(|| {
        format!(
            "releases need a Rust of rustup's, with the target {}",
            target.triple
        )
    })
}

/// Moves the symbols into a file beside the program, which debuggers find by its name.
fn split(workspace: &Workspace, target: &'static Target, built: &Path) -> Result<Program> {
    let folder = workspace.target.join("dist-work").join(target.triple);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let file = folder.join(target.program());
    if target.system == System::Mac {
        // A program for macOS is signed by its linker; what changes it breaks the signature.
        std::fs::copy(built, &file).with_context(|| format!("cannot copy {}", built.display()))?;
        return Ok(Program {
            target,
            file,
            symbols: None,
        });
    }
    let symbols = folder.join(format!("{}.debug", target.program()));
    child::quietly(
        objcopy()?
            .arg("--only-keep-debug")
            .args([built, symbols.as_path()]),
    )?;
    let link = format!("--add-gnu-debuglink={}", symbols.display());
    let mut strip = objcopy()?;
    strip.args(["--strip-all", &link]);
    if target.system == System::Linux {
        // The list of crates is no symbol, and is not loaded either. In a program for Windows it stays
        // by itself, and this option is an error.
        strip.arg("--keep-section=.dep-v0");
    }
    child::quietly(strip.args([built, file.as_path()]))?;
    Ok(Program {
        target,
        file,
        symbols: Some(symbols),
    })
}

/// LLVM's, which comes with Rust and knows every system.
fn objcopy() -> Result<Command> {
    let libraries = child::quietly(Command::new("rustc").args(["--print", "target-libdir"]))?;
    let file = Path::new(libraries.trim())
        .with_file_name("bin")
        .join("rust-objcopy");
    if !file.exists() {
        bail!(
            "there is no {}: it is a part of rustc since 1.84",
            file.display()
        );
    }
    let sysroot = child::quietly(Command::new("rustc").args(["--print", "sysroot"]))?;
    let mut command = Command::new(file);
    // It does not find its own library.
    command.env("LD_LIBRARY_PATH", Path::new(sysroot.trim()).join("lib"));
    Ok(command)
}

/// `PATH` with this folder first.
fn path_with(folder: &Path) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).context("cannot put the tools into PATH")
}

/// Folders of this machine, and what stands for them in what is handed out; of two that fit, the
/// last one counts.
fn replaced(workspace: &Workspace) -> [(PathBuf, &'static str); 3] {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    [
        (home.unwrap_or_default(), "cargo"),
        (workspace.root.clone(), "pyblish-endpoint"),
        (workspace.target.clone(), "build"),
    ]
}

/// rustc's flags, as cargo takes them.
pub fn rust_flags(workspace: &Workspace) -> String {
    let flags = replaced(workspace);
    let flags = flags.iter().filter(|(folder, _)| folder.is_absolute());
    let flags =
        flags.map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    flags.collect::<Vec<_>>().join("\x1f")
}

fn c_flags(workspace: &Workspace) -> String {
    let flags = replaced(workspace);
    let flags = flags.iter().filter(|(folder, _)| folder.is_absolute());
    let flags =
        flags.map(|(folder, name)| format!("-ffile-prefix-map={}={name}", folder.display()));
    flags.collect::<Vec<_>>().join(" ")
}
