//! The interface `sockets`: connections to granted addresses, which the runtime waits for. It checks
//! an address as the sockets of WASI do (`connections.rs`).

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use wasmtime::component::Resource;

use super::batch::CallHandle;
use super::bindings::sockets;
use super::connections::{Connections, LookupError};
use super::fd_quota;
use super::sandbox::{Observer, State};

use sockets::{SocketError, SocketErrorCode as Code};

/// How often a cancel is looked for.
const TICK: Duration = Duration::from_millis(50);

/// How many bytes are received at once.
const MOST: usize = 64 << 10;

/// An open connection, as the adapter holds it.
#[expect(unreachable_pub, reason = "the generated bindings name it in public")]
pub struct Connection {
    stream: TcpStream,
}

type Answer<T> = Result<T, SocketError>;

fn error(code: Code, reason: impl Into<String>) -> SocketError {
    SocketError {
        code,
        reason: reason.into(),
    }
}

/// What the system says of a connection.
fn failed(reason: &io::Error) -> SocketError {
    match reason.kind() {
        ErrorKind::ConnectionRefused => error(Code::Refused, "refuses the connection"),
        ErrorKind::TimedOut => error(Code::TimedOut, "does not answer"),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => error(Code::Closed, "has ended the connection"),
        _ => error(Code::Io, format!("fails ({reason})")),
    }
}

impl sockets::Host for State {}

impl sockets::HostConnection for State {
    async fn connect(
        &mut self,
        _: Resource<CallHandle>,
        address: String,
        timeout: u32,
    ) -> wasmtime::Result<Answer<Resource<Connection>>> {
        if !fd_quota::may_connect(self) {
            return Ok(Err(error(Code::TooMany, "is one connection too many")));
        }
        let until = until(timeout);
        let reach = self.reach.clone();
        let connecting = async move {
            let addresses = resolved(&reach, &address).await?;
            let mut last = error(Code::NotFound, "leads nowhere");
            for address in addresses {
                // A name is looked up again at any time, and what it led to before is closed then.
                if !reach.allows(address) {
                    last = error(Code::NotGranted, "is not granted");
                    continue;
                }
                match TcpStream::connect(address).await {
                    Ok(stream) => return Ok(stream),
                    Err(reason) => last = failed(&reason),
                }
            }
            Err(last)
        };
        let stream = match waited(&mut self.observer, until, connecting).await {
            Ok(stream) => stream,
            Err(error) => return Ok(Err(error)),
        };
        // Each message is one write, so this does not matter where there is no such option.
        let _ = stream.set_nodelay(true);
        Ok(Ok(self.table.push(Connection { stream })?))
    }

    async fn send(
        &mut self,
        connection: Resource<Connection>,
        _: Resource<CallHandle>,
        bytes: Vec<u8>,
        timeout: u32,
    ) -> wasmtime::Result<Answer<()>> {
        let stream = &mut self.table.get_mut(&connection)?.stream;
        let sending = async { stream.write_all(&bytes).await.map_err(|why| failed(&why)) };
        Ok(waited(&mut self.observer, until(timeout), sending).await)
    }

    async fn receive(
        &mut self,
        connection: Resource<Connection>,
        _: Resource<CallHandle>,
        most: u32,
        timeout: u32,
    ) -> wasmtime::Result<Answer<Vec<u8>>> {
        let stream = &mut self.table.get_mut(&connection)?.stream;
        let most = usize::try_from(most).map_or(MOST, |most| most.clamp(1, MOST));
        let receiving = async {
            let mut bytes = vec![0; most];
            let count = stream.read(&mut bytes).await.map_err(|why| failed(&why))?;
            bytes.truncate(count);
            Ok(bytes)
        };
        Ok(waited(&mut self.observer, until(timeout), receiving).await)
    }

    fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

fn until(timeout: u32) -> Instant {
    Instant::now() + Duration::from_millis(timeout.into())
}

/// What `host:port` leads to, as far as it was granted.
async fn resolved(reach: &Connections, address: &str) -> Answer<Vec<SocketAddr>> {
    if let Ok(number) = address.parse() {
        return Ok(vec![number]);
    }
    let parts = address.rsplit_once(':');
    let parts = parts.and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    let Some((host, port)) = parts.filter(|(host, _)| !host.is_empty()) else {
        let reason = "is no address: write host:port, for example 127.0.0.1:4000";
        return Err(error(Code::InvalidAddress, reason));
    };
    match reach.look_up(host).await {
        Ok(found) => Ok(found
            .into_iter()
            .map(|ip| SocketAddr::new(ip, port))
            .collect()),
        Err(LookupError::NotGranted | LookupError::Elsewhere(_)) => {
            Err(error(Code::NotGranted, "is not granted"))
        }
        Err(LookupError::Unknown(reason)) => {
            Err(error(Code::NotFound, format!("leads nowhere ({reason})")))
        }
    }
}

/// Waits for this, until the time is over or the user asks to stop.
async fn waited<T>(
    observer: &mut Box<dyn Observer>,
    until: Instant,
    work: impl Future<Output = Answer<T>>,
) -> Answer<T> {
    let mut work = std::pin::pin!(work);
    loop {
        let next = until.min(Instant::now() + TICK);
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::time::sleep_until(next) => {}
        }
        if observer.cancelled() {
            return Err(error(
                Code::Cancelled,
                "is not waited for: the user asked to stop",
            ));
        }
        if Instant::now() >= until {
            return Err(error(Code::TimedOut, "does not answer in time"));
        }
    }
}
