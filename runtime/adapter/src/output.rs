//! What an adapter prints. It becomes records: a guest's panic, a traceback, or a `print` that its
//! author left in.

use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// Bytes that are kept between two looks. What is printed beyond that is left out.
const ROOM: usize = 64 << 10;

/// One of the two streams that an adapter prints to. Clones share what was printed.
#[derive(Clone, Default)]
pub(super) struct Output(Arc<Mutex<Printed>>);

#[derive(Default)]
struct Printed {
    bytes: Vec<u8>,
    /// Whether something was left out.
    is_cut: bool,
}

impl Output {
    /// The whole lines that were printed since the last look; at the end of a call also what has no
    /// end of line.
    pub(super) fn take_lines(&self, is_end: bool) -> Vec<String> {
        let mut printed = self.lock();
        if printed.bytes.is_empty() {
            return Vec::new();
        }
        let end = if is_end || printed.is_cut {
            printed.bytes.len()
        } else {
            let end = printed.bytes.iter().rposition(|byte| *byte == b'\n');
            end.map_or(0, |end| end + 1)
        };
        let rest = printed.bytes.split_off(end);
        let taken = mem::replace(&mut printed.bytes, rest);
        let mut lines: Vec<String> = String::from_utf8_lossy(&taken)
            .lines()
            .map(str::to_owned)
            .collect();
        if mem::take(&mut printed.is_cut) {
            lines.push("… (more was printed, and is left out)".into());
        }
        lines
    }

    fn print(&self, bytes: &[u8]) {
        let mut printed = self.lock();
        let room = ROOM.saturating_sub(printed.bytes.len()).min(bytes.len());
        printed.bytes.extend_from_slice(&bytes[..room]);
        printed.is_cut |= room < bytes.len();
    }

    fn lock(&self) -> MutexGuard<'_, Printed> {
        // A panic elsewhere leaves no half-written line.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Output {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.print(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(ROOM)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

impl AsyncWrite for Output {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.print(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_whole() {
        let output = Output::default();
        output.print(b"one\ntw");
        assert_eq!(output.take_lines(false), ["one"]);
        output.print(b"o\n");
        assert_eq!(output.take_lines(false), ["two"]);
        output.print(b"three");
        assert!(output.take_lines(false).is_empty());
        assert_eq!(output.take_lines(true), ["three"]);
        assert!(output.take_lines(true).is_empty());
    }

    #[test]
    fn too_much_is_left_out() {
        let output = Output::default();
        output.print(&vec![b'x'; ROOM]);
        assert_eq!(output.take_lines(true).len(), 1);
        output.print(&vec![b'x'; ROOM + 1]);
        let lines = output.take_lines(true);
        assert_eq!(lines[0].len(), ROOM);
        assert!(lines[1].contains("left out"), "{lines:?}");
        output.print(b"again\n");
        assert_eq!(output.take_lines(false), ["again"]);
    }
}
