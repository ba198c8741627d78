//! The child process `python -u -m pyblish_qml --aschild`: its pipes, heartbeat and end.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{self, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::message::{self, Heard, Request};
use super::{Python, WindowOptions};
use pyblish_model::visible;

/// How often QML gets a sign that its host is alive; it gives up after 15 seconds without one.
const PULSE: Duration = Duration::from_secs(5);

/// How long it may take to end once its window is closed. Its Python waits for an internal timer;
/// we do not wait that long, because the window is already gone.
const GRACE: Duration = Duration::from_secs(1);

/// How often to check meanwhile whether it has ended; there is no notification.
const LOOK: Duration = Duration::from_millis(10);

/// How the process ended.
#[derive(Debug)]
pub enum ProcessEnd {
    /// The user closed the window.
    Closed,
    /// [`StopHandle`] asked it to.
    Stopped,
    /// By itself; the text is the exit status.
    Died(String),
}

/// The process of `pyblish-qml`.
pub struct QmlProcess {
    inner: Arc<Inner>,
    stdout: BufReader<ChildStdout>,
    /// Stops the heartbeat when it is dropped.
    _pulse: mpsc::Sender<()>,
}

struct Inner {
    process: Mutex<process::Child>,
    stdin: Mutex<Option<ChildStdin>>,
    stopped: AtomicBool,
}

/// Ends the child from another thread.
pub struct StopHandle(Arc<Inner>);

impl StopHandle {
    /// Ends it as if the user had quit; whoever waits for it continues.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Release);
        // It may have ended already; that is fine.
        let _ = locked(&self.0.process).kill();
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&self) -> bool {
        let looked = locked(&self.0.process).try_wait();
        // If its status cannot be read, its pipes show the end.
        looked.is_ok_and(|status| status.is_some())
    }
}

/// A thread that panicked cannot leave this value half changed.
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

impl QmlProcess {
    /// Starts it.
    ///
    /// # Errors
    /// The Python cannot be started.
    pub fn start(python: &Python, look: &WindowOptions) -> io::Result<Self> {
        let mut command = Command::new(&python.program);
        command
            .args(["-u", "-m", "pyblish_qml", "--aschild", "--targets"])
            .args(&look.targets)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Not the current folder: Python would import modules from there.
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
            // Unreachable: stdin and stdout are pipes.
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let inner = Arc::new(Inner {
            process: Mutex::new(process),
            stdin: Mutex::new(Some(stdin)),
            stopped: AtomicBool::new(false),
        });
        let (pulse, end) = mpsc::channel();
        let pulsing = inner.clone();
        // Ends the child with this value, even if no thread could be started.
        let child = QmlProcess {
            inner,
            stdout: BufReader::new(stdout),
            _pulse: pulse,
        };
        thread::Builder::new().spawn(move || pass_on(stderr))?;
        thread::Builder::new().spawn(move || {
            // The thread ends with the child, or with this process.
            while pulsing.write(message::PULSE).is_ok()
                && end.recv_timeout(PULSE) == Err(RecvTimeoutError::Timeout)
            {}
        })?;
        Ok(child)
    }

    /// A handle to end it from another thread.
    pub fn stop(&self) -> StopHandle {
        StopHandle(self.inner.clone())
    }

    /// Waits for its next request, or for the reason why a request cannot be read, which needs an
    /// answer, too. None when its output has ended. Everything else that it prints goes to stderr.
    pub fn hear(&mut self) -> Option<Result<Request, String>> {
        let mut line = Vec::new();
        loop {
            line.clear();
            match self.stdout.read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!("the output of pyblish-qml cannot be read: {error}");
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

    /// Answers the last request, with JSON in ASCII.
    ///
    /// # Errors
    /// It does not listen any more.
    pub fn answer(&self, payload: &str) -> io::Result<()> {
        self.inner.write(&message::response(payload))
    }

    /// Sends it a command.
    ///
    /// # Errors
    /// It does not listen any more.
    pub fn tell(&self, name: &str, arguments: Value) -> io::Result<()> {
        self.inner.write(&message::parent(name, arguments))
    }

    /// Waits for its end, which must be soon.
    pub fn end(self, closing: bool) -> ProcessEnd {
        let began = Instant::now();
        let status = loop {
            let looked = locked(&self.inner.process).try_wait();
            match looked {
                Ok(Some(status)) => break Some(status),
                Ok(None) if began.elapsed() < GRACE => thread::sleep(LOOK),
                Ok(None) => break None,
                Err(error) => {
                    tracing::warn!("the exit status of pyblish-qml is unknown: {error}");
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
            (true, _) => ProcessEnd::Stopped,
            (false, true) => ProcessEnd::Closed,
            (false, false) => ProcessEnd::Died(status.map_or_else(
                || "it closed its stdout".into(),
                |status: ExitStatus| status.to_string(),
            )),
        }
    }
}

impl Drop for QmlProcess {
    fn drop(&mut self) {
        // From now on nobody answers it.
        locked(&self.inner.stdin).take();
        let mut process = locked(&self.inner.process);
        let _ = process.kill();
        let _ = process.wait();
    }
}

/// The longest line that is passed on in one piece, in bytes.
const LINE: u64 = 64 << 10;

fn pass_on(from: impl Read) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    // An error of the pipe counts as its end.
    while (from.by_ref().take(LINE))
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        say(&String::from_utf8_lossy(&line));
        line.clear();
    }
}

/// Passes a line of the child to stderr.
fn say(line: &str) {
    let line = line.trim_end();
    if !line.is_empty() {
        let line = visible(line);
        // If stderr is gone, there is nowhere to report that.
        let _ = writeln!(io::stderr().lock(), "qml: {line}");
    }
}
