//! A client, for what of this program talks to a server of the same machine: a connection that is kept for one request
//! after the other, and the server's events.
//!
//! It blocks, and is for threads that have nothing else to do. It speaks http:// and unix sockets; not TLS, which
//! servers have that are on another machine. A request is sent once: whether one without an answer was done, nobody
//! knows.

mod events;
mod stream;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::time::{Duration, Instant};

use serde_json::Value;

pub use events::{Event, Events};
use stream::{Address, Stream};

/// How long a server of this machine may take for what it answers at once.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How long a connection may rest before another one is opened: the server closes those that are silent for longer, and
/// a request must not meet that. `serve --receive-timeout` is 30 s unless said otherwise, and a second at least.
const REST: Duration = Duration::from_millis(500);

/// Bytes of the largest line of an answer's head.
const LINE: u64 = 64 << 10;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{0:?} is no address of a server here: it is http://ADDRESS:PORT or unix:PATH")]
    Address(String),
    /// Nobody listens there.
    #[error("nobody answers at {0}: {1}")]
    Away(String, io::Error),
    /// It is there, and busy with something else.
    #[error(
        "the server at {0} has not answered for {1:?}; its host is busy: try again when it is not"
    )]
    Slow(String, Duration),
    /// The connection broke off before the answer was there.
    #[error("the server at {0} broke off: {1}")]
    BrokenOff(String, io::Error),
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// A client of one server.
pub struct Client {
    address: Address,
    token: Option<String>,
    kept: Option<(BufReader<Stream>, Instant)>,
}

impl Client {
    /// For the server at this address, which lets in who has this token.
    ///
    /// # Errors
    /// It is no address that is spoken to here.
    pub fn new(address: &str, token: Option<String>) -> Result<Self, ClientError> {
        let known = Address::of(address).ok_or_else(|| ClientError::Address(address.into()))?;
        Ok(Client {
            address: known,
            token,
            kept: None,
        })
    }

    /// The port that the server listens on; none on a socket.
    pub fn port(&self) -> Option<u16> {
        self.address.port()
    }

    /// Sends a request, and waits for its answer; without a patience for as long as the server lives.
    ///
    /// # Errors
    /// There is no answer.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&str>,
        patience: Option<Duration>,
    ) -> Result<Answer, ClientError> {
        let rested = |at: &Instant| at.elapsed() < REST;
        let mut stream = match self.kept.take().filter(|(_, at)| rested(at)) {
            Some((stream, _)) => stream,
            None => BufReader::new(self.connect()?),
        };
        let body = body.unwrap_or_default();
        let typed = match method {
            "GET" => "",
            _ => "Content-Type: application/json\r\n",
        };
        let head = self.head(method, path, "1.1");
        let request = format!("{head}{typed}Content-Length: {}\r\n\r\n{body}", body.len());
        let answered = stream
            .get_ref()
            .set_patience(patience)
            .and_then(|()| stream.get_mut().write_all(request.as_bytes()))
            .and_then(|()| read(&mut stream));
        let (answer, keeps) = answered.map_err(|error| {
            let address = self.address.to_string();
            match (error.kind(), patience) {
                (io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut, Some(patience)) => {
                    ClientError::Slow(address, patience)
                }
                _ => ClientError::BrokenOff(address, error),
            }
        })?;
        if keeps {
            self.kept = Some((stream, Instant::now()));
        }
        Ok(answer)
    }

    /// Listens to server-sent events.
    ///
    /// # Errors
    /// Nobody is there, or the server refuses.
    pub fn listen(&self, path: &str) -> Result<Events, ClientError> {
        let mut stream = self.connect()?;
        // HTTP/1.0: the stream is as it is, and ends with the connection.
        let request = self.head("GET", path, "1.0") + "\r\n";
        let broken = |error| ClientError::BrokenOff(self.address.to_string(), error);
        stream.write_all(request.as_bytes()).map_err(broken)?;
        let mut stream = BufReader::new(stream);
        let head = read_head(&mut stream).map_err(broken)?;
        match head.status {
            200 => Ok(Events::new(stream)),
            status => Err(broken(io::Error::other(format!(
                "it tells no events ({status})"
            )))),
        }
    }

    fn head(&self, method: &str, path: &str, version: &str) -> String {
        let mut head = format!(
            "{method} {path} HTTP/{version}\r\nHost: {}\r\n",
            self.address.host()
        );
        if let Some(token) = &self.token {
            head += &format!("Authorization: Bearer {}\r\n", token.trim());
        }
        head
    }

    fn connect(&self) -> Result<Stream, ClientError> {
        let stream = Stream::connect(&self.address);
        stream.map_err(|error| ClientError::Away(self.address.to_string(), error))
    }
}

struct Head {
    status: u16,
    length: Option<usize>,
    keeps: bool,
}

fn read_head(stream: &mut BufReader<Stream>) -> io::Result<Head> {
    let mut line = String::new();
    let mut head = None;
    loop {
        line.clear();
        if stream.by_ref().take(LINE).read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = line.trim_end();
        let Some(head) = &mut head else {
            let status = text.split(' ').nth(1).and_then(|it| it.parse().ok());
            let status = status.ok_or_else(|| io::Error::other("it does not speak HTTP"))?;
            head = Some(Head {
                status,
                length: None,
                keeps: text.starts_with("HTTP/1.1"),
            });
            continue;
        };
        match text.split_once(':') {
            None if text.is_empty() => break,
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                head.length = value.trim().parse().ok();
            }
            Some((name, value)) if name.eq_ignore_ascii_case("connection") => {
                head.keeps &= !value.trim().eq_ignore_ascii_case("close");
            }
            _ => {}
        }
    }
    head.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// The answer, and whether the connection is good for another.
fn read(stream: &mut BufReader<Stream>) -> io::Result<(Answer, bool)> {
    let head = read_head(stream)?;
    let length = match (head.status, head.length) {
        (204 | 304, _) => 0,
        (_, Some(length)) => length,
        (_, None) => return Err(io::Error::other("its answer has no length")),
    };
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let answer = Answer {
        status: head.status,
        body,
    };
    Ok((answer, head.keeps))
}

/// Asks the server at `http://ADDRESS:PORT` for a new address of its page, with its token.
pub fn new_page(address: &str, token: &str) -> Result<String, String> {
    if !address.starts_with("http://") {
        return Err(
            "only a server at http:// is asked by this command; a POST to /pyblish/v2/codes with its token gives a \
             code, and the page is at /?code=CODE"
                .into(),
        );
    }
    let words = |error: ClientError| format!("it does not answer: {error}");
    let mut client = Client::new(address, Some(token.into())).map_err(words)?;
    let answer = client.send("POST", "/pyblish/v2/codes", None, Some(PATIENCE));
    let Answer { status, body } = answer.map_err(words)?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match body["path"].as_str() {
        Some(path) => Ok(format!("{address}{path}")),
        None => {
            let status = status.to_string();
            let detail = body["detail"].as_str().unwrap_or(&status);
            Err(format!("it answered: {detail}"))
        }
    }
}
