//! Connecting to the bridge in a running host: both sides prove who they are, and then the
//! connection is the adapter's. The messages are those of `bridge/PROTOCOL.md`.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::error::ConnectError;
use super::proof::{Handshake, Role, is_nonce, nonce};
use super::protocol::PROTOCOL;
use super::registry::HostRegistry;
use super::running::RunningHost;
use super::secret::Secret;

/// Bytes of a frame before the bridge has proven who it is. The longest one is a refusal with a
/// message.
const GREETING_LIMIT: usize = 4096;

/// Bytes of the owner's name at most: before the proof, a bridge reads no long messages.
const OWNER_LIMIT: usize = 200;

/// How long to wait for a bridge.
struct Patience {
    /// For each answer of the handshake. It does not depend on the work of the host.
    answer: Duration,
    /// How long and how often to try again if the bridge has too many connections, or closes the
    /// connection without an answer.
    retry_for: Duration,
    retry_every: Duration,
}

const PATIENCE: Patience = Patience {
    answer: Duration::from_secs(10),
    retry_for: Duration::from_secs(3),
    retry_every: Duration::from_millis(50),
};

/// Who connects.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The adapter and its version, for example `blender 0.1.0`.
    pub adapter: &'a str,
    /// Whose session it is, for people to read.
    pub owner: &'a str,
}

/// Messages from the runtime during the handshake.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Greeting<'a> {
    Hello {
        protocol: u32,
        adapter: &'a str,
        nonce: &'a str,
        pid: u32,
        /// The bridge tells what happens to the scene.
        state: bool,
    },
    Proof {
        proof: &'a str,
        owner: &'a str,
    },
}

/// Messages from the bridge during the handshake.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Reply {
    /// `nonce` only exists in this version of the protocol.
    Challenge {
        protocol: u32,
        nonce: Option<String>,
    },
    Welcome {
        proof: String,
    },
    /// The message is for users.
    Refused {
        reason: String,
        message: String,
    },
}

impl HostRegistry {
    /// Connects to the bridge in this host, and proves who is on either side. If too many others
    /// connect at the same time, it tries again for three seconds.
    ///
    /// # Errors
    /// The program there is not the bridge of this user, it refuses, or it does not answer.
    pub async fn connect(
        &self,
        host: &RunningHost,
        caller: Caller<'_>,
    ) -> Result<TcpStream, ConnectError> {
        self.connect_within(&PATIENCE, host, caller).await
    }

    async fn connect_within(
        &self,
        patience: &Patience,
        host: &RunningHost,
        caller: Caller<'_>,
    ) -> Result<TcpStream, ConnectError> {
        let secret = self.secret()?;
        let began = Instant::now();
        loop {
            match attempt(patience, host, &secret, caller).await {
                Err(error) if error.may_pass() && began.elapsed() < patience.retry_for => {
                    sleep(patience.retry_every).await;
                }
                ended => return ended,
            }
        }
    }
}

async fn attempt(
    patience: &Patience,
    running: &RunningHost,
    secret: &Secret,
    caller: Caller<'_>,
) -> Result<TcpStream, ConnectError> {
    let mut link = Link::open(running, patience.answer).await?;
    let own_nonce = nonce()?;
    let hello = Greeting::Hello {
        protocol: PROTOCOL,
        adapter: caller.adapter,
        nonce: &own_nonce,
        pid: running.pid.get(),
        state: true,
    };
    let Reply::Challenge { protocol, nonce } = link.ask(&hello).await? else {
        return Err(link.stranger());
    };
    if protocol != PROTOCOL {
        return Err(ConnectError::OtherProtocol {
            host: link.host,
            own: PROTOCOL,
            bridge: protocol,
        });
    }
    let Some(bridge_nonce) = nonce.filter(|nonce| is_nonce(nonce)) else {
        return Err(link.stranger());
    };
    let handshake = Handshake {
        secret,
        bridge_end: link.stream.peer_addr()?,
        own_end: link.stream.local_addr()?,
        pid: running.pid.get(),
        own_nonce: &own_nonce,
        bridge_nonce: &bridge_nonce,
    };
    let proof = Greeting::Proof {
        proof: &handshake.proof(Role::Adapter),
        owner: beginning(caller.owner, OWNER_LIMIT),
    };
    match link.ask(&proof).await? {
        Reply::Welcome { proof } if handshake.is_proof(Role::Bridge, &proof) => Ok(link.stream),
        Reply::Welcome { .. } => Err(ConnectError::WrongProof {
            host: link.host,
            address: link.address,
        }),
        Reply::Challenge { .. } | Reply::Refused { .. } => Err(link.stranger()),
    }
}

