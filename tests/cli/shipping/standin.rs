//! A stand-in for a registry or a web server that does what a test wants: it is slow, breaks off,
//! leads elsewhere, or says one thing and gives another. With a certificate it speaks TLS.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a client asked.
#[derive(Debug, Clone)]
pub(super) struct Request {
    /// `GET /v2/`.
    pub(super) line: String,
    /// Lines of the head.
    pub(super) head: String,
    /// What came with it.
    pub(super) body: Vec<u8>,
}

impl Request {
    /// The value of this line of its head.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    /// Whether it tells who asks.
    pub(super) fn has_login(&self) -> bool {
        self.header("authorization").is_some()
    }
}

/// What it answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
    /// How many bytes it says that the body has.
    length: usize,
    is_silent: bool,
    is_endless: bool,
}

impl Reply {
    pub(super) fn ok(body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Reply {
            status: 200,
            length: body.len(),
            body,
            ..Reply::default()
        }
    }

    pub(super) fn status(status: u16) -> Self {
        Reply {
            status,
            ..Reply::ok("")
        }
    }

    /// A failure with this text.
    pub(super) fn refusal(status: u16, body: &str) -> Self {
        Reply {
            status,
            ..Reply::ok(body)
        }
    }

    /// One with this line in its head.
    pub(super) fn with(mut self, line: &str) -> Self {
        self.head += &format!("{line}\r\n");
        self
    }

    /// One that breaks off in the middle.
    pub(super) fn half(mut self) -> Self {
        self.body.truncate(self.length / 2);
        self
    }

    /// One that never comes.
    pub(super) fn silent() -> Self {
        Reply {
            is_silent: true,
            ..Reply::default()
        }
    }

    /// One whose body does not end, and that does not say so.
    pub(super) fn endless() -> Self {
        Reply {
            is_endless: true,
            ..Reply::ok("")
        }
    }

    pub(super) fn redirect(to: &str) -> Self {
        Reply::status(307).with(&format!("Location: {to}"))
    }
}

#[derive(Default)]
struct Shared {
    requests: Mutex<Vec<Request>>,
    /// Connections that get no answer; they end with the stand-in.
    silent: Mutex<Vec<TcpStream>>,
    is_over: AtomicBool,
}

