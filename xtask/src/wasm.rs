//! Compiles components to wasm32-wasip2 on this machine.
//!
//! Policy: it uses the first way that works, and says which. The first is a target of the installed
//! Rust toolchain, which rustup adds if it can. The second is for a machine whose rustup cannot
//! reach its server: Debian's `rustc-web`, which includes the sources of std, so that cargo
//! compiles std itself with Debian's wasi-libc. The target is not in `rust-toolchain.toml`, because
//! then such a machine could not build anything. The user installs packages of the system; xtask
//! only names them.
//!
//! `PYBLISH_ENDPOINT_WASM_TOOLCHAIN=rustup|debian` selects one way. It is for testing the second
//! way on a machine where the first works, so `--help` does not mention it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::step;
use crate::workspace::{Adapter, Workspace};

/// The target that components are compiled for.
const TARGET: &str = "wasm32-wasip2";

/// The variable that chooses a way; see above.
const CHOICE: &str = "PYBLISH_ENDPOINT_WASM_TOOLCHAIN";

/// How long rustup may take: it needs four seconds if its server answers, and retries for minutes
/// if not.
const RUSTUP_LIMIT: Duration = Duration::from_secs(60);

/// The path of Debian's compiler; a `rustc` earlier in `PATH` is usually rustup's.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// The path of `libc.a` in Debian's wasi-libc.
const DEBIAN_LIBC: &str = "/usr/lib/wasm32-wasi";

/// The name of the second way.
const DEBIAN: &str = "Debian's rustc";

/// The command that installs everything for the second way.
const DEBIAN_INSTALL: &str =
    "apt-get update && apt-get install -y --no-install-recommends rustc-web rust-web-src wasi-libc";

/// A way that works on this machine.
#[derive(Debug)]
pub enum Toolchain {
    /// The current toolchain has the target.
    Rustup,
    /// Debian's compiler builds std with the linker of the current toolchain.
    Debian {
        /// The folder of `rust-lld` and `wasm-component-ld`, which Debian does not have.
        linkers: PathBuf,
    },
}

impl Toolchain {
    /// The first way that can compile the workspace's adapters.
    pub fn find(workspace: &Workspace) -> Result<Self> {
        let choice = std::env::var_os(CHOICE).unwrap_or_default();
        match choice.to_str() {
            Some("") => first(workspace),
            Some("rustup") => rustup().map_err(|reason| none(&[("rustup", reason)])),
            Some("debian") => debian(workspace).map_err(|reason| none(&[(DEBIAN, reason)])),
            _ => bail!("{CHOICE} is {choice:?}: set it to rustup or debian, or unset it"),
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Rustup => "rustup",
            Self::Debian { .. } => DEBIAN,
        }
    }

    /// `cargo build` for components, without the packages to build.
    pub fn cargo_build(&self, workspace: &Workspace) -> Result<Command> {
        let mut command = workspace.cargo();
        command.args(["build", "--profile", "component", "--target", TARGET]);
        if let Self::Debian { linkers } = self {
            command
                .arg("-Zbuild-std=std,panic_abort")
                .env("CARGO_TARGET_DIR", self.target_folder(workspace))
                .env("RUSTC", DEBIAN_RUSTC)
                // -Zbuild-std is for nightly compilers; this allows it on a stable one.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("PATH", prepended(linkers)?)
                .env("CARGO_ENCODED_RUSTFLAGS", rustflags(["-L", DEBIAN_LIBC]));
        }
        Ok(command)
    }

    /// The file that `cargo_build` creates for an adapter.
    pub fn built(&self, workspace: &Workspace, adapter: &Adapter) -> PathBuf {
        let mut file = self.target_folder(workspace);
        file.extend([TARGET, "component"]);
        file.join(format!("{}.wasm", adapter.library))
    }

    /// Two compilers in one folder would each discard the build of the other.
    fn target_folder(&self, workspace: &Workspace) -> PathBuf {
        match self {
            Self::Rustup => workspace.target.clone(),
            Self::Debian { .. } => debian_folder(workspace),
        }
    }
}

