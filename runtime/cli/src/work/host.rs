//! Starts a host without a window, with the scene of a job, and the bridge in it.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::num::NonZeroU32;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::exit::UsageError;
use crate::stderr::Error;
use pyblish_hosts::HostRegistry;
use pyblish_session::SessionError;

/// How long a host may take to start its bridge.
const PATIENCE: Duration = Duration::from_mins(5);

/// How often its file is looked for; nobody tells of it.
const LOOK: Duration = Duration::from_millis(100);

/// How many of its last lines an error shows.
const LINES: usize = 15;

/// What stands for the scene and for this process in a command.
const SCENE: &str = "{scene}";
const PID: &str = "{pid}";

/// How Blender is started where the configuration says nothing.
const BLENDER: [&str; 7] = [
    "blender",
    "-b",
    SCENE,
    "--python-exit-code",
    "1",
    "--python-expr",
    "import pyblish_endpoint_bridge as b; b.main(['--host', 'blender', '--exit-with', '{pid}'])",
];

/// The command that starts this host: what the configuration says, or what is known of it.
///
/// # Errors
/// Nothing is known.
pub(super) fn command(
    host: &str,
    configured: Option<Vec<String>>,
) -> Result<Vec<String>, UsageError> {
    let known = match host {
        "blender" => Some(BLENDER.map(str::to_owned).to_vec()),
        _ => None,
    };
    configured.or(known).ok_or_else(|| {
        UsageError(format!(
            "nobody said how {host} is started without a window: write {host} = [\"PROGRAM\", …, \"{SCENE}\"] into \
             [start] of endpoint.toml"
        ))
    })
}

/// A host that this process has started. It ends when this is dropped.
pub(super) struct StartedHost {
    child: Child,
    lines: Arc<Mutex<VecDeque<String>>>,
}

impl StartedHost {
    /// Starts it.
    ///
    /// # Errors
    /// The program cannot be started.
    pub(super) fn spawn(host: &str, words: &[String], scene: &Path) -> Result<Self, Error> {
        let scene = scene.to_string_lossy();
        let pid = std::process::id().to_string();
        let filled = |word: &String| word.replace(PID, &pid).replace(SCENE, &scene);
        let child = Command::new(&words[0])
            .args(words[1..].iter().map(filled))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.map_err(|error| {
            UsageError(format!(
                "{host} cannot be started: {}: {error}; name its program in [start] of endpoint.toml",
                words[0]
            ))
        })?;
        let lines = Arc::default();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        if let Some(stdout) = stdout {
            follow(host, stdout, &lines);
        }
        if let Some(stderr) = stderr {
            follow(host, stderr, &lines);
        }
        Ok(StartedHost { child, lines })
    }

    /// Its process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until its bridge listens.
    ///
    /// # Errors
    /// It ends before that, or takes too long.
    pub(super) async fn bridge(&mut self, host: &str) -> Result<(), Error> {
        let registry = HostRegistry::of_user()?;
        let began = Instant::now();
        let pid = NonZeroU32::new(self.pid());
        loop {
            let there = registry.find(host, pid.map(NonZeroU32::get))?;
            if there.is_some() {
                return Ok(());
            }
            let ended = self.child.try_wait()?;
            if let Some(status) = ended {
                return Err(self.lost(&format!(
                    "{host} ended ({status}) before its bridge listened"
                )));
            }
            if began.elapsed() > PATIENCE {
                return Err(self.lost(&format!(
                    "{host} did not start its bridge within {PATIENCE:?}"
                )));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn lost(&self, what: &str) -> Error {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let said = match lines.as_slice() {
            [] => "it said nothing".to_owned(),
            lines => format!("its last lines:\n{}", lines.join("\n")),
        };
        SessionError::NoHost(format!("{what}; {said}")).into()
    }
}

impl Drop for StartedHost {
    fn drop(&mut self) {
        // It may have ended already, which is fine, too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads what a host prints, so that it never waits for a reader, and keeps the last lines.
fn follow(host: &str, output: impl Read + Send + 'static, lines: &Arc<Mutex<VecDeque<String>>>) {
    let (host, lines) = (host.to_owned(), lines.clone());
    let read = move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output
            .read_until(b'\n', &mut line)
            .is_ok_and(|read| read > 0)
        {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            tracing::debug!("{host}: {text}");
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            lines.push_back(text);
            if lines.len() > LINES {
                lines.pop_front();
            }
            line.clear();
        }
    };
    // Without the thread, the host could wait for ever; the system says why in the log.
    if let Err(error) = thread::Builder::new()
        .name("host-output".into())
        .spawn(read)
    {
        tracing::warn!("what the host prints is not read: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_comes_before_what_is_known() {
        assert_eq!(command("blender", None).unwrap()[0], "blender");
        let own = Some(vec!["/opt/blender".to_owned()]);
        assert_eq!(command("blender", own).unwrap(), ["/opt/blender"]);
        let unknown = command("maya", None).unwrap_err().to_string();
        assert!(unknown.contains("[start]"), "{unknown}");
    }
}
