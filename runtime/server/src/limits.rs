//! The limits of the server. Each has a flag of `serve`; `docs/src/security/server.md` lists them,
//! and `tests/load/` tests them.

use std::time::Duration;

pub use super::json::MaxJsonValues;

/// How many open files are reserved for other things than connections: histories, adapters,
/// folders.
const OTHER_FILES: u64 = 256;

/// The limits of one server.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServerLimits {
    /// Connections at a time. Each has one request at a time.
    pub connections: usize,
    /// Requests at a time from all clients; event streams do not count.
    pub requests: usize,
    /// Requests at a time from one client; event streams do not count.
    pub client_requests: usize,
    /// Event streams at a time.
    pub listeners: usize,
    /// Bytes of a request's body.
    pub body: usize,
    /// Bytes of the state that v1 answers.
    pub answer: usize,
    /// Values in a JSON body of a request.
    pub values: MaxJsonValues,
    /// How long a client may send nothing: before its request, within its head, between two parts
    /// of its body. A whole body may take ten times as long.
    pub receive: Duration,
    /// How long a client may read nothing of its answer.
    pub send: Duration,
    /// How long runs and requests may continue after the server was asked to end.
    pub drain: Duration,
}

impl ServerLimits {
    /// How many files the server may have open at once.
    pub fn files(&self) -> u64 {
        self.connections as u64 + OTHER_FILES
    }

    /// The same limits, with fewer connections if the process may not open [`files`](Self::files)
    /// files, but only this many. Logs a warning then.
    #[must_use]
    pub fn within(mut self, files: u64) -> Self {
        if files >= self.files() {
            return self;
        }
        let possible = files.saturating_sub(OTHER_FILES).max(files / 2);
        let possible = usize::try_from(possible).unwrap_or(usize::MAX).max(1);
        if possible < self.connections {
            tracing::warn!(
                "this process may only open {files} files, so the limit of connections is \
                 {possible} instead of {}; allow more with `ulimit -n {}`",
                self.connections,
                self.files()
            );
            self.connections = possible;
        }
        self
    }
}
