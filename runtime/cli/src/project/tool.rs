//! The tools that a machine needs to build an adapter. Each is asked for its version, offline and
//! with a short time limit. Nothing is installed: that is up to the user.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use pyblish_platform::process::is_program;

/// The target that components are compiled for.
const TARGET: &str = "wasm32-wasip2";

/// How long a tool may take to print its version. The slowest, npm, takes half a second on an old
/// disk.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often to check whether a tool has ended.
const EVERY: Duration = Duration::from_millis(10);

/// The oldest Rust that the SDK supports.
const RUST: (u32, u32) = (1, 95);

/// The oldest Python that componentize-py supports.
const PYTHON: (u32, u32) = (3, 11);

/// The oldest Node that componentize-js supports.
const NODE: (u32, u32) = (20, 0);

/// The name of npm. On Windows it is a script, and scripts are only found with their extension.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// Possible names of Python, the most likely first.
const PYTHONS: &[&str] = if cfg!(windows) {
    &["py", "python", "python3"]
} else {
    &["python3", "python"]
};

/// Prints the version, and fails if no virtual environment can be created.
const ASK_PYTHON: &str =
    "import sys, venv, ensurepip; ensurepip.version(); print('%d.%d.%d' % sys.version_info[:3])";

/// A tool that is needed.
#[derive(Debug)]
pub struct Tool {
    /// The name in texts for users, with the version that is needed.
    pub what: String,
    /// Its version, or its path; or why it cannot be used.
    pub found: Result<String, String>,
    /// What to do if it is missing.
    pub remedy: &'static str,
}

impl Tool {
    fn new(what: String, found: Result<String, String>, remedy: &'static str) -> Self {
        Tool {
            what,
            found,
            remedy,
        }
    }
}

pub(super) fn of_rust() -> Vec<Tool> {
    const INSTALL: &str =
        "install Rust from https://rustup.rs, or update it with `rustup update stable`";
    let cargo = version("cargo", &["--version"], RUST);
    // The two may come from different sources: one from rustup, one from the system.
    let rust = cargo.and_then(|cargo| version("rustc", &["--version"], RUST).map(|_| cargo));
    let mut tools = vec![
        Tool::new(
            format!("Rust {}.{} or later", RUST.0, RUST.1),
            rust,
            INSTALL,
        ),
        Tool::new(
            format!("Rust's target {TARGET}"),
            target(),
            "run `rustup target add wasm32-wasip2`",
        ),
    ];
    // On other systems the linker comes with the developer tools, and asking for it can open a
    // window.
    if cfg!(target_os = "linux") {
        let found = on_path("cc").map(|path| path.display().to_string());
        tools.push(Tool::new(
            "a C compiler, which links".into(),
            found.ok_or_else(|| "there is no cc on PATH".into()),
            "install gcc, as with `apt-get install gcc libc6-dev`",
        ));
    }
    tools
}

pub(super) fn of_python() -> Vec<Tool> {
    let what = format!("Python {}.{} or later, with venv", PYTHON.0, PYTHON.1);
    let remedy =
        "install it from https://www.python.org, or as with `apt-get install python3 python3-venv`";
    let found = PYTHONS.iter().map(|name| ask_python(name));
    // If none works, report the error of the most likely one.
    let found = found.reduce(|first, next| if first.is_ok() { first } else { next.or(first) });
    let found = found.unwrap_or_else(|| Err("there is none".into()));
    vec![Tool::new(what, found, remedy)]
}

pub(super) fn of_js() -> Vec<Tool> {
    const INSTALL: &str = "install Node, which npm comes with, from https://nodejs.org, or with your system's packages";
    let node = version("node", &["--version"], NODE);
    let npm = said(Command::new(NPM).arg("--version"), "npm");
    vec![
        Tool::new(format!("Node {} or later", NODE.0), node, INSTALL),
        Tool::new("npm".into(), npm, INSTALL),
    ]
}

/// The name of the Python that can build adapters; the usual name if none can.
pub(super) fn python() -> &'static str {
    let good = PYTHONS.iter().find(|name| ask_python(name).is_ok());
    good.or(PYTHONS.first()).copied().unwrap_or("python3")
}

fn ask_python(name: &str) -> Result<String, String> {
    new_enough(
        said(Command::new(name).args(["-B", "-c", ASK_PYTHON]), name)?,
        PYTHON,
    )
}