/// A server that runs until this is dropped.
pub(super) struct StandIn {
    /// Its host and port.
    pub(super) address: String,
    port: u16,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl StandIn {
    /// One that answers each request, such as `GET /v2/`, with this.
    pub(super) fn new(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        StandIn::asked(move |request| answer(&request.line))
    }

    /// The same for one that looks at all of a request.
    pub(super) fn asked(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        StandIn::start(None, answer)
    }

    /// One that speaks TLS, as `localhost`.
    pub(super) fn with_tls(
        config: Arc<ServerConfig>,
        answer: impl Fn(&str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        StandIn::start(Some(config), move |request| answer(&request.line))
    }

    fn start(
        tls: Option<Arc<ServerConfig>>,
        answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let host = if tls.is_some() {
            "localhost"
        } else {
            "127.0.0.1"
        };
        let shared = Arc::new(Shared::default());
        let (own, answer) = (Arc::clone(&shared), Arc::new(answer));
        let thread = thread::spawn(move || {
            for connection in listener.incoming() {
                if own.is_over.load(Ordering::SeqCst) {
                    break;
                }
                let (shared, answer) = (Arc::clone(&own), Arc::clone(&answer));
                let (connection, tls) = (connection.unwrap(), tls.clone());
                thread::spawn(move || match tls {
                    None => {
                        let end = connection.try_clone().unwrap();
                        serve(connection, &end, &shared, &*answer);
                    }
                    Some(config) => {
                        let end = connection.try_clone().unwrap();
                        let server = ServerConnection::new(config).unwrap();
                        let stream = StreamOwned::new(server, connection);
                        serve(stream, &end, &shared, &*answer);
                    }
                });
            }
        });
        StandIn {
            address: format!("{host}:{port}"),
            port,
            shared,
            thread: Some(thread),
        }
    }

    /// What was asked so far.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// An adapter in it.
    pub(super) fn image(&self) -> String {
        format!("{}/tool:1.0.0", self.address)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        for connection in self.shared.silent.lock().unwrap().drain(..) {
            // The client may be gone.
            let _ = connection.shutdown(Shutdown::Both);
        }
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        self.thread.take().unwrap().join().unwrap();
    }
}

/// One request; its connection ends with the answer. `end` is the same connection.
fn serve(
    connection: impl Read + Write,
    end: &TcpStream,
    shared: &Shared,
    answer: &dyn Fn(&Request) -> Reply,
) {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && head != "\r\n" {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let length = head.to_ascii_lowercase();
    let length = length.split("content-length: ").nth(1);
    let length = length.and_then(|rest| rest.lines().next()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let request = Request { line, head, body };
    let reply = answer(&request);
    shared.requests.lock().unwrap().push(request);
    if reply.is_silent {
        let silent = end.try_clone().unwrap();
        shared.silent.lock().unwrap().push(silent);
        // The client gives up, or the stand-in ends.
        let _ = reader.read(&mut [0]);
        return;
    }
    let mut connection = reader.into_inner();
    let (status, head, length) = (reply.status, &reply.head, reply.length);
    let text = format!(
        "HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\nConnection: close\r\n{head}\r\n"
    );
    if reply.is_endless {
        let head = "HTTP/1.1 200 Said\r\nConnection: close\r\n\r\n";
        let piece = vec![b' '; 1 << 16];
        // Until the client gives up; not for ever, if it does not.
        let mut pieces = std::iter::once(head.as_bytes()).chain((0..1024).map(|_| &piece[..]));
        let _ = pieces.try_for_each(|piece| connection.write_all(piece));
        let _ = end.shutdown(Shutdown::Both);
        return;
    }
    // The client may have given up.
    let _ = connection.write_all(text.as_bytes());
    let _ = connection.write_all(&reply.body);
    let _ = connection.flush();
    let _ = end.shutdown(Shutdown::Write);
}

/// The digest of this content, as OCI writes it.
pub(super) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{:x}", Sha256::digest(bytes))
}

/// The manifest of an adapter.
pub(super) fn manifest(bytes: &[u8]) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.wasm.config.v0+json",
            "digest": digest(b"{}"),
            "size": 2,
        },
        "layers": [{
            "mediaType": "application/wasm",
            "digest": digest(bytes),
            "size": bytes.len(),
        }],
    })
}

/// A registry with one adapter, which answers as it should but for what `change` makes of it.
pub(super) fn registry(
    bytes: &[u8],
    change: impl Fn(&str, Reply) -> Reply + Send + Sync + 'static,
) -> StandIn {
    let manifest = manifest(bytes).to_string();
    registry_of(manifest, bytes.to_vec(), change)
}

/// The same with this manifest, whatever it says.
pub(super) fn registry_of(
    manifest: String,
    blob: Vec<u8>,
    change: impl Fn(&str, Reply) -> Reply + Send + Sync + 'static,
) -> StandIn {
    StandIn::new(move |line| {
        let usual = match line {
            "GET /v2/" => Reply::ok("{}"),
            "GET /v2/tool/tags/list?n=1000" => Reply::ok(r#"{"name": "tool", "tags": ["1.0.0"]}"#),
            _ if line.contains("/manifests/sha256-") => Reply::status(404),
            _ if line.contains("/manifests/") => Reply::ok(manifest.as_bytes())
                .with("Content-Type: application/vnd.oci.image.manifest.v1+json"),
            _ if line.contains("/blobs/") => Reply::ok(blob.as_slice()),
            _ => Reply::status(404),
        };
        change(line, usual)
    })
}
