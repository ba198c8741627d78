//! A program that runs beside the benchmark and sends it data, line by line.
//!
//! Policy: its stdin is a pipe, and our programs end when that closes: when they are no longer needed,
//! even after an error, and with the benchmark itself. One that does not is ended by its process id.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;

use crate::step;

/// How long a program may take to end by itself.
const LAST_WORDS: Duration = Duration::from_secs(5);

pub struct Talker {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Talker {
    pub fn start(name: &str, mut command: Command) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| step::cannot_start(&command))?;
        let stdin = child.stdin.take();
        let Some(stdout) = child.stdout.take() else {
            bail!("{name} has no stdout"); // Unreachable: it is a pipe.
        };
        Ok(Talker {
            name: name.into(),
            child,
            stdin,
            stdout: BufReader::new(stdout),
        })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a line.
    pub fn tell(&mut self, line: &str) -> Result<()> {
        let Some(stdin) = &mut self.stdin else {
            return Ok(()); // Unreachable: it is a pipe.
        };
        let sent = writeln!(stdin, "{line}").and_then(|()| stdin.flush());
        sent.with_context(|| {
            format!(
                "{} no longer reads its input; see its messages above",
                self.name
            )
        })
    }

    /// The next line of JSON; other lines are skipped.
    pub fn hear_past_noise<T: DeserializeOwned>(&mut self) -> Result<T> {
        loop {
            let line = self.line()?;
            if let Ok(heard) = serde_json::from_str(&line) {
                return Ok(heard);
            }
        }
    }

    /// The next line that it prints, as JSON.
    pub fn hear<T: DeserializeOwned>(&mut self) -> Result<T> {
        let line = self.line()?;
        let (name, line) = (&self.name, line.trim_end());
        serde_json::from_str(line)
            .with_context(|| format!("{name} printed {line:?}, which is not the expected JSON"))
    }

    fn line(&mut self) -> Result<String> {
        let name = &self.name;
        let mut line = String::new();
        let read = self.stdout.read_line(&mut line);
        read.with_context(|| format!("cannot read what {name} prints"))?;
        if line.is_empty() {
            bail!("{name} ended early; see its messages above");
        }
        Ok(line)
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> Result<bool> {
        let ended = self.child.try_wait();
        let ended = ended.with_context(|| format!("cannot wait for {}", self.name))?;
        Ok(ended.is_some())
    }

    /// The last line that it prints, once it has ended by itself.
    pub fn last(&mut self) -> Result<String> {
        let mut text = String::new();
        let read = self.stdout.read_to_string(&mut text);
        read.with_context(|| format!("cannot read what {} prints", self.name))?;
        let status = self.child.wait();
        let status = status.with_context(|| format!("cannot wait for {}", self.name))?;
        if !status.success() {
            bail!(
                "{} failed ({status}) and printed {:?}",
                self.name,
                text.trim()
            );
        }
        Ok(text
            .trim_end()
            .lines()
            .next_back()
            .unwrap_or_default()
            .to_owned())
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        // It ends with its stdin, and then ends what it has started itself.
        drop(self.stdin.take());
        let begin = Instant::now();
        while begin.elapsed() < LAST_WORDS && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(5));
        }
        // It may have ended already; that is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
