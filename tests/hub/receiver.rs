//! A web server that webhooks lead to: it keeps what it gets, and answers what it is told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver as Channel, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use pyblish_endpoint_tests::hub::PATIENCE;
use serde_json::Value;
use sha2::Sha256;

/// A request.
#[derive(Debug, Clone)]
pub struct Got {
    pub path: String,
    /// Names are in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// How many signatures it has, and whether one of them is by this secret.
    pub fn signatures(&self, secret: &str) -> (usize, bool) {
        let key = STANDARD
            .decode(secret.strip_prefix("whsec_").expect("the prefix"))
            .expect("base64");
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
        let (id, time) = (
            &self.headers["webhook-id"],
            &self.headers["webhook-timestamp"],
        );
        mac.update(format!("{id}.{time}.{}", self.body).as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        let all: Vec<_> = self.headers["webhook-signature"].split(' ').collect();
        (all.len(), all.contains(&expected.as_str()))
    }
}

/// What it answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// This status, with this header.
    Status(u16, &'static str, String),
    /// Nothing: the connection stays open.
    Silence,
}

/// An answer without a header.
pub fn status(code: u16) -> Reply {
    Reply::Status(code, "x-none", String::new())
}

pub struct Receiver {
    pub address: String,
    got: Channel<Got>,
    reply: Arc<Mutex<Reply>>,
}

impl Receiver {
    /// Starts one, which answers this.
    pub fn start(reply: Reply) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (send, got) = channel();
        let reply = Arc::new(Mutex::new(reply));
        let replies = reply.clone();
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let (send, reply) = (send.clone(), replies.clone());
                thread::spawn(move || serve(connection, &send, &reply));
            }
        });
        Receiver {
            address,
            got,
            reply,
        }
    }

    /// From now on it answers this.
    pub fn answers(&self, reply: Reply) {
        *self.reply.lock().unwrap() = reply;
    }

    /// The next request.
    #[track_caller]
    pub fn next(&self) -> Got {
        self.got.recv_timeout(PATIENCE).expect("a message arrives")
    }

    /// Those that have arrived and were not taken. Call it after an event that shows that no more
    /// can come.
    pub fn rest(&self) -> Vec<Got> {
        let mut all = Vec::new();
        loop {
            match self.got.recv_timeout(Duration::ZERO) {
                Ok(got) => all.push(got),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return all,
            }
        }
    }
}

/// Serves one connection, request after request.
fn serve(connection: TcpStream, send: &Sender<Got>, reply: &Mutex<Reply>) -> Option<()> {
    let mut reader = BufReader::new(connection.try_clone().ok()?);
    let mut connection = connection;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let path = line.split(' ').nth(1)?.to_owned();
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length")?.parse().ok()?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        // That of a machine's batch is compressed.
        let body = String::from_utf8_lossy(&body).into_owned();
        send.send(Got {
            path,
            headers,
            body,
        })
        .ok()?;
        let reply = reply.lock().unwrap().clone();
        let Reply::Status(code, name, value) = reply else {
            // It holds on to the connection until the other side gives up.
            let mut rest = Vec::new();
            reader.read_to_end(&mut rest).ok()?;
            return None;
        };
        let said = "what it says";
        let length = said.len();
        write!(
            connection,
            "HTTP/1.1 {code} Answer\r\n{name}: {value}\r\ncontent-length: {length}\r\n\r\n{said}"
        )
        .ok()?;
    }
}