/// First the installed target, then one that rustup can add, then Debian's compiler.
fn first(workspace: &Workspace) -> Result<Toolchain> {
    if has_target()? {
        return Ok(Toolchain::Rustup);
    }
    // Remember a failure of rustup, so that not every command waits for it again.
    if debian_folder(workspace).exists()
        && let Ok(toolchain) = debian(workspace)
    {
        return Ok(toolchain);
    }
    rustup().or_else(|first| {
        step::say(&format!("rustup cannot be used: {first:#}"));
        debian(workspace).map_err(|second| none(&[("rustup", first), (DEBIAN, second)]))
    })
}

/// The first way: the target is installed, or rustup installs it.
fn rustup() -> Result<Toolchain> {
    if !has_target()? {
        let mut command = Command::new("rustup");
        command.args(["target", "add", TARGET]);
        step::say(&format!("adding the target {TARGET} with rustup"));
        run_within(RUSTUP_LIMIT, &mut command)?;
        if !has_target()? {
            bail!("rustup added {TARGET}, but to a different toolchain than the current rustc");
        }
    }
    Ok(Toolchain::Rustup)
}

/// Whether the current rustc has a std for the target.
fn has_target() -> Result<bool> {
    let folder = ask(
        &active_rustc(),
        &["--print", "target-libdir", "--target", TARGET],
    )?;
    // rustc prints the folder's path even if it does not exist.
    let Ok(entries) = Path::new(&folder).read_dir() else {
        return Ok(false);
    };
    let is_std = |name: OsString| name.to_string_lossy().starts_with("libstd-");
    Ok(entries.flatten().any(|entry| is_std(entry.file_name())))
}

/// The second way: checks that everything that it needs is installed.
fn debian(workspace: &Workspace) -> Result<Toolchain> {
    if !cfg!(target_os = "linux") {
        bail!("this is not Linux");
    }
    let rustc = Path::new(DEBIAN_RUSTC);
    need(rustc)?;
    let version = ask(rustc, &["--version"])?;
    let wanted = workspace.adapters.iter();
    let wanted = wanted.filter_map(|adapter| parse_version(adapter.rust_version.as_deref()?));
    if let Some((major, minor)) = wanted.max()
        && parse_version(&version) < Some((major, minor))
    {
        // Debian 12 itself has 1.85; its security updates have a newer one.
        bail!("{DEBIAN_RUSTC} is {version}, older than {major}.{minor}");
    }
    let sysroot = PathBuf::from(ask(rustc, &["--print", "sysroot"])?);
    need(&sysroot.join("lib/rustlib/src/rust/library/Cargo.lock"))?;
    need(&Path::new(DEBIAN_LIBC).join("libc.a"))?;
    // Beside the libraries for this machine, in the current toolchain.
    let libraries = PathBuf::from(ask(&active_rustc(), &["--print", "target-libdir"])?);
    let linkers = libraries.with_file_name("bin");
    need(&linkers.join("wasm-component-ld"))?;
    need(&linkers.join("rust-lld"))?;
    Ok(Toolchain::Debian { linkers })
}

fn need(file: &Path) -> Result<()> {
    if !file.exists() {
        bail!("there is no {}", file.display());
    }
    Ok(())
}

/// The build folder of the second way.
fn debian_folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("debian")
}

/// Why each way failed, and what the user can do.
fn none(tried: &[(&str, anyhow::Error)]) -> anyhow::Error {
    let reasons = tried
        .iter()
        .map(|(way, reason)| format!("\n  with {way}: {reason:#}"));
    anyhow!(
        "cannot compile components to {TARGET}{}\n\
         either run, if its server can be reached: rustup target add {TARGET}\n\
         or, as root on Debian 12 with its security updates: {DEBIAN_INSTALL}",
        reasons.collect::<String>()
    )
}

/// The compiler that cargo uses for this machine.
fn active_rustc() -> PathBuf {
    std::env::var_os("RUSTC").map_or_else(|| "rustc".into(), PathBuf::from)
}

