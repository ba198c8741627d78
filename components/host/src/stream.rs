//! The two streams of a connection that the runtime has made.
//!
//! Each read only waits briefly, so that a call that waits can check for a cancel.

use pyblish_sdk::bindings::pyblish::endpoint::hosts::Connection;
use pyblish_sdk::bindings::wasi::clocks::monotonic_clock::subscribe_duration;
use pyblish_sdk::bindings::wasi::io::poll::{Pollable, poll};
use pyblish_sdk::bindings::wasi::io::streams::{InputStream, OutputStream, StreamError};

use crate::link::{Stream, TICK};

/// How many bytes are read or written at a time.
const CHUNK: u64 = 64 << 10;

/// A connection to a bridge.
pub struct HostStream {
    // A pollable must be dropped before its stream, and fields are dropped in this order.
    readable: Pollable,
    writable: Pollable,
    input: InputStream,
    output: OutputStream,
}

impl From<Connection> for HostStream {
    fn from(connection: Connection) -> Self {
        HostStream {
            readable: connection.input.subscribe(),
            writable: connection.output.subscribe(),
            input: connection.input,
            output: connection.output,
        }
    }
}

impl HostStream {
    /// Waits until the stream takes bytes. Returns how many.
    fn room(&self) -> Result<u64, StreamError> {
        loop {
            match self.output.check_write()? {
                0 => self.writable.block(),
                room => return Ok(room.min(CHUNK)),
            }
        }
    }

    fn write(&self, bytes: &[u8]) -> Result<(), StreamError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = usize::try_from(self.room()?).unwrap_or(usize::MAX);
            let (now, later) = rest.split_at(rest.len().min(room));
            self.output.write(now)?;
            rest = later;
        }
        self.output.flush()?;
        self.room().map(drop)
    }

    fn read(&self) -> Result<Vec<u8>, StreamError> {
        let bytes = self.input.read(CHUNK)?;
        if !bytes.is_empty() {
            return Ok(bytes);
        }
        let nanoseconds = u64::try_from(TICK.as_nanos()).unwrap_or(u64::MAX);
        poll(&[&self.readable, &subscribe_duration(nanoseconds)]);
        self.input.read(CHUNK)
    }
}

impl Stream for HostStream {
    fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.write(bytes).map_err(|error| ended(&error))
    }

    fn receive(&mut self) -> Result<Vec<u8>, String> {
        self.read().map_err(|error| ended(&error))
    }
}

fn ended(error: &StreamError) -> String {
    match error {
        StreamError::Closed => "the connection ended".into(),
        StreamError::LastOperationFailed(error) => {
            format!("the connection failed ({})", error.to_debug_string())
        }
    }
}
