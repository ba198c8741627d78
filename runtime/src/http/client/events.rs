//! Server-sent events as a client reads them.

use std::io::{self, BufRead, BufReader};
use std::time::Duration;

use super::stream::Stream;

/// How long a server may be silent: it says every 15 seconds that it lives.
const SILENCE: Duration = Duration::from_secs(45);

/// One event of a session.
#[derive(Debug, PartialEq)]
pub struct Event {
    pub number: u64,
    pub name: String,
    /// JSON
    pub data: String,
}

/// The events of a session, in order, until the connection ends.
pub struct Events {
    lines: BufReader<Stream>,
    line: String,
}

impl Events {
    pub(super) fn new(lines: BufReader<Stream>) -> Self {
        Events {
            lines,
            line: String::new(),
        }
    }

    /// Waits for the next one.
    ///
    /// # Errors
    /// The connection has ended, or nothing came for too long.
    pub fn wait(&mut self) -> io::Result<Event> {
        self.lines.get_ref().set_patience(Some(SILENCE))?;
        let (mut number, mut name, mut data) = (None, String::new(), String::new());
        loop {
            self.line.clear();
            if self.lines.read_line(&mut self.line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match self.line.trim_end_matches(['\r', '\n']).split_once(": ") {
                Some(("id", text)) => number = text.parse().ok(),
                Some(("event", text)) => name = text.into(),
                Some(("data", text)) => data = text.into(),
                // A comment says that the server lives.
                Some(_) => {}
                None => match number.take() {
                    Some(number) => return Ok(Event { number, name, data }),
                    // Being behind is told without a number, and is no event of the session.
                    None => (name, data) = (String::new(), String::new()),
                },
            }
        }
    }

    /// Whether more has arrived already: then taking it does not wait.
    pub fn has_more(&self) -> bool {
        !self.lines.buffer().is_empty()
    }
}
