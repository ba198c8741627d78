use std::io;
use std::time::{Duration, Instant};

use hyper::Request;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use serde_json::Value;
use tokio::time::timeout;

use super::address::ServerAddress;
use super::blocking_body::BlockingBody;
use super::connection::{self, ANSWER_TIMEOUT, Answer, Connection};
use super::event_loop::EventLoop;
use super::events::EventStream;

/// How long an idle connection is reused. The server closes connections that are silent for longer,
/// which must not happen during a request. `serve --receive-timeout` is 30 s by default, and a
/// second at least.
const REST: Duration = Duration::from_millis(500);

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address cannot be read.
    #[error("{0:?} is no address of a server here: it is http://ADDRESS:PORT or unix:PATH")]
    InvalidAddress(String),
    /// The token cannot be sent.
    #[error("the token has invalid characters: check the file that it is from")]
    InvalidToken,
    /// The request cannot be sent.
    #[error("{0} is no path to ask for: {1}")]
    InvalidRequest(String, hyper::http::Error),
    /// The system has no room for a connection.
    #[error("no event loop starts: {0}; allow more open files with `ulimit -n`")]
    NoEventLoop(io::Error),
    /// Nobody listens there.
    #[error("nobody answers at {0}: {1}")]
    Unreachable(String, io::Error),
    /// The server is there, but busy.
    #[error(
        "the server at {0} has not answered for {1:?}; its host is busy: try again when it is not"
    )]
    Timeout(String, Duration),
    /// The connection broke off before the answer was there.
    #[error("the server at {0} broke off: {1}")]
    Disconnected(String, io::Error),
}

/// A client of one server.
pub struct Client {
    address: ServerAddress,
    authorization: Option<HeaderValue>,
    // Before its event loop, in which it ends.
    kept: Option<(Connection, Instant)>,
    event_loop: EventLoop,
}

impl Client {
    /// For the server at this address, with the token that it asks for.
    ///
    /// # Errors
    /// The address is neither `http://HOST:PORT` nor `unix:PATH`, or the token has invalid characters.
    pub fn new(address: &str, token: Option<String>) -> Result<Self, ClientError> {
        let known = ServerAddress::of(address)
            .ok_or_else(|| ClientError::InvalidAddress(address.into()))?;
        let authorization = token.map(|token| {
            let mut value = HeaderValue::try_from(format!("Bearer {}", token.trim()))
                .map_err(|_| ClientError::InvalidToken)?;
            value.set_sensitive(true);
            Ok(value)
        });
        Ok(Client {
            address: known,
            authorization: authorization.transpose()?,
            kept: None,
            event_loop: EventLoop::new().map_err(ClientError::NoEventLoop)?,
        })
    }

    /// The port that the server listens on; none on a socket.
    pub fn port(&self) -> Option<u16> {
        self.address.port()
    }

