//! Background publish: the job is done by a process on the machine that hands it over, while the
//! artist goes on. It ends with the job, and not with whoever has started it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::HubAccess;
use crate::submitter::{SubmitError, Submitted, Submitter};

/// How long it is waited until the process has the job.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(100);

/// Characters of its log that are repeated where it fails.
const SAID: usize = 2000;

/// Starts `pyblish-endpoint work --job ID` on this machine.
pub struct HereSubmitter {
    /// The program and its arguments, without the job.
    command: Vec<String>,
    /// Where the logs are.
    logs: PathBuf,
    hub: HubAccess,
}

impl HereSubmitter {
    /// With this command, to which `--job ID` is added. What it prints goes to a file in `logs`.
    pub fn new(command: Vec<String>, logs: PathBuf, hub: HubAccess) -> Self {
        HereSubmitter { command, logs, hub }
    }

    fn start(&self, job: i64, log: &Path) -> Result<Child, SubmitError> {
        let written = |error| SubmitError::NotWritten {
            path: log.to_owned(),
            error,
        };
        fs::create_dir_all(&self.logs).map_err(written)?;
        let file = File::options().create(true).append(true).open(log);
        let file = file.map_err(written)?;
        let both = file.try_clone().map_err(written)?;
        let program = self.command.first().cloned().unwrap_or_default();
        let mut command = Command::new(&program);
        command
            .args(self.command.iter().skip(1))
            .arg("--job")
            .arg(job.to_string())
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(both);
        detach(&mut command);
        let started = command.spawn();
        started.map_err(|error| SubmitError::NotStarted { program, error })
    }

    /// Waits until the process has the job.
    fn until_begun(&self, job: i64, child: &mut Child, log: &Path) -> Result<(), SubmitError> {
        let event_loop = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| SubmitError::Hub(error.to_string()))?;
        let mut client = self.hub.client();
        let mut is_begun = || match event_loop.block_on(client.job(job)) {
            Ok(job) => Ok(job.state != "queued"),
            Err(error) if error.is_passing() => Ok(false),
            Err(error) => Err(SubmitError::Hub(error.to_string())),
        };
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let ended = child.try_wait().ok().flatten();
            if is_begun()? {
                return Ok(());
            }
            if let Some(status) = ended {
                return Err(SubmitError::Ended {
                    ending: status.to_string(),
                    log: log.to_owned(),
                    said: last_of(log),
                });
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }
}

impl Submitter for HereSubmitter {
    fn name(&self) -> &'static str {
        "here"
    }

    fn submit(&self, job: &Submitted) -> Result<String, SubmitError> {
        let log = self.logs.join(format!("job-{}.log", job.id));
        let mut child = self.start(job.id, &log)?;
        if let Err(error) = self.until_begun(job.id, &mut child, &log) {
            // It may have ended already, which is fine, too.
            let _ = child.kill();
            let _ = child.wait();
            return Err(error);
        }
        // Somebody must hear of its end. Without the thread, that is the system, after this program.
        let waiting = thread::Builder::new().name("background".into());
        if let Err(error) = waiting.spawn(move || child.wait()) {
            tracing::debug!("nobody hears of the end of job {}: {error}", job.id);
        }
        Ok(format!(
            "this machine publishes it in the background; its log is {}",
            log.display()
        ))
    }
}

/// The end of a log.
fn last_of(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let text = text.trim();
    let start = text.char_indices().rev().take(SAID).last();
    text[start.map_or(0, |(start, _)| start)..].to_owned()
}

/// Keeps the process from what ends this one, such as Ctrl-C in its terminal.
#[cfg(unix)]
fn detach(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(windows)]
fn detach(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const DETACHED_PROCESS: u32 = 0x8;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    command.creation_flags(DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP);
}

#[cfg(not(any(unix, windows)))]
fn detach(_: &mut Command) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn end_of_a_log_is_short() {
        let place = tempfile::tempdir().unwrap();
        let log = place.path().join("log");
        assert_eq!(last_of(&log), "");
        fs::write(&log, format!("{}ende\n", "ä".repeat(SAID))).unwrap();
        let said = last_of(&log);
        assert_eq!(said.chars().count(), SAID);
        assert!(said.ends_with("äende"));
    }
}
