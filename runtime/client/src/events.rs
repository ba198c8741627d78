//! Server-sent events as a client reads them.

use std::io::{self, BufRead, Read};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::blocking_body::BlockingBody;

/// How long a server may take for a line: it says every 15 seconds that it lives.
const SILENCE: Duration = Duration::from_secs(45);

/// Bytes that an event may have.
pub(super) const MAX_EVENT: u64 = 64 << 20;

/// One event of a session.
#[derive(Debug, PartialEq)]
pub struct ServerEvent {
    /// Its number in the session, from 1 on.
    pub number: u64,
    /// The name of the event.
    pub name: String,
    /// JSON
    pub data: String,
}

/// The events of a session, in order, until the connection ends.
pub struct EventStream {
    stream: BlockingBody,
}

impl EventStream {
    pub(super) fn new(stream: BlockingBody) -> Self {
        EventStream { stream }
    }

    /// Waits for the next one.
    ///
    /// # Errors
    /// The connection has ended, the server cannot go on and says why, nothing came for too long,
    /// or what came is larger than an event can be.
    pub fn wait(&mut self) -> io::Result<ServerEvent> {
        let mut parts = Parts::default();
        let mut left = MAX_EVENT;
        loop {
            // A sign of life is a line, too.
            self.stream.set_deadline(Instant::now() + SILENCE);
            if let Some(event) = read_line(&mut self.stream, &mut parts, &mut left)? {
                return Ok(event);
            }
        }
    }

    /// Whether more has arrived already: then taking it does not wait.
    pub fn has_more(&self) -> bool {
        !self.stream.arrived().is_empty()
    }
}

/// Reads the next line. Returns the event that ends with it, if one does. `left` is how many bytes
/// the event may still have.
pub(super) fn read_line(
    stream: &mut impl BufRead,
    parts: &mut Parts,
    left: &mut u64,
) -> io::Result<Option<ServerEvent>> {
    let line = line(stream, *left)?;
    if line.is_empty() {
        *left = MAX_EVENT;
    } else if !line.starts_with(':') {
        *left = left.saturating_sub(line.len() as u64);
    }
    parts.take(&line)
}

/// A line of at most `most` bytes, without its end.
fn line(stream: &mut impl BufRead, most: u64) -> io::Result<String> {
    let mut line = Vec::new();
    stream.by_ref().take(most).read_until(b'\n', &mut line)?;
    if line.last() != Some(&b'\n') {
        return Err(if (line.len() as u64) < most {
            io::ErrorKind::UnexpectedEof.into()
        } else {
            io::Error::other(format!("an event has more than {MAX_EVENT} bytes"))
        });
    }
    let line = String::from_utf8(line).map_err(io::Error::other)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// The part of an event that has arrived.
#[derive(Default)]
pub(super) struct Parts {
    number: Option<u64>,
    name: String,
    data: String,
}

impl Parts {
    /// The event, if this line ends it.
    fn take(&mut self, line: &str) -> io::Result<Option<ServerEvent>> {
        match line.split_once(": ") {
            Some(("id", text)) => self.number = text.parse().ok(),
            Some(("event", text)) => self.name = text.into(),
            Some(("data", text)) => self.data = text.into(),
            // A comment says that the server lives.
            Some(_) => {}
            None if !line.is_empty() => {}
            None => {
                let Parts { number, name, data } = std::mem::take(self);
                if let Some(number) = number {
                    return Ok(Some(ServerEvent { number, name, data }));
                }
                // An event without a number is not of the session: `behind`, `gap` and `failed`.
                if name == "failed" {
                    let problem: Value = serde_json::from_str(&data).unwrap_or_default();
                    let reason = problem["detail"]
                        .as_str()
                        .unwrap_or("the server cannot go on");
                    return Err(io::Error::other(reason.to_owned()));
                }
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise;

    use super::*;

    /// The events of a stream of these lines, up to its end or the first error.
    fn read(text: &str) -> (Vec<u64>, String) {
        let (mut stream, mut parts, mut numbers) = (text.as_bytes(), Parts::default(), Vec::new());
        loop {
            match line(&mut stream, 100).and_then(|line| parts.take(&line)) {
                Ok(Some(event)) => numbers.push(event.number),
                Ok(None) => {}
                Err(error) => return (numbers, error.to_string()),
            }
        }
    }

    #[test]
    fn events_are_read() {
        let (numbers, error) = read(
            "retry: 2000\n\n: alive\n\nevent: behind\ndata: {}\n\nid: 7\nevent: a\ndata: {}\n\nid: 8\n\n",
        );
        assert_eq!(
            (numbers, error.as_str()),
            (vec![7, 8], "unexpected end of file")
        );
    }

    #[test]
    fn failed_event_is_an_error() {
        let (numbers, error) = read("id: 1\n\nevent: failed\ndata: {\"detail\": \"no disk\"}\n\n");
        assert_eq!((numbers, error.as_str()), (vec![1], "no disk"));
    }

    #[test]
    fn line_is_capped() {
        assert!(line(&mut format!("{}\n", "x".repeat(99)).as_bytes(), 100).is_ok());
        for text in ["x".repeat(101), format!("{}\n", "x".repeat(100))] {
            let error = line(&mut text.as_bytes(), 100).unwrap_err().to_string();
            promise!("CLIENT-02", error.contains("more than"), "{error}");
        }
    }
}