/// A connection whose sides have not proven who they are yet.
struct Link {
    stream: TcpStream,
    address: SocketAddr,
    /// The host and its process, for messages.
    host: String,
    /// How long to wait for an answer.
    patience: Duration,
}

impl Link {
    async fn open(running: &RunningHost, patience: Duration) -> Result<Link, ConnectError> {
        let host = format!("{} (pid {})", running.host, running.pid);
        let address = running.address;
        let stream = TcpStream::connect(address).await;
        let stream = stream.map_err(|error| match error.kind() {
            io::ErrorKind::ConnectionRefused => ConnectError::NotListening {
                host: host.clone(),
                address,
            },
            io::ErrorKind::TimedOut => ConnectError::NotAccepting {
                host: host.clone(),
                address,
            },
            _ => ConnectError::Unreachable {
                host: host.clone(),
                address,
                reason: error,
            },
        })?;
        // Each message is one write, so this does not matter on a system without this option.
        let _ = stream.set_nodelay(true);
        Ok(Link {
            stream,
            address,
            host,
            patience,
        })
    }

    /// Sends a message, and reads the answer. A refusal is an error with the bridge's message.
    async fn ask(&mut self, greeting: &Greeting<'_>) -> Result<Reply, ConnectError> {
        let answer = timeout(self.patience, self.exchange(greeting)).await;
        match answer.map_err(|_| self.silent())?? {
            Reply::Refused { reason, message } => Err(ConnectError::Refused {
                message,
                is_crowded: reason == "crowded",
            }),
            reply => Ok(reply),
        }
    }

    async fn exchange(&mut self, greeting: &Greeting<'_>) -> Result<Reply, ConnectError> {
        let message = serde_json::to_vec(greeting).map_err(io::Error::from)?;
        let length = u32::try_from(message.len()).map_err(io::Error::other)?;
        let mut frame = length.to_be_bytes().to_vec();
        frame.extend(message);
        if self.stream.write_all(&frame).await.is_err() {
            return Err(self.speechless());
        }
        let mut length = [0; 4];
        if self.stream.read_exact(&mut length).await.is_err() {
            return Err(self.speechless());
        }
        let length = u32::from_be_bytes(length) as usize;
        if length > GREETING_LIMIT {
            return Err(self.stranger());
        }
        let mut answer = vec![0; length];
        if self.stream.read_exact(&mut answer).await.is_err() {
            return Err(self.speechless());
        }
        serde_json::from_slice(&answer).map_err(|_| self.stranger())
    }

    /// It sends something that no bridge sends.
    fn stranger(&self) -> ConnectError {
        ConnectError::NoBridge {
            host: self.host.clone(),
            address: self.address,
        }
    }

    /// It closes the connection without an answer.
    fn speechless(&self) -> ConnectError {
        ConnectError::Speechless {
            host: self.host.clone(),
            address: self.address,
        }
    }

    fn silent(&self) -> ConnectError {
        ConnectError::Silent {
            host: self.host.clone(),
            address: self.address,
            seconds: self.patience.as_secs(),
        }
    }
}

/// The beginning of a text with at most this many bytes, without splitting a character.
fn beginning(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests;
