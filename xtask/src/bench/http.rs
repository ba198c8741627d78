//! A minimal HTTP client for the benchmark: a request, and its whole answer.
//!
//! Policy: it uses HTTP/1.0, whose answers end with their connection, so it needs no framing
//! (except [`Kept`], for requests that are timed one by one). It has no dependencies, because xtask
//! is compiled before everything else. When many requests are timed, `wrk` sends them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The time limit of an answer, far longer than any needs.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Sends a request to `HOST:PORT`, with a token if it needs one.
pub fn send(
    address: &str,
    token: Option<&str>,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Answer> {
    let asked = || format!("{method} http://{address}{path}");
    let mut stream = TcpStream::connect(address).with_context(asked)?;
    stream.set_nodelay(true).with_context(asked)?;
    stream
        .set_read_timeout(Some(PATIENCE))
        .with_context(asked)?;
    let mut request = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\n");
    if let Some(token) = token {
        request += &format!("Authorization: Bearer {token}\r\n");
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    if method != "GET" {
        request += &format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
    }
    request += "\r\n";
    request += &body;
    stream.write_all(request.as_bytes()).with_context(asked)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).with_context(asked)?;
    read(&answer).with_context(asked)
}

/// A connection for many requests, one after the other, as frontends have.
pub struct Kept {
    stream: BufReader<TcpStream>,
    address: String,
    token: String,
}

impl Kept {
    pub fn connect(address: &str, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| address.to_owned())?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Kept {
            stream: BufReader::new(stream),
            address: address.into(),
            token: token.into(),
        })
    }

    /// The body of the answer, which must be a success.
    pub fn post(&mut self, path: &str, body: &str) -> Result<Vec<u8>> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut line, mut first, mut length) = (String::new(), true, None);
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let text = line.trim_end();
            if first && !text.contains(" 200 ") {
                bail!("POST {path} was answered with {text:?}");
            }
            first = false;
            match text.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().ok();
                }
                None if text.is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length.context("the answer has no length")?];
        self.stream.read_exact(&mut body)?;
        Ok(body)
    }
}

/// The JSON of an answer that is a success.
pub fn ask(
    address: &str,
    token: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Value> {
    let answer = send(address, Some(token), method, path, body)?;
    if !(200..300).contains(&answer.status) {
        let body = String::from_utf8_lossy(&answer.body);
        bail!(
            "{method} http://{address}{path} was answered with {}: {body}",
            answer.status
        );
    }
    serde_json::from_slice(&answer.body)
        .with_context(|| format!("{method} http://{address}{path}: the answer is not JSON"))
}

fn read(answer: &[u8]) -> Result<Answer> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let Some(end) = end else {
        bail!(
            "the answer has no head: {:?}",
            String::from_utf8_lossy(answer)
        );
    };
    let head = std::str::from_utf8(&answer[..end]).context("the answer's head is not text")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status
        .and_then(|status| status.parse().ok())
        .context("the answer has no status")?;
    let headers = lines.filter_map(|line| line.split_once(": "));
    Ok(Answer {
        status,
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.into()))
            .collect(),
        body: answer[end + 4..].to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let answer =
            read(b"HTTP/1.0 200 OK\r\nETag: \"7\"\r\ncontent-length: 2\r\n\r\n{}").unwrap();
        assert_eq!((answer.status, &answer.body[..]), (200, &b"{}"[..]));
        assert_eq!(answer.headers[0], ("etag".into(), "\"7\"".into()));
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        assert!(read(b"").is_err());
        assert!(read(b"HTTP/1.0\r\n\r\n").is_err());
    }
}
