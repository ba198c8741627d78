//! The accept loop. It outlives every error of a connection, and drains when told to shut down; the listener
//! and the signal are arguments, so that a test binds port 0.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};

/// How long a client may take to send its request's head.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);

/// How many bytes of a request's head, and of an answer that the client does not take, are kept at most.
const BUFFER: usize = 64 << 10;

/// How long requests may go on after the server was told to stop.
const DRAIN_PATIENCE: Duration = Duration::from_secs(10);

/// How long the loop rests after an error that no single connection has caused, such as too many open files.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("{address} is in use by another program; {}", suggestion(.free))]
    InUse {
        address: SocketAddr,
        free: Option<SocketAddr>,
    },
    #[error(
        "{0} is not on this machine's loopback, and there is no access control for others yet; \
         listen on 127.0.0.1 or [::1]"
    )]
    NotLoopback(SocketAddr),
    #[error("the server cannot listen on {address}: {reason}; choose another with --listen")]
    Refused {
        address: SocketAddr,
        reason: io::Error,
    },
}

fn suggestion(free: &Option<SocketAddr>) -> String {
    match free {
        Some(free) => {
            format!("{free} is free, take it with --listen {free}, or any with --port auto")
        }
        None => "choose another with --listen".into(),
    }
}

/// Binds this address; where it is taken, the error names one that is free.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    if !address.ip().is_loopback() {
        return Err(BindError::NotLoopback(address));
    }
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(BindError::InUse {
            address,
            free: free_after(address).await,
        }),
        Err(reason) => Err(BindError::Refused { address, reason }),
    }
}

/// The first free port of the ten after this one.
async fn free_after(address: SocketAddr) -> Option<SocketAddr> {
    for port in (address.port()..).skip(1).take(10) {
        let next = SocketAddr::new(address.ip(), port);
        if TcpListener::bind(next).await.is_ok() {
            return Some(next);
        }
    }
    None
}

/// A server that has its listener and its routes.
pub struct Server {
    listener: TcpListener,
    routes: Router,
}

impl Server {
    pub fn new(listener: TcpListener, routes: Router) -> Self {
        Server { listener, routes }
    }

    /// Serves until the signal comes, then lets the requests under way end, for a while.
    pub async fn run(self, signal: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let mut signal = std::pin::pin!(signal);
        loop {
            tokio::select! {
                () = &mut signal => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => serve(stream, self.routes.clone(), &graceful),
                    Err(error) => {
                        tracing::warn!("a connection was not accepted: {error}");
                        tokio::time::sleep(ACCEPT_REST).await;
                    }
                },
            }
        }
        // Nobody new is let in.
        drop(self.listener);
        if tokio::time::timeout(DRAIN_PATIENCE, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("some requests did not end within {DRAIN_PATIENCE:?} and were cut off");
        }
    }
}

fn serve(stream: TcpStream, routes: Router, graceful: &GracefulShutdown) {
    // Answers are small and waited for.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("a connection keeps its delay: {error}");
    }
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    let watched = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = watched.await {
            // A client that goes away is no trouble of ours.
            tracing::debug!("a connection ended early: {error}");
        }
    });
}
