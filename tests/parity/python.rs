//! The process that plays scenarios in the real Pyblish: `driver.py`, one question or answer a
//! line.
//!
//! One process answers thousands of questions. If it dies or does not answer in time, it is killed,
//! and the next question starts another. It is always ended by its own process id, also when the
//! test panics.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

/// A scenario takes a few milliseconds; only a process that hangs takes this long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of stderr that are kept; a traceback is shorter.
const COMPLAINT: u64 = 16 * 1024;

pub struct Judge {
    python: PathBuf,
    driver: PathBuf,
    process: Option<Process>,
    asked: u64,
}

struct Process {
    child: Child,
    questions: ChildStdin,
    answers: Receiver<String>,
    complaints: JoinHandle<String>,
}

impl Judge {
    /// Starts `driver.py` with this Python, which must have pyblish-base 1.8.12.
    ///
    /// # Errors
    /// It does not start, or has no such Pyblish; the text says what to do.
    pub fn start(python: &Path, driver: &Path) -> Result<Self, String> {
        let mut judge = Judge {
            python: python.into(),
            driver: driver.into(),
            process: None,
            asked: 0,
        };
        judge.ask(&json!({"scenario": {"plugins": []}}))?;
        Ok(judge)
    }

    /// The answer to a question; its `id` is not the asker's, but the judge's own.
    ///
    /// # Errors
    /// There is no answer. A question that is wrong has one, with an `error`.
    pub fn ask(&mut self, question: &Value) -> Result<Value, String> {
        let mut process = match self.process.take() {
            Some(process) => process,
            None => self.spawn()?,
        };
        self.asked += 1;
        let mut question = question.clone();
        question["id"] = self.asked.into();
        match process.ask(&question) {
            Ok(answer) if answer["id"] == self.asked => {
                self.process = Some(process);
                Ok(answer)
            }
            Ok(answer) => Err(format!("the judge answers another question: {answer}")),
            Err(problem) => {
                let python = self.python.display();
                let complaint = process.end();
                Err(format!("the judge, {python}, {problem}\n{complaint}"))
            }
        }
    }

    fn spawn(&self) -> Result<Process, String> {
        let mut command = Command::new(&self.python);
        command.arg(&self.driver);
        let piped = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = piped.spawn().map_err(|error| {
            format!(
                "cannot start the judge, {}: {error}. Make a Python with pyblish-base 1.8.12: python3 -m \
                 venv VENV && VENV/bin/pip install pyblish-base==1.8.12",
                self.python.display()
            )
        })?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(questions), Some(stdout), Some(stderr)) = pipes else {
            let _ = child.kill();
            return Err("the judge has no pipes".into());
        };
        let (sender, answers) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let complaints = thread::spawn(move || {
            let mut kept = Vec::new();
            let mut stderr = stderr;
            let _ = stderr.by_ref().take(COMPLAINT).read_to_end(&mut kept);
            // The rest is read too, because a full pipe would stop the process.
            let _ = std::io::copy(&mut stderr, &mut std::io::sink());
            String::from_utf8_lossy(&kept).into_owned()
        });
        Ok(Process {
            child,
            questions,
            answers,
            complaints,
        })
    }
}

impl Process {
    fn ask(&mut self, question: &Value) -> Result<Value, String> {
        let line = format!("{question}\n");
        let written = self.questions.write_all(line.as_bytes());
        // A process that has ended says why on stderr; the closed pipe does not.
        let _ = written.and_then(|()| self.questions.flush());
        match self.answers.recv_timeout(PATIENCE) {
            Ok(line) => serde_json::from_str(&line)
                .map_err(|error| format!("answers what is no JSON ({error}): {line}")),
            Err(RecvTimeoutError::Timeout) => {
                Err(format!("does not answer within {PATIENCE:?}: {question}"))
            }
            Err(RecvTimeoutError::Disconnected) => Err("has ended:".into()),
        }
    }

    /// Ends the process. Returns what it wrote to stderr.
    fn end(mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.complaints.join().unwrap_or_default()
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_python_is_explained() {
        let error = Judge::start(Path::new("/nowhere/python"), Path::new("driver.py")).err();
        let error = error.unwrap();
        assert!(
            error.starts_with("cannot start the judge, /nowhere/python: "),
            "{error}"
        );
        assert!(
            error.contains("pip install pyblish-base==1.8.12"),
            "{error}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn ended_process_says_why() {
        // Any program that reads a file and complains: `sh` in place of Python.
        let script = std::env::temp_dir().join(format!("judge-{}.sh", std::process::id()));
        std::fs::write(&script, "echo there is no pyblish >&2; exit 1").unwrap();
        let error = Judge::start(Path::new("/bin/sh"), &script).err().unwrap();
        std::fs::remove_file(&script).unwrap();
        assert!(
            error.ends_with("has ended:\nthere is no pyblish\n"),
            "{error}"
        );
    }
}
