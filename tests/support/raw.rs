//! HTTP byte by byte, for requests that no client library would send.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::Server;

/// How long anything may take before the test gives up; longer than the server waits for a request.
const PATIENCE: Duration = Duration::from_secs(90);

/// A connection.
pub struct Raw<S = TcpStream>(pub S);

/// An answer on it.
#[derive(Debug)]
pub struct Heard {
    pub status: u16,
    /// The lines of its head.
    pub head: Vec<String>,
    pub body: String,
}

impl Heard {
    /// The value of this header; its name is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.iter().filter_map(|line| line.split_once(": "));
        let mut found = pairs.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// A request with these further lines in its head, and this body.
pub fn request(start: &str, lines: &[&str], body: &str) -> String {
    let mut text = format!("{start} HTTP/1.1\r\n");
    for line in lines {
        text += &format!("{line}\r\n");
    }
    if !body.is_empty() {
        text += &format!("content-length: {}\r\n", body.len());
    }
    text + "\r\n" + body
}

impl Raw {
    #[track_caller]
    pub fn to(server: &Server) -> Raw {
        let stream = TcpStream::connect(server.host()).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        Raw(stream)
    }

    /// Waits until the other side closes the connection. Further data is ignored.
    #[track_caller]
    pub fn ends(mut self) {
        match io::copy(&mut self.0, &mut io::sink()) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{error}"),
        }
    }
}

impl<S: Read + Write> Raw<S> {
    #[track_caller]
    pub fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).expect("it is sent");
        self.0.flush().expect("it is sent");
    }

    /// The next answer; none when the connection was closed before its end.
    pub fn try_hear(&mut self) -> Option<Heard> {
        let mut heard = self.try_hear_head()?;
        let length = heard.header("content-length").map_or(0, |length| {
            length.parse::<usize>().expect("a length is a number")
        });
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).ok()?;
        heard.body = String::from_utf8(body).expect("a body is text");
        Some(heard)
    }

    /// The head of the next answer, which is the whole answer to HEAD.
    #[track_caller]
    pub fn hear_head(&mut self) -> Heard {
        self.try_hear_head().expect("an answer")
    }

    /// The data of an endless answer, up to these words.
    #[track_caller]
    pub fn hear_until(&mut self, words: &str) -> String {
        let mut heard = Vec::new();
        let mut byte = [0];
        while !heard.ends_with(words.as_bytes()) {
            self.0.read_exact(&mut byte).expect("it goes on");
            heard.push(byte[0]);
        }
        String::from_utf8(heard).expect("it is text")
    }

    fn try_hear_head(&mut self) -> Option<Heard> {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            self.0.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).expect("a head is text");
        Some(Heard {
            status: head.split(' ').nth(1)?.parse().expect("a status"),
            head: head.lines().map(str::to_owned).collect(),
            body: String::new(),
        })
    }

    #[track_caller]
    pub fn hear(&mut self) -> Heard {
        self.try_hear().expect("an answer")
    }

    /// Sends a request, and waits for its answer.
    #[track_caller]
    pub fn ask(&mut self, start: &str, lines: &[&str], body: &str) -> Heard {
        self.say(&request(start, lines, body));
        self.hear()
    }
}

/// Sends one request on a connection of its own.
#[track_caller]
pub fn ask(server: &Server, start: &str, lines: &[&str], body: &str) -> Heard {
    Raw::to(server).ask(start, lines, body)
}
