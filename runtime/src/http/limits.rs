//! How much the server takes on. Each limit has its flag, and its tests in tests/load.rs; see docs/security.md.

use std::time::Duration;

/// Open files that are kept for other things than connections: histories, adapters, folders.
const OTHER_FILES: u64 = 256;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Connections at a time. Each has one request at a time.
    pub connections: usize,
    /// Requests under way at a time, of all clients, streams of events aside.
    pub requests: usize,
    /// Requests under way at a time, of one client, streams of events aside.
    pub client_requests: usize,
    /// Streams of events at a time.
    pub listeners: usize,
    /// Bytes of a request's body.
    pub body: usize,
    /// How long a client may be silent: before its request, in the head of it, between parts of its body. All of a body
    /// may take ten times as long.
    pub receive: Duration,
    /// How long a client may take nothing of what is sent to it.
    pub send: Duration,
    /// How long what is under way may go on when the server is to end.
    pub drain: Duration,
}

impl Limits {
    /// How many files may have to be open.
    pub fn files(&self) -> u64 {
        self.connections as u64 + OTHER_FILES
    }

    /// With no more connections than there can be, where only so many files may be open.
    pub fn within(mut self, files: u64) -> Self {
        if files >= self.files() {
            return self;
        }
        let possible = files.saturating_sub(OTHER_FILES).max(files / 2);
        let possible = usize::try_from(possible).unwrap_or(usize::MAX).max(1);
        if possible < self.connections {
            tracing::warn!(
                "only {files} files may be open here, so there are {possible} connections at most and not {}; \
                 allow more with `ulimit -n {}`",
                self.connections,
                self.files()
            );
            self.connections = possible;
        }
        self
    }
}
