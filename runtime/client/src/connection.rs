//! A connection to a server: HTTP/1.1 over a port or a unix socket, and what an answer may take.

use std::io;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::address::ServerAddress;

/// How long a server of this machine may take for what it answers at once.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of an answer's head, and its headers.
const HEAD: usize = 64 << 10;
const HEADERS: usize = 100;

/// Bytes of the largest answer: the results of a large run are tens of megabytes.
pub const MAX_BODY: u64 = 256 << 20;

/// The answer to a request.
#[derive(Debug)]
pub struct Answer {
    /// The status code of HTTP.
    pub status: u16,
    /// The whole body.
    pub body: Vec<u8>,
}

/// What a connection runs over.
pub(crate) trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// One connection, for one request after the other.
pub(crate) struct Connection(SendRequest<String>);

impl Connection {
    pub(crate) async fn open(address: &ServerAddress) -> io::Result<Self> {
        match address {
            ServerAddress::Port(host) => {
                let mut last = io::Error::other("there is no such name");
                for address in lookup_host(host).await? {
                    match timeout(ANSWER_TIMEOUT, TcpStream::connect(address)).await {
                        Ok(Ok(stream)) => {
                            stream.set_nodelay(true)?;
                            return Connection::over(stream).await;
                        }
                        Ok(Err(error)) => last = error,
                        Err(_) => last = io::ErrorKind::TimedOut.into(),
                    }
                }
                Err(last)
            }
            #[cfg(unix)]
            ServerAddress::Socket(path) => {
                Connection::over(tokio::net::UnixStream::connect(path).await?).await
            }
        }
    }

    async fn over(stream: impl ByteStream + 'static) -> io::Result<Self> {
        // One copy of hyper for all kinds of streams.
        let stream: Box<dyn ByteStream> = Box::new(stream);
        let mut http = Builder::new();
        http.max_buf_size(HEAD).max_headers(HEADERS);
        let opened = http.handshake(TokioIo::new(stream)).await;
        let (sender, serving) = opened.map_err(|error| broken(&error))?;
        // An error of the connection is reported by the request that it interrupts.
        tokio::spawn(serving);
        Ok(Connection(sender))
    }

    /// Whether it is good for a request: it is open, and nothing is left of the answer before.
    pub(crate) async fn is_ready(&mut self) -> bool {
        self.0.ready().await.is_ok()
    }

    /// Sends a request, and waits for the head of its answer.
    pub(crate) async fn send(
        &mut self,
        request: Request<String>,
    ) -> io::Result<Response<Incoming>> {
        let answered = self.0.send_request(request).await;
        answered.map_err(|error| broken(&error))
    }
}

/// All of an answer. Memory grows as it arrives, because the announced length may be false.
pub(crate) async fn read(response: Response<Incoming>) -> io::Result<Answer> {
    let (head, mut body) = response.into_parts();
    if let Some(length) = body.size_hint().exact().filter(|length| *length > MAX_BODY) {
        return Err(too_large(&format!("{length} bytes")));
    }
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        // Trailers may follow the data; they are ignored.
        let Ok(data) = frame.map_err(|error| broken(&error))?.into_data() else {
            continue;
        };
        if (bytes.len() + data.len()) as u64 > MAX_BODY {
            return Err(too_large("more bytes"));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Answer {
        status: head.status.as_u16(),
        body: bytes,
    })
}

fn too_large(has: &str) -> io::Error {
    io::Error::other(format!(
        "its answer has {has}, and {MAX_BODY} at most are read"
    ))
}

/// What went wrong on a connection, with its reasons.
pub(crate) fn broken(error: &hyper::Error) -> io::Error {
    if error.is_parse_too_large() {
        return io::Error::other(format!(
            "its answer has a head of more than {HEAD} bytes or {HEADERS} lines, or an impossible length"
        ));
    }
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(reason) = source {
        words += &format!(": {reason}");
        source = reason.source();
    }
    io::Error::other(words)
}
