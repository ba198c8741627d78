//! The child: `python -u -m pyblish_qml --aschild`, its pipes, its pulse and its end.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{self, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::message::{self, Heard, Request};
use super::{Look, Python};

/// How often QML is told that its host lives; it gives up after 15 seconds.
const PULSE: Duration = Duration::from_secs(5);

/// How long it may take to end once its window is closed. Its Python waits for a timer of its own, which is not waited
/// for: the window is gone by then.
const GRACE: Duration = Duration::from_secs(1);

/// How often it is looked at meanwhile; nothing tells of it.
const LOOK: Duration = Duration::from_millis(10);

/// How it ended.
#[derive(Debug)]
pub enum Ended {
    /// Its user closed the window.
    Closed,
    /// It was asked to, by [`Stop`].
    Stopped,
    /// By itself, like this.
    Died(String),
}

pub struct Child {
    inner: Arc<Inner>,
    stdout: BufReader<ChildStdout>,
    /// Ends the pulse when it is dropped.
    _pulse: mpsc::Sender<()>,
}

struct Inner {
    process: Mutex<process::Child>,
    stdin: Mutex<Option<ChildStdin>>,
    stopped: AtomicBool,
}

/// Ends the child from elsewhere.
pub struct Stop(Arc<Inner>);

impl Stop {
    /// As when somebody quits it; what waits for it goes on.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Release);
        // It may have ended already, which is as good.
        let _ = locked(&self.0.process).kill();
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&self) -> bool {
        let looked = locked(&self.0.process).try_wait();
        // What cannot be looked at is told of by its pipes.
        looked.is_ok_and(|status| status.is_some())
    }
}

/// A thread that panicked leaves nothing half done in these.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    fn write(&self, line: &str) -> io::Result<()> {
        match locked(&self.stdin).as_mut() {
            Some(stdin) => stdin
                .write_all(line.as_bytes())
                .and_then(|()| stdin.flush()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Child {
    /// Starts it.
    ///
    /// # Errors
    /// The Python does not start.
    pub fn start(python: &Python, look: &Look) -> io::Result<Self> {
        let mut command = Command::new(&python.program);
        command
            .args(["-u", "-m", "pyblish_qml", "--aschild", "--targets"])
            .args(&look.targets)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Not where the user stands: Python would take modules from there.
        if let Some(folder) = &python.folder {
            command.current_dir(folder);
        }
        let mut process = command.spawn()?;
        let pipes = (
            process.stdin.take(),
            process.stdout.take(),
            process.stderr.take(),
        );
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            // Unreachable: they were piped.
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        thread::spawn(move || pass_on(stderr));
        let inner = Arc::new(Inner {
            process: Mutex::new(process),
            stdin: Mutex::new(Some(stdin)),
            stopped: AtomicBool::new(false),
        });
        let (pulse, end) = mpsc::channel();
        let pulsing = inner.clone();
        thread::spawn(move || {
            // Ends with the child, or with us.
            while pulsing.write(message::PULSE).is_ok()
                && end.recv_timeout(PULSE) == Err(RecvTimeoutError::Timeout)
            {}
        });
        Ok(Child {
            inner,
            stdout: BufReader::new(stdout),
            _pulse: pulse,
        })
    }

    /// What ends it from elsewhere.
    pub fn stop(&self) -> Stop {
        Stop(self.inner.clone())
    }

    /// Waits for what it asks next, or why that cannot be read, which wants an answer too; none when it says nothing any
    /// more. All else that it prints goes to stderr.
    pub fn hear(&mut self) -> Option<Result<Request, String>> {
        let mut line = Vec::new();
        loop {
            line.clear();
            match self.stdout.read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!("what pyblish-qml says cannot be read: {error}");
                    return None;
                }
            }
            match message::hear(&line) {
                Heard::Request(request) => return Some(Ok(request)),
                Heard::Broken(reason) => {
                    say(&String::from_utf8_lossy(&line));
                    return Some(Err(reason));
                }
                Heard::Text(text) => say(&text),
            }
        }
    }

    /// Answers what it asked last, with JSON in ASCII.
    ///
    /// # Errors
    /// It does not listen any more.
    pub fn answer(&self, payload: &str) -> io::Result<()> {
        self.inner.write(&message::response(payload))
    }

    /// Has it do something.
    ///
    /// # Errors
    /// It does not listen any more.
    pub fn tell(&self, name: &str, arguments: Value) -> io::Result<()> {
        self.inner.write(&message::parent(name, arguments))
    }

    /// Waits for its end, which must be near.
    pub fn end(self, closing: bool) -> Ended {
        let began = Instant::now();
        let status = loop {
            let looked = locked(&self.inner.process).try_wait();
            match looked {
                Ok(Some(status)) => break Some(status),
                Ok(None) if began.elapsed() < GRACE => thread::sleep(LOOK),
                Ok(None) => break None,
                Err(error) => {
                    tracing::warn!("how pyblish-qml ended is not known: {error}");
                    break None;
                }
            }
        };
        if status.is_none() {
            let mut process = locked(&self.inner.process);
            // It may have ended just now.
            let _ = process.kill();
            let _ = process.wait();
        }
        match (self.inner.stopped.load(Ordering::Acquire), closing) {
            (true, _) => Ended::Stopped,
            (false, true) => Ended::Closed,
            (false, false) => Ended::Died(status.map_or_else(
                || "it closed its stdout".into(),
                |status: ExitStatus| status.to_string(),
            )),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Nobody answers it from here on.
        locked(&self.inner.stdin).take();
        let mut process = locked(&self.inner.process);
        let _ = process.kill();
        let _ = process.wait();
    }
}

fn pass_on(from: impl Read) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    // What cannot be read any more has ended.
    while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        say(&String::from_utf8_lossy(&line));
        line.clear();
    }
}

/// A foreign line, to stderr.
fn say(line: &str) {
    let line = line.trim_end();
    if !line.is_empty() {
        let line: String = line
            .chars()
            .map(|c| match c {
                '\t' => ' ',
                c if c.is_control() => char::REPLACEMENT_CHARACTER,
                c => c,
            })
            .collect();
        // A stderr that is gone cannot be told so.
        let _ = writeln!(io::stderr().lock(), "qml: {line}");
    }
}