/// The version of a tool, if it is installed and new enough.
fn version(name: &str, arguments: &[&str], oldest: (u32, u32)) -> Result<String, String> {
    rustup_is_ready(name)?;
    let mut command = Command::new(name);
    // Otherwise rustup would download a toolchain, instead of saying that it has none.
    command.args(arguments).env("RUSTUP_AUTO_INSTALL", "0");
    new_enough(said(&mut command, name)?, oldest)
}

/// Does not start rustup's proxies for a user without a toolchain: they would create files in the
/// home folder.
fn rustup_is_ready(name: &str) -> Result<(), String> {
    let rustup = format!("rustup{}", env::consts::EXE_SUFFIX);
    let is_stand_in = on_path(name).is_some_and(|tool| tool.with_file_name(rustup).is_file());
    let home = env::var_os("RUSTUP_HOME").filter(|home| !home.is_empty());
    let of_user = || Some(directories::BaseDirs::new()?.home_dir().join(".rustup"));
    let home = home.map(PathBuf::from).or_else(of_user);
    let is_set_up = home.is_some_and(|home| home.join("settings.toml").is_file());
    match is_stand_in && !is_set_up {
        true => Err(format!(
            "{name} belongs to rustup, but this user has no toolchain"
        )),
        false => Ok(()),
    }
}

fn new_enough(said: String, oldest: (u32, u32)) -> Result<String, String> {
    let number = said
        .split_whitespace()
        .map(|word| word.trim_start_matches('v'));
    let mut numbers = number.filter_map(|word| {
        let mut parts = word.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    });
    match numbers.next() {
        Some(found) if found >= oldest => Ok(said),
        Some(_) => Err(format!("it is {said}")),
        None => Err(format!("it prints {said:?} instead of a version")),
    }
}

/// Whether the compiler in use has a standard library for the target.
fn target() -> Result<String, String> {
    rustup_is_ready("rustc")?;
    let mut command = Command::new("rustc");
    let arguments = ["--print", "target-libdir", "--target", TARGET];
    command.args(arguments).env("RUSTUP_AUTO_INSTALL", "0");
    let folder = PathBuf::from(said(&mut command, "rustc")?);
    // rustc prints the path even if it does not exist.
    let entries = folder.read_dir().into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name());
    match names.any(|name| name.to_string_lossy().starts_with("libstd-")) {
        true => Ok(format!("with {TARGET}")),
        false => Err("it is not installed".into()),
    }
}

/// The first line that a command prints, if it succeeds in time.
fn said(command: &mut Command, name: &str) -> Result<String, String> {
    let started = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = started.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no {name} on PATH"),
        _ => format!("{name} cannot be started: {error}"),
    })?;
    let end = Instant::now() + PATIENCE;
    // The output is one line, so it fits into the pipe until it is read.
    let ended = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Ok(status),
            Ok(None) if Instant::now() < end => thread::sleep(EVERY),
            Ok(None) => break Err(format!("{name} does not answer")),
            Err(error) => break Err(format!("{name} cannot be waited for: {error}")),
        }
    };
    let status = ended.inspect_err(|_| {
        // It may end by itself at this moment; that is fine.
        let _ = child.kill();
        let _ = child.wait();
    })?;
    let output = child.wait_with_output();
    let output = output.map_err(|error| format!("{name} cannot be read: {error}"))?;
    if !status.success() {
        return Err(format!("{name} does not work here ({status})"));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

/// The file that this name starts.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let mut files = env::split_paths(&path).map(|folder| folder.join(&file));
    files.find(|file| is_program(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (said, oldest, good) in [
            ("cargo 1.95.0 (f2d3ce0bd 2026-03-21)", (1, 95), true),
            ("rustc 1.100.0-nightly", (1, 95), true),
            ("rustc 1.94.1", (1, 95), false),
            ("v20.20.2", (20, 0), true),
            ("v18.1.0", (20, 0), false),
            ("3.9.2", (3, 10), false),
            ("no number", (1, 0), false),
            ("", (1, 0), false),
        ] {
            assert_eq!(new_enough(said.into(), oldest).is_ok(), good, "{said}");
        }
    }

    #[test]
    fn what_is_not_there_or_fails_is_said() {
        let missing = said(&mut Command::new("no-such-tool"), "no-such-tool");
        assert_eq!(missing.unwrap_err(), "there is no no-such-tool on PATH");
        assert_eq!(on_path("no-such-tool"), None);
    }
}
