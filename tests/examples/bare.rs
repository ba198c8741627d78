//! A minimal HTTP server: the same answer to every request. The benchmark's figure `read` compares
//! the real server with it.
//!
//! ```text
//! bare HEAD BODY      files: a header a line, as `name: value`; the bytes of the body
//! ```
//!
//! Policy: a request costs nothing beyond hyper itself. The server has as many threads as the real
//! one, and the same socket settings. Its first line on stdout is JSON with its address, on the
//! loopback. It ends when its stdin ends.

use std::convert::Infallible;
use std::error::Error;
use std::io::{Read, Write};
use std::{env, fs, io, process, thread};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let [head, body] = env::args()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "usage: bare HEAD BODY")?;
    let headers = headers(&fs::read_to_string(head)?)?;
    let body = Bytes::from(fs::read(body)?);
    end_with_stdin();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(headers, body))
}

fn headers(text: &str) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in text.lines() {
        let (name, value) = line
            .split_once(": ")
            .ok_or_else(|| format!("{line:?} is no header"))?;
        headers.append(name.parse::<HeaderName>()?, value.parse::<HeaderValue>()?);
    }
    Ok(headers)
}

async fn serve(headers: HeaderMap, body: Bytes) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let mut out = io::stdout();
    writeln!(
        out,
        "{}",
        serde_json::json!({"address": address.to_string()})
    )?;
    out.flush()?;
    loop {
        // A client that left before it was accepted is no reason to end.
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, headers.clone(), body.clone()));
        }
    }
}

async fn answer(stream: TcpStream, headers: HeaderMap, body: Bytes) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |_: Request<Incoming>| {
        let mut response = Response::new(Full::new(body.clone()));
        *response.headers_mut() = headers.clone();
        async { Ok::<_, Infallible>(response) }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // A client that disconnects is no error.
    let _ = connection.await;
}

/// The process that started this may be killed; then its end of the pipe closes.
fn end_with_stdin() {
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(0);
    });
}
