//! Programs of this machine that the runtime runs for adapters, where the user grants them.
//!
//! A tool reads what strangers wrote, so it runs within limits: of memory, of time, and it can write
//! no file. A process cannot be limited safely from outside. So the runtime starts its own binary,
//! which limits itself and then becomes the tool (`run-tool`).

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use pyblish_platform::process;

/// The command of the program that becomes a tool.
pub const COMMAND: &str = "run-tool";

/// The only tool that there is.
pub(super) const FFMPEG: &str = "ffmpeg";

/// The name of the environment variable by which an adapter asks for it: the contract has no request
/// of its own for tools.
pub(super) const FFMPEG_REQUEST: &str = "PYBLISH_ENDPOINT_FFMPEG";

/// How often a cancel is looked for.
const TICK: Duration = Duration::from_millis(50);

/// How long words of a tool are waited for that has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The most bytes of what a tool says.
const MOST_WORDS: u64 = 16 << 10;

/// A tool that the user grants: `ffmpeg`, or `ffmpeg=/opt/ffmpeg/bin/ffmpeg`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolGrant {
    /// Its name.
    pub name: String,
    /// The program; none to take the one on `PATH`.
    pub path: Option<PathBuf>,
}

impl FromStr for ToolGrant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = match text.split_once('=') {
            Some((name, path)) => (name, Some(PathBuf::from(path))),
            None => (text, None),
        };
        if name != FFMPEG {
            return Err(format!(
                "{name:?} is no tool that adapters can ask for; the only one is {FFMPEG}"
            ));
        }
        if path.as_ref().is_some_and(|path| !path.is_absolute()) {
            return Err(format!(
                "write the whole path of the program: {FFMPEG}=/opt/ffmpeg/bin/ffmpeg"
            ));
        }
        Ok(ToolGrant {
            name: name.into(),
            path,
        })
    }
}

impl fmt::Display for ToolGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{}={}", self.name, path.display()),
            None => f.write_str(&self.name),
        }
    }
}

impl ToolGrant {
    /// The program, if there is one.
    pub(super) fn program(&self) -> Option<PathBuf> {
        match &self.path {
            Some(path) => path.is_file().then(|| path.clone()),
            None => process::find_program(&self.name),
        }
    }
}

/// What a tool may use.
pub(super) struct ToolLimits {
    /// In bytes.
    pub memory: u64,
    /// Until it is killed.
    pub time: Duration,
    /// What it answers, in bytes.
    pub output: u64,
}

/// How a tool ended.
pub(super) enum ToolEnd {
    /// With this answer.
    Done(Vec<u8>),
    /// It says why.
    Failed(ExitStatus, String),
    TooLate,
    TooLarge,
    Cancelled,
}

/// Runs a tool with this file as its input, until it ends or `stop` is set. Then no process of it
/// is left.
pub(super) fn run(
    runner: &Path,
    program: &Path,
    arguments: &[&str],
    input: std::fs::File,
    limits: &ToolLimits,
    stop: &AtomicBool,
) -> io::Result<ToolEnd> {
    let mut command = Command::new(runner);
    command
        .arg(COMMAND)
        .args(["--memory", &limits.memory.to_string()])
        .args(["--seconds", &(2 * limits.time.as_secs()).to_string()])
        .arg("--")
        .arg(program)
        .args(arguments)
        // ffmpeg writes a report into a file that this names.
        .env_remove("FFREPORT")
        .current_dir(std::env::temp_dir())
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // What it starts ends with it.
    let mut child = process::Group::start(&mut command)?;
    let (tell, told) = mpsc::channel();
    let (tell_words, words) = mpsc::channel();
    let (output, errors) = (child.stdout(), child.stderr());
    let most = limits.output;
    // These threads end when nobody has the other ends of the pipes any more.
    thread::Builder::new()
        .spawn(move || drop(tell.send(first(output, most + 1).map(|(bytes, _)| bytes))))?;
    thread::Builder::new().spawn(move || {
        let said = read(errors, MOST_WORDS).unwrap_or_default();
        drop(tell_words.send(String::from_utf8_lossy(&said).trim().to_owned()));
    })?;
    let started = Instant::now();
    let (mut output, mut status) = (None, None);
    while output.is_none() || status.is_none() {
        if stop.load(Ordering::Relaxed) {
            return Ok(ToolEnd::Cancelled);
        }
        if started.elapsed() > limits.time {
            return Ok(ToolEnd::TooLate);
        }
        if output.is_some() {
            status = child.wait_for(TICK)?;
            continue;
        }
        match told.recv_timeout(TICK) {
            Ok(read) => output = Some(read?),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => output = Some(Vec::new()),
        }
        if output.as_ref().is_some_and(|it| it.len() as u64 > most) {
            return Ok(ToolEnd::TooLarge);
        }
    }
    Ok(match (status, output) {
        (Some(status), Some(output)) if status.success() => ToolEnd::Done(output),
        (Some(status), _) => {
            let words = words.recv_timeout(LAST_WORDS).unwrap_or_default();
            ToolEnd::Failed(status, words)
        }
        (None, _) => ToolEnd::TooLate,
    })
}

/// Reads no more than so much. Answers what there is to read from after that.
fn first<R: Read>(from: Option<R>, most: u64) -> io::Result<(Vec<u8>, Option<R>)> {
    let (mut bytes, mut from) = (Vec::new(), from);
    if let Some(from) = &mut from {
        from.by_ref().take(most).read_to_end(&mut bytes)?;
    }
    Ok((bytes, from))
}

/// Reads so much, and all the rest without keeping it: a full pipe would stop the tool.
fn read(from: Option<impl Read>, most: u64) -> io::Result<Vec<u8>> {
    let (bytes, rest) = first(from, most)?;
    if let Some(mut rest) = rest {
        io::copy(&mut rest, &mut io::sink())?;
    }
    Ok(bytes)
}

/// What the child does: limits itself, and becomes the tool. Answers the exit code where the system
/// cannot put one program in place of another.
///
/// # Errors
/// It cannot be limited, or there is no such program.
pub fn become_tool(
    memory: u64,
    time: Duration,
    program: &Path,
    arguments: &[std::ffi::OsString],
) -> io::Result<u8> {
    process::limit_memory(memory)?;
    process::limit_work(time)?;
    let mut command = Command::new(program);
    command.args(arguments);
    process::become_program(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_tools_can_be_granted() {
        let granted = |text: &str| text.parse::<ToolGrant>();
        for text in ["ffmpeg", "ffmpeg=/opt/ffmpeg"] {
            assert_eq!(granted(text).unwrap().to_string(), text);
        }
        for (text, said) in [
            ("sh", "the only one is ffmpeg"),
            ("/bin/ffmpeg", "the only one is ffmpeg"),
            ("", "the only one is ffmpeg"),
            ("ffmpeg=bin/ffmpeg", "write the whole path"),
            ("ffmpeg=", "write the whole path"),
        ] {
            let refused = granted(text).unwrap_err();
            assert!(refused.contains(said), "{text}: {refused}");
        }
    }
}
