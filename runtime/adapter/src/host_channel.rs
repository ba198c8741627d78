//! The connection to the bridge in a host. What the bridge says of the scene is taken out of it here,
//! because it also says that between two calls, when no adapter listens. All else is the adapter's.
//!
//! A frame has four bytes, the length of the rest, and then a message (`bridge/PROTOCOL.md`). Frames
//! that are not about the scene are passed on as they arrive.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Buf, Bytes, BytesMut};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::sync::watch;

use pyblish_model::SceneState;

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// How a message about the scene begins, after the length of its frame.
const SCENE: &[u8] = br#"{"state":"#;

/// How many bytes such a message has at most. A longer one is the adapter's, who refuses it.
const LONGEST: usize = 256 << 10;

/// The length of a frame, before it.
const HEAD: usize = 4;

/// An open connection to a bridge.
#[derive(Debug)]
pub struct HostChannel {
    stream: TcpStream,
    incoming: Mutex<Incoming>,
    scene: watch::Sender<SceneState>,
}

/// A message about the scene.
#[derive(Deserialize)]
struct SceneMessage {
    state: SceneState,
}

impl HostChannel {
    pub(crate) fn new(stream: TcpStream) -> Self {
        HostChannel {
            stream,
            incoming: Mutex::default(),
            scene: watch::Sender::default(),
        }
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// What the bridge says of the scene, as far as it was read.
    pub fn scene(&self) -> watch::Receiver<SceneState> {
        self.scene.subscribe()
    }

    /// Reads what the bridge says between two calls; never ends. Dropped when a call begins.
    pub async fn listen(&self) {
        // The end of the last answer may come late, and stays for the adapter.
        while self.incoming().has_room(CHUNK) && self.stream.readable().await.is_ok() {
            self.fill(CHUNK);
        }
        std::future::pending::<()>().await;
    }

    /// At most so many bytes for the adapter; empty if none have arrived.
    ///
    /// # Errors
    /// The connection has ended.
    pub(crate) fn read(&self, size: usize) -> io::Result<Bytes> {
        self.fill(1);
        let mut incoming = self.incoming();
        if incoming.passed.is_empty()
            && let Some(end) = incoming.end
        {
            return Err(end.into());
        }
        let count = size.min(incoming.passed.len());
        Ok(incoming.passed.split_to(count).freeze())
    }

    /// Waits until there is something to read for the adapter, or the connection has ended.
    pub(crate) async fn ready(&self) {
        while self.incoming().has_room(1) && self.stream.readable().await.is_ok() {
            self.fill(1);
        }
    }

    /// Reads what has arrived, until so many bytes wait for the adapter.
    fn fill(&self, most: usize) {
        let mut incoming = self.incoming();
        while incoming.has_room(most) {
            let mut buffer = [0; CHUNK];
            match self.stream.try_read(&mut buffer) {
                Ok(0) => incoming.end = Some(io::ErrorKind::UnexpectedEof),
                Ok(count) => incoming.take(&buffer[..count], &self.scene),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => incoming.end = Some(error.kind()),
            }
        }
    }

    fn incoming(&self) -> MutexGuard<'_, Incoming> {
        // Nothing here panics between two changes that belong together.
        self.incoming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What has arrived.
#[derive(Debug, Default)]
struct Incoming {
    /// What is not sorted yet: the beginning of a frame.
    raw: BytesMut,
    /// How many bytes of the frame under way are the adapter's.
    rest: usize,
    /// What the adapter has not read yet.
    passed: BytesMut,
    /// How the connection ended.
    end: Option<io::ErrorKind>,
}

impl Incoming {
    /// Whether more is read: fewer bytes than these wait for the adapter.
    fn has_room(&self, most: usize) -> bool {
        self.passed.len() < most && self.end.is_none()
    }

    fn take(&mut self, bytes: &[u8], scene: &watch::Sender<SceneState>) {
        self.raw.extend_from_slice(bytes);
        while !self.raw.is_empty() {
            if self.rest > 0 {
                let count = self.rest.min(self.raw.len());
                self.rest -= count;
                self.passed.unsplit(self.raw.split_to(count));
                continue;
            }
            let Some(head) = self.raw.first_chunk::<HEAD>() else {
                return;
            };
            let length = u32::from_be_bytes(*head) as usize;
            let body = &self.raw[HEAD..];
            let known = SCENE.len().min(length);
            if body.len() < known {
                return;
            }
            if body[..known] != *SCENE || length > LONGEST {
                self.rest = HEAD + length;
                continue;
            }
            if body.len() < length {
                return;
            }
            self.raw.advance(HEAD);
            let message = self.raw.split_to(length);
            match serde_json::from_slice::<SceneMessage>(&message) {
                Ok(message) => {
                    scene.send_if_modified(|known| {
                        let is_new = *known != message.state;
                        *known = message.state;
                        is_new
                    });
                }
                Err(error) => {
                    tracing::warn!("what the host says of its scene is no message: {error}");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &str) -> Vec<u8> {
        let length = u32::try_from(text.len()).unwrap();
        [&length.to_be_bytes()[..], text.as_bytes()].concat()
    }

    const STATE: &str =
        r#"{"state":{"file":"/a","stale":"gone","outdated":null,"waiting":null,"new":1}}"#;

    #[test]
    fn messages_about_the_scene_are_taken_out_wherever_they_are_cut() {
        let others = ["{}", r#"{"stateless":{}}"#, "", r#"{"outcome":{"id":1}}"#];
        let mut sent = frame(STATE);
        for other in others {
            sent.extend(frame(other));
            sent.extend(frame(STATE));
        }
        let expected: Vec<u8> = others.iter().flat_map(|other| frame(other)).collect();
        for step in 1..sent.len() {
            let (mut incoming, scene) = (Incoming::default(), watch::Sender::default());
            for piece in sent.chunks(step) {
                incoming.take(piece, &scene);
            }
            assert_eq!(incoming.passed, expected, "in pieces of {step}");
            assert_eq!(scene.borrow().stale.as_deref(), Some("gone"));
            assert!(incoming.raw.is_empty());
        }
    }

    #[test]
    fn long_message_is_the_adapters() {
        let long = format!(r#"{{"state":{{"file":"{}"}}}}"#, "a".repeat(LONGEST));
        let (mut incoming, scene) = (Incoming::default(), watch::Sender::default());
        incoming.take(&frame(&long), &scene);
        assert_eq!(incoming.passed, frame(&long));
        assert_eq!(*scene.borrow(), SceneState::default());
    }
}