    /// Sends a request, and waits for its answer for as long as `patience`; without one, until the
    /// server ends.
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
        let request = self.request(method, path, body)?;
        let rested = |at: &Instant| at.elapsed() < REST;
        let mut kept = self.kept.take().filter(|(_, at)| rested(at));
        let (connection, answer) = self.event_loop.wait(async {
            // It may have ended meanwhile, or hold what came behind the answer before.
            if let Some((connection, _)) = &mut kept
                && !connection.is_ready().await
            {
                kept = None;
            }
            let mut connection = match kept {
                Some((connection, _)) => connection,
                None => self.connect().await?,
            };
            let answered = async { connection::read(connection.send(request).await?).await };
            let answer = self.within(patience, answered).await?;
            Ok((connection, answer))
        })?;
        self.kept = Some((connection, Instant::now()));
        Ok(answer)
    }

    /// Listens to server-sent events.
    ///
    /// # Errors
    /// The server is not there, or refuses.
    pub fn listen(&self, path: &str) -> Result<EventStream, ClientError> {
        let request = self.request("GET", path, None)?;
        let event_loop = EventLoop::new().map_err(ClientError::NoEventLoop)?;
        let (connection, response) = event_loop.wait(async {
            let mut connection = self.connect().await?;
            let answered = connection.send(request);
            let response = self.within(Some(ANSWER_TIMEOUT), answered).await?;
            Ok((connection, response))
        })?;
        match response.status().as_u16() {
            200 => {
                let body = BlockingBody::new(event_loop, connection, response.into_body());
                Ok(EventStream::new(body))
            }
            status => {
                Err(self.disconnected(io::Error::other(format!("it tells no events ({status})"))))
            }
        }
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<&str>,
    ) -> Result<Request<String>, ClientError> {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(HOST, self.address.host());
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if method != "GET" {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(body.unwrap_or_default().to_owned());
        request.map_err(|error| ClientError::InvalidRequest(path.into(), error))
    }

    async fn connect(&self) -> Result<Connection, ClientError> {
        let opened = Connection::open(&self.address).await;
        opened.map_err(|error| ClientError::Unreachable(self.address.to_string(), error))
    }

    /// What comes of this within so long.
    async fn within<T>(
        &self,
        patience: Option<Duration>,
        work: impl Future<Output = io::Result<T>>,
    ) -> Result<T, ClientError> {
        let done = match patience {
            None => work.await,
            Some(patience) => timeout(patience, work)
                .await
                .map_err(|_| ClientError::Timeout(self.address.to_string(), patience))?,
        };
        done.map_err(|error| self.disconnected(error))
    }

    fn disconnected(&self, error: io::Error) -> ClientError {
        ClientError::Disconnected(self.address.to_string(), error)
    }
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
    let answer = client.send("POST", "/pyblish/v2/codes", None, Some(ANSWER_TIMEOUT));
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

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use pyblish_promise::promise;

    use super::*;
    use crate::MAX_BODY;

    /// What a client makes of who answers so: in pieces, each after so long.
    fn answered(pieces: &[Vec<u8>], pause: Duration, patience: Duration) -> Result<Answer, String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        thread::scope(|scope| {
            scope.spawn(|| {
                let (mut stream, _) = listener.accept().unwrap();
                assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
                for piece in pieces {
                    if stream.write_all(piece).is_err() {
                        return;
                    }
                    thread::sleep(pause);
                }
            });
            let mut client = Client::new(&address, None).unwrap();
            let answer = client.send("GET", "/", None, Some(patience));
            answer.map_err(|error| error.to_string())
        })
    }

    const SHORT: Duration = Duration::from_millis(500);

    fn one(text: &str) -> Result<Answer, String> {
        answered(&[text.as_bytes().to_vec()], Duration::ZERO, SHORT)
    }

    #[test]
    fn announced_size_takes_no_memory() {
        let answer = one("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, &b"{}"[..]));
        for (length, reason) in [
            (MAX_BODY, "broke off"),
            (MAX_BODY + 1, "at most are read"),
            (u64::MAX, "an impossible length"),
        ] {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{{");
            let refused = one(&head).unwrap_err();
            promise!("CLIENT-01", refused.contains(reason), "{refused}");
        }
    }

    #[test]
    fn large_body_is_refused() {
        let chunk = [b"4000000\r\n", &vec![b'x'; 64 << 20][..], b"\r\n"].concat();
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        let most = (MAX_BODY >> 26) as usize;
        let mut pieces = vec![head];
        pieces.extend(vec![chunk; most]);
        pieces.push(b"1\r\nx\r\n".to_vec());
        let refused = answered(&pieces, Duration::ZERO, Duration::from_mins(1)).unwrap_err();
        promise!(
            "CLIENT-01",
            refused.contains("at most are read"),
            "{refused}"
        );
        *pieces.last_mut().unwrap() = b"0\r\n\r\n".to_vec();
        let answer = answered(&pieces, Duration::ZERO, Duration::from_mins(1)).unwrap();
        assert_eq!(answer.body.len() as u64, MAX_BODY);
    }

    #[test]
    fn extra_bytes_are_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let answer = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{body}");
        let answers = [answer("1") + &answer("?"), answer("2")];
        // This thread is not joined, so a client that does not come again fails the test without a
        // hang.
        thread::spawn(move || {
            for answers in answers {
                let (mut stream, _) = listener.accept().unwrap();
                // Unread data would reset the connection when it ends.
                assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
                stream.write_all(answers.as_bytes()).unwrap();
            }
        });
        let mut client = Client::new(&address, None).unwrap();
        for expected in ["1", "2"] {
            let answer = client.send("GET", "/", None, Some(ANSWER_TIMEOUT)).unwrap();
            assert_eq!(answer.body, expected.as_bytes());
        }
    }

    #[test]
    fn malformed_answer_is_refused() {
        for text in [
            "",
            "x",
            "SSH-2.0-OpenSSH\r\n",
            "HTTP/1.1 2\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: y",
        ] {
            let refused = one(text).unwrap_err();
            assert!(refused.contains("broke off: "), "{text}: {refused}");
        }
    }

    #[test]
    fn head_is_capped() {
        let head = |lines: usize| {
            format!(
                "HTTP/1.1 200 OK\r\n{}Content-Length: 0\r\n\r\n",
                "x: y\r\n".repeat(lines - 1)
            )
        };
        assert_eq!(one(&head(100)).unwrap().status, 200);
        for text in [
            head(101),
            format!("HTTP/1.1 200 OK\r\n{}", "x".repeat(1 << 20)),
        ] {
            let refused = one(&text).unwrap_err();
            promise!("CLIENT-02", refused.contains("65536 bytes"), "{refused}");
        }
    }

    #[test]
    fn slow_answer_times_out() {
        // Each byte is in time, and all of them together are not.
        let head = "HTTP/1.1 200 OK\r\n";
        let slow: Vec<_> = head
            .bytes()
            .cycle()
            .take(40)
            .map(|byte| vec![byte])
            .collect();
        let refused = answered(&slow, Duration::from_millis(50), SHORT).unwrap_err();
        promise!(
            "CLIENT-02",
            refused.contains("has not answered"),
            "{refused}"
        );
    }

    #[test]
    fn token_cannot_add_headers() {
        let smuggled = Client::new("http://127.0.0.1:1", Some("x\r\nHost: y".into()));
        assert!(matches!(smuggled, Err(ClientError::InvalidToken)));
    }
}
