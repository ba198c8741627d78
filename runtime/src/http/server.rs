//! The accept loop. It outlives every error of a connection, and running out of open files too; the listener and the
//! signals to end are arguments, so that a test binds port 0.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::connection::Talk;
use super::crowd::{Crowd, Guest};
use super::listener::{Place, Stream};
use super::patient::Patient;
use super::tls::Tls;
use super::traffic::Traffic;

/// How long the loop rests after an error that no single connection has caused, such as too many open files.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// How many that find no room are told so at a time, and how long each may take to hear it. Who comes beyond that is
/// cut off without a word.
const FAREWELLS: usize = 32;
const FAREWELL: Duration = Duration::from_secs(1);

/// What they are told, whatever they wanted to ask.
const NO_ROOM: &str = r#"{"status":503,"title":"Too many connections","detail":"as many are connected as may be, and none of them is idle; come back in a second, or start the server with a larger --max-connections"}"#;

/// A server that has its listener and its routes.
pub struct Server {
    place: Place,
    routes: Router,
    traffic: Traffic,
}

impl Server {
    pub fn new(place: Place, routes: Router, traffic: Traffic) -> Self {
        Server {
            place,
            routes,
            traffic,
        }
    }

    /// Serves until it is told to end; from then on begins nothing new, until what it serves has come to its end;
    /// then lets the requests under way end, for a while, and cuts off the rest.
    pub async fn run(self, told: impl Future<Output = ()>, over: impl Future<Output = ()>) {
        let Server {
            place,
            routes,
            traffic,
        } = self;
        let limits = *traffic.limits();
        let (end, ending) = watch::channel(false);
        let talk = Talk {
            routes,
            limits,
            ending,
        };
        let reception = Reception {
            crowd: Crowd::new(limits.connections),
            farewells: Arc::new(Semaphore::new(FAREWELLS)),
            tls: place.tls,
            talk,
        };
        let over = async {
            told.await;
            traffic.end();
            over.await;
        };
        let mut over = std::pin::pin!(over);
        let mut talks = JoinSet::new();
        loop {
            tokio::select! {
                () = &mut over => break,
                accepted = place.listener.accept() => match accepted {
                    Ok(stream) => reception.welcome(stream, &mut talks),
                    Err(error) if of_one_connection(&error) => {
                        tracing::debug!("a connection was gone before it was accepted: {error}");
                    }
                    Err(error) => {
                        tracing::warn!("a connection was not accepted: {error}");
                        // Perhaps there are no files left to open: one that is idle is given back.
                        reception.crowd.make_room();
                        tokio::time::sleep(ACCEPT_REST).await;
                    }
                },
                Some(_) = talks.join_next() => {}
            }
        }
        // Nobody new is let in.
        drop(place.listener);
        end.send_replace(true);
        let all = async { while talks.join_next().await.is_some() {} };
        if tokio::time::timeout(limits.drain, all).await.is_err() {
            let left = talks.len();
            let drain = limits.drain;
            tracing::warn!(
                "cut off {left} connections whose requests did not end within {drain:?}"
            );
            talks.shutdown().await;
        }
    }
}

/// Whether only who has just come is gone.
fn of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Where those who come are received.
struct Reception {
    crowd: Arc<Crowd>,
    farewells: Arc<Semaphore>,
    tls: Option<Tls>,
    talk: Talk,
}

impl Reception {
    fn welcome(&self, stream: Stream, talks: &mut JoinSet<()>) {
        match (self.crowd.enter(stream.address()), stream) {
            (Some(guest), Stream::Port(stream)) => self.receive(stream, guest, talks),
            (Some(guest), Stream::Socket(stream)) => self.receive(stream, guest, talks),
            (None, Stream::Port(stream)) => self.turn_away(stream, talks),
            (None, Stream::Socket(stream)) => self.turn_away(stream, talks),
        }
    }

    fn receive<S>(&self, stream: S, guest: Guest, talks: &mut JoinSet<()>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (talk, tls) = (self.talk.clone(), self.tls.clone());
        let stream = Patient::new(stream, talk.limits.send, guest.state.clone());
        let Some(Tls(acceptor)) = tls else {
            talks.spawn(talk.with(stream, guest));
            return;
        };
        talks.spawn(async move {
            let mut ending = talk.ending.clone();
            let secured = tokio::select! {
                secured = tokio::time::timeout(talk.limits.receive, acceptor.accept(stream)) => secured,
                () = guest.state.told_to_leave() => return,
                _ = ending.wait_for(|ending| *ending) => return,
            };
            match secured {
                Ok(Ok(stream)) => talk.with(stream, guest).await,
                Ok(Err(error)) => tracing::debug!("a connection was not secured: {error}"),
                Err(_) => tracing::debug!("a connection was not secured in time"),
            }
        });
    }

    /// Says that there is no room.
    fn turn_away<S>(&self, mut stream: S, talks: &mut JoinSet<()>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Ok(permit) = self.farewells.clone().try_acquire_owned() else {
            return;
        };
        if self.tls.is_some() {
            // To say it, a key would have to be agreed upon first.
            return;
        }
        talks.spawn(async move {
            let _permit = permit;
            let answer = format!(
                "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 1\r\n\
                 connection: close\r\ncontent-length: {}\r\n\r\n{NO_ROOM}",
                NO_ROOM.len()
            );
            let said = async {
                stream.write_all(answer.as_bytes()).await?;
                stream.shutdown().await?;
                // Who is cut off while it still sends does not get to read.
                let mut rest = [0; 1024];
                while stream.read(&mut rest).await? > 0 {}
                Ok::<_, std::io::Error>(())
            };
            let _ = tokio::time::timeout(FAREWELL, said).await;
        });
    }
}
