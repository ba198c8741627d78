//! As much of a client as this program needs to talk to a server of the same user: one request, one answer.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// How long a server of this machine may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of the largest answer.
const ANSWER: u64 = 64 << 10;

/// Asks the server at `http://ADDRESS:PORT` for a new address of its page, with its token.
pub fn new_page(address: &str, token: &str) -> Result<String, String> {
    let host = address.strip_prefix("http://");
    let host = host.ok_or(
        "only a server at http:// is asked by this command; a POST to /pyblish/v2/codes with its token gives a code, \
         and the page is at /?code=CODE",
    )?;
    let answer = post(host, "/pyblish/v2/codes", token);
    let answer = answer.map_err(|error| format!("it does not answer: {error}"))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    match body["path"].as_str() {
        Some(path) => Ok(format!("{address}{path}")),
        None => {
            let status = head.lines().next().unwrap_or_default();
            let detail = body["detail"].as_str().unwrap_or(status);
            Err(format!("it answered: {detail}"))
        }
    }
}

fn post(host: &str, path: &str, token: &str) -> io::Result<String> {
    let address: SocketAddr = host.parse().map_err(io::Error::other)?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // HTTP/1.0: the answer ends with the connection.
    write!(
        stream,
        "POST {path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.take(ANSWER).read_to_string(&mut answer)?;
    Ok(answer)
}
