//! The accept loop: gives each connection a slot, or answers that there is none.
//!
//! It survives every error of a connection, and also that the process cannot open more files. The
//! signals that end it are arguments, so that a test can bind port 0 and end the loop.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::answerer::Answerer;
use super::connection::Connection;
use super::connection_limiter::{ConnectionLimiter, ConnectionSlot};
use super::headers::POLICY;
use super::limits::ServerLimits;
use super::listener::{Listener, Stream};
use super::tls::Tls;
use super::write_timeout::WriteTimeout;

/// How long the loop pauses after an error that concerns all connections, such as too many open
/// files.
const PAUSE: Duration = Duration::from_millis(100);

/// How many connections over the limit get an answer at a time. More are closed without one.
const MAX_REFUSALS: usize = 32;

/// How long such an answer may take to be sent and read.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// The answer to all connections over the limit.
const NO_ROOM: &str = r#"{"status":503,"title":"Too many connections","detail":"the server has reached its limit of connections, and none of them is idle; try again in a second, or start the server with a larger --max-connections"}"#;

/// Accepts connections and answers their requests.
pub(crate) struct AcceptLoop<A> {
    listener: Listener,
    acceptor: Acceptor<A>,
    end: watch::Sender<bool>,
}

impl<A: Answerer> AcceptLoop<A> {
    pub(crate) fn new(
        listener: Listener,
        tls: Option<Tls>,
        answerer: A,
        limits: ServerLimits,
    ) -> Self {
        let (end, ending) = watch::channel(false);
        AcceptLoop {
            listener,
            acceptor: Acceptor {
                limiter: ConnectionLimiter::new(limits.connections),
                refusals: Arc::new(Semaphore::new(MAX_REFUSALS)),
                tls,
                connection: Connection {
                    answerer,
                    limits,
                    ending,
                },
            },
            end,
        }
    }

    /// Runs until `ended` completes. Then closes the listener, lets current requests finish within
    /// `--drain`, and closes the rest.
    pub(crate) async fn run(self, ended: impl Future<Output = ()>) {
        let AcceptLoop {
            listener,
            acceptor,
            end,
        } = self;
        let mut ended = std::pin::pin!(ended);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = &mut ended => break,
                accepted = listener.accept() => match accepted {
                    Ok(stream) => acceptor.accept(stream, &mut connections),
                    Err(error) if is_of_one_connection(&error) => {
                        tracing::debug!("a connection ended before it was accepted: {error}");
                    }
                    Err(error) => {
                        tracing::warn!("a connection cannot be accepted: {error}");
                        // Perhaps the process has too many open files: closing an idle connection
                        // frees one.
                        acceptor.limiter.close_idlest();
                        tokio::time::sleep(PAUSE).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        end.send_replace(true);
        let drain = acceptor.connection.limits.drain;
        let all = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(drain, all).await.is_err() {
            let left = connections.len();
            tracing::warn!("closed {left} connections whose requests did not end within {drain:?}");
            connections.shutdown().await;
        }
    }
}

/// Whether the error only means that one connection is gone.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Serves or refuses each connection.
struct Acceptor<A> {
    limiter: Arc<ConnectionLimiter>,
    /// How many refusals may still be sent at the same time.
    refusals: Arc<Semaphore>,
    tls: Option<Tls>,
    connection: Connection<A>,
}

impl<A: Answerer> Acceptor<A> {
    fn accept(&self, stream: Stream, connections: &mut JoinSet<()>) {
        match (self.limiter.open(stream.address()), stream) {
            (Some(slot), Stream::Tcp(stream)) => self.serve(stream, slot, connections),
            (Some(slot), Stream::Socket(stream)) => self.serve(stream, slot, connections),
            (None, Stream::Tcp(stream)) => self.refuse(stream, connections),
            (None, Stream::Socket(stream)) => self.refuse(stream, connections),
        }
    }

    fn serve<S>(&self, stream: S, slot: ConnectionSlot, connections: &mut JoinSet<()>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (connection, tls) = (self.connection.clone(), self.tls.clone());
        let stream = WriteTimeout::new(stream, connection.limits.send, slot.state.clone());
        let Some(Tls(acceptor)) = tls else {
            connections.spawn(connection.serve(stream, slot));
            return;
        };
        connections.spawn(async move {
            let mut ending = connection.ending.clone();
            let timeout = connection.limits.receive;
            let secured = tokio::select! {
                secured = tokio::time::timeout(timeout, acceptor.accept(stream)) => secured,
                () = slot.state.closed_for_another() => return,
                _ = ending.wait_for(|ending| *ending) => return,
            };
            match secured {
                Ok(Ok(stream)) => connection.serve(stream, slot).await,
                Ok(Err(error)) => {
                    tracing::debug!("the TLS handshake of a connection failed: {error}");
                }
                Err(_) => tracing::debug!("the TLS handshake of a connection took too long"),
            }
        });
    }

    /// Answers a connection that is over the limit.
    fn refuse<S>(&self, mut stream: S, connections: &mut JoinSet<()>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Ok(permit) = self.refusals.clone().try_acquire_owned() else {
            return;
        };
        if self.tls.is_some() {
            // With TLS an answer would need a handshake first, which is too expensive here.
            return;
        }
        connections.spawn(async move {
            let _permit = permit;
            let answer = format!(
                "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 1\r\n\
                 x-content-type-options: nosniff\r\ncache-control: no-store\r\ncontent-security-policy: {POLICY}\r\n\
                 connection: close\r\ncontent-length: {}\r\n\r\n{NO_ROOM}",
                NO_ROOM.len()
            );
            let sent = async {
                stream.write_all(answer.as_bytes()).await?;
                stream.shutdown().await?;
                // If the connection is closed while the client still sends, it may not read the
                // answer.
                let mut rest = [0; 1024];
                while stream.read(&mut rest).await? > 0 {}
                Ok::<_, std::io::Error>(())
            };
            let _ = tokio::time::timeout(REFUSAL_TIMEOUT, sent).await;
        });
    }
}
