//! Listeners to events, each on a connection of its own, which ends on request or with the server.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use serde_json::Value;

use super::client::Clients;
use super::model::{AllEvents, Checked, Finding, broken};
use super::world::PATIENCE;

/// A listener, and the events that it has seen.
pub struct Listener {
    stream: TcpStream,
    thread: JoinHandle<Result<u64, Finding>>,
}

/// A stream of events, after its head.
struct Stream {
    lines: BufReader<TcpStream>,
    /// The reported gaps, from and to.
    gaps: Vec<(u64, u64)>,
}

/// Asks for the events after this one.
fn connect(clients: &Clients, id: &str, after: u64) -> std::io::Result<(u16, Stream)> {
    let host = clients.address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // HTTP/1.0: the stream is as it is, and ends with the connection.
    let request = format!(
        "GET /pyblish/v2/sessions/{id}/events HTTP/1.0\r\nhost: {host}\r\nauthorization: Bearer {}\r\n\
         last-event-id: {after}\r\n\r\n",
        clients.token
    );
    stream.write_all(request.as_bytes())?;
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    lines.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|it| it.parse().ok());
    while lines.read_line(&mut line)? > 2 {
        line.clear();
    }
    let unexpected = || std::io::Error::other("no HTTP");
    Ok((
        status.ok_or_else(unexpected)?,
        Stream {
            lines,
            gaps: Vec::new(),
        },
    ))
}

impl Iterator for Stream {
    type Item = (u64, String, String);

    /// The next event that has a number; none when the stream ends, also in the middle of one.
    fn next(&mut self) -> Option<Self::Item> {
        let (mut number, mut name, mut text) = (None, String::new(), String::new());
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).ok()? == 0 || !line.ends_with('\n') {
                return None;
            }
            match line.trim_end_matches('\n').split_once(": ") {
                Some(("id", it)) => number = it.parse().ok(),
                Some(("event", it)) => name = it.to_owned(),
                Some(("data", it)) => text = it.to_owned(),
                Some(_) => {}
                None => match number.take() {
                    Some(number) => return Some((number, name, text)),
                    // `behind`, `gap`, and other events of the stream itself.
                    None => {
                        let news: Value = serde_json::from_str(&text).unwrap_or_default();
                        if let ("gap", Some(from), Some(to)) =
                            (name.as_str(), news["from"].as_u64(), news["to"].as_u64())
                        {
                            self.gaps.push((from, to));
                        }
                        (name, text) = (String::new(), String::new());
                    }
                },
            }
        }
    }
}

impl Listener {
    /// Listens to a session after the last seen event; none if that is not possible.
    pub fn start(
        clients: &Arc<Clients>,
        id: &str,
        after: u64,
    ) -> Result<Option<Listener>, Finding> {
        // The next step notices a server that was just killed.
        let Ok((status, stream)) = connect(clients, id, after) else {
            return Ok(None);
        };
        match status {
            200 => {}
            // The events that it saw are not there any more.
            400 => {
                let words = format!("a listener of {id} that saw event {after} is sent away");
                return broken("a listener goes on where it was", words);
            }
            _ => return Ok(None),
        }
        let connection = stream.lines.get_ref().try_clone().expect("a second handle");
        let (clients, id) = (clients.clone(), id.to_owned());
        let thread = std::thread::spawn(move || {
            let (mut stream, mut seen) = (stream, after);
            while let Some((number, name, text)) = stream.next() {
                let told = stream.gaps.last().is_some_and(|gap| gap.1 + 1 == number);
                if number != seen + 1 && !told {
                    let words = format!("a listener of {id} saw event {seen}, then {number}");
                    return broken("events have no gap", words);
                }
                seen = number;
                clients.note(&id, |told| told.event(number, &name, &text))?;
            }
            Ok(seen)
        });
        Ok(Some(Listener {
            stream: connection,
            thread,
        }))
    }

    /// Ends its connection, if it has not ended. Returns the last event that it saw.
    pub fn leave(self) -> Result<u64, Finding> {
        // It may be closed already.
        let _ = self.stream.shutdown(Shutdown::Both);
        self.thread.join().expect("a listener does not crash")
    }
}

/// All events of a session, up to this one; none if the session is closing.
pub fn read_all(clients: &Clients, id: &str, latest: u64) -> Result<Option<AllEvents>, Finding> {
    let mut all = AllEvents::default();
    if latest == 0 {
        return Ok(Some(all));
    }
    let (status, mut stream) = match connect(clients, id, 0) {
        Ok(connected) => connected,
        Err(error) => return broken("each request is answered", format!("events: {error}")),
    };
    if [404, 409].contains(&status) {
        return Ok(None);
    }
    if status != 200 {
        let words = format!("events of {id}: {status}");
        return broken("the history can be read", words);
    }
    while let Some(event) = stream.next() {
        let last = event.0 >= latest;
        all.events.push(event);
        if last {
            all.gaps = stream.gaps;
            return Ok(Some(all));
        }
    }
    if !clients.is_open(id)? {
        return Ok(None);
    }
    let last = all.events.last().map(|event| event.0);
    let words = format!("the events of {id} end with {last:?}, and the latest is {latest}");
    broken("an event that was told is kept", words)
}

/// Turns the finding of a listener into the finding of a step.
pub fn checked(left: Result<u64, Finding>) -> Checked {
    left.map(|_| ())
}
