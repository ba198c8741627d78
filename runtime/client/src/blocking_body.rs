//! The body of an answer that does not end soon, such as a stream of events, for code that blocks.

use std::io::{self, BufRead, Read};

use http_body_util::BodyExt;
use hyper::body::{Buf, Bytes, Incoming};
use tokio::time::{Instant, timeout_at};

use super::connection::{Connection, broken};
use super::event_loop::EventLoop;

/// What has arrived, and what is to come.
pub(crate) struct BlockingBody {
    event_loop: EventLoop,
    /// The connection closes when this body is dropped.
    _connection: Connection,
    body: Incoming,
    arrived: Bytes,
    /// When a read must be done.
    deadline: Instant,
}

impl BlockingBody {
    pub(crate) fn new(event_loop: EventLoop, connection: Connection, body: Incoming) -> Self {
        BlockingBody {
            event_loop,
            _connection: connection,
            body,
            arrived: Bytes::new(),
            deadline: Instant::now(),
        }
    }

    /// From now on, all reads together may take until then.
    pub(crate) fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    /// What has arrived already.
    pub(crate) fn arrived(&self) -> &[u8] {
        &self.arrived
    }
}

/// What arrives next; none at the end.
async fn next(body: &mut Incoming, deadline: Instant) -> io::Result<Option<Bytes>> {
    match timeout_at(deadline, body.frame()).await {
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
        Ok(None) => Ok(None),
        Ok(Some(Err(error))) => Err(broken(&error)),
        // Trailers may follow the data; they are ignored.
        Ok(Some(Ok(frame))) => Ok(Some(frame.into_data().unwrap_or_default())),
    }
}

impl BufRead for BlockingBody {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.arrived.is_empty() {
            match self.event_loop.wait(next(&mut self.body, self.deadline))? {
                Some(data) => self.arrived = data,
                None => break,
            }
        }
        Ok(&self.arrived)
    }

    fn consume(&mut self, count: usize) {
        self.arrived.advance(count);
    }
}

impl Read for BlockingBody {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}