/// The first line of a compiler's output.
fn ask(rustc: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new(rustc);
    command.args(arguments);
    let output = command
        .output()
        .with_context(|| step::cannot_start(&command))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{} {}: {}",
            rustc.display(),
            arguments.join(" "),
            reason.trim()
        );
    }
    let answer = String::from_utf8(output.stdout).context("a path that is not UTF-8")?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

/// Runs a child with a time limit.
fn run_within(limit: Duration, command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| step::cannot_start(command))?;
    let end = Instant::now() + limit;
    loop {
        match child
            .try_wait()
            .with_context(|| format!("cannot wait for {name}"))?
        {
            Some(status) if status.success() => return Ok(()),
            Some(status) => bail!("{name} failed ({status})"),
            None if Instant::now() < end => thread::sleep(Duration::from_millis(50)),
            None => {
                // These only fail if it ends at this moment, which is fine.
                let _ = child.kill();
                let _ = child.wait();
                bail!("{name} took more than {} s", limit.as_secs());
            }
        }
    }
}

/// Major and minor version in `1.95`, `1.95.0` or `rustc 1.96.0 (ac68faa20 2026-05-25)`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let number = text.strip_prefix("rustc ").unwrap_or(text);
    let mut parts = number.split(['.', ' ', '-']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// `PATH` with this folder at the beginning.
fn prepended(folder: &Path) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [folder.to_owned()]
        .into_iter()
        .chain(std::env::split_paths(&path));
    std::env::join_paths(folders).context("cannot put the linkers into PATH")
}

/// The user's flags for rustc with some more, in the format of `CARGO_ENCODED_RUSTFLAGS`, which
/// takes precedence over `RUSTFLAGS`.
fn rustflags<const N: usize>(more: [&str; N]) -> String {
    /// Cargo's separator, so that a flag may contain spaces.
    const SEPARATOR: &str = "\x1f";
    let mut flags = match std::env::var("CARGO_ENCODED_RUSTFLAGS") {
        Ok(encoded) => encoded
            .split(SEPARATOR)
            .map(str::to_owned)
            .collect::<Vec<_>>(),
        Err(_) => {
            let plain = std::env::var("RUSTFLAGS").unwrap_or_default();
            plain.split_whitespace().map(str::to_owned).collect()
        }
    };
    flags.extend(more.map(str::to_owned));
    flags.retain(|flag| !flag.is_empty());
    flags.join(SEPARATOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(
            parse_version("rustc 1.96.0 (ac68faa20 2026-05-25)"),
            Some((1, 96))
        );
        assert_eq!(parse_version("1.95"), Some((1, 95)));
        assert_eq!(
            parse_version("rustc 1.100.0-nightly (0000 2027-01-01)"),
            Some((1, 100))
        );
        assert_eq!(parse_version("no version"), None);
        assert!(parse_version("rustc 1.100.0") > parse_version("1.95"));
    }

    #[cfg(unix)]
    #[test]
    fn a_child_that_takes_too_long_is_ended() {
        let started = Instant::now();
        let mut slow = Command::new("sleep");
        let error = run_within(Duration::from_secs(1), slow.arg("30")).unwrap_err();
        assert_eq!(error.to_string(), "sleep took more than 1 s");
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[cfg(unix)]
    #[test]
    fn a_child_that_fails_or_is_missing_is_named() {
        let mut failing = Command::new("false");
        let error = run_within(RUSTUP_LIMIT, &mut failing).unwrap_err();
        assert_eq!(error.to_string(), "false failed (exit status: 1)");
        let error = run_within(RUSTUP_LIMIT, &mut Command::new("no-such-program")).unwrap_err();
        assert!(error.to_string().contains("no-such-program"));
    }

    #[test]
    fn where_no_way_works_the_reasons_and_the_remedies_are_given() {
        let tried = [("one", anyhow!("first")), ("two", anyhow!("second"))];
        let text = none(&tried).to_string();
        for part in [
            "with one: first\n",
            "with two: second\n",
            "rustup target add wasm32-wasip2\n",
            "apt-get install",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
