//! The interface `connections`: TCP connections that the runtime opens for an adapter, to the
//! addresses that it was granted and no others.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wasmtime::component::Resource;

use super::batch::CallHandle;
use super::bindings::connections;
use super::connection::Connection;
use super::connections::{Connections, LookupError};
use super::fd_quota;
use super::sandbox::{Observer, State};

use connections::{ConnectionError, ConnectionErrorCode as Code};

/// How often a cancel is looked for.
const TICK: Duration = Duration::from_millis(50);

/// The most bytes that are received at a time.
const MOST: usize = 1 << 20;

type Done<T> = Result<T, ConnectionError>;

impl connections::Host for State {
    async fn connect(
        &mut self,
        _: Resource<CallHandle>,
        address: String,
        time_limit: u32,
    ) -> wasmtime::Result<Done<Resource<Connection>>> {
        if !fd_quota::may_connect(self) {
            let reason = "is not opened: the adapter has as many connections as it may have";
            return Ok(Err(error(Code::TooMany, reason)));
        }
        let reach = self.reach.clone();
        let open = open(&reach, &address);
        match within(&mut self.observer, time_limit, open).await {
            Ok(stream) => Ok(Ok(self.table.push(Connection(stream))?)),
            Err(error) => Ok(Err(error)),
        }
    }
}

impl connections::HostConnection for State {
    async fn send(
        &mut self,
        connection: Resource<Connection>,
        _: Resource<CallHandle>,
        bytes: Vec<u8>,
        time_limit: u32,
    ) -> wasmtime::Result<Done<()>> {
        let stream = &mut self.table.get_mut(&connection)?.0;
        let send = async { stream.write_all(&bytes).await.map_err(|it| failed(&it)) };
        Ok(within(&mut self.observer, time_limit, send).await)
    }

    async fn receive(
        &mut self,
        connection: Resource<Connection>,
        _: Resource<CallHandle>,
        most: u32,
        time_limit: u32,
    ) -> wasmtime::Result<Done<Vec<u8>>> {
        let stream = &mut self.table.get_mut(&connection)?.0;
        let most = usize::try_from(most).map_or(MOST, |most| most.clamp(1, MOST));
        let receive = async {
            let mut bytes = vec![0; most];
            let read = stream.read(&mut bytes).await.map_err(|it| failed(&it))?;
            bytes.truncate(read);
            Ok(bytes)
        };
        Ok(within(&mut self.observer, time_limit, receive).await)
    }

    fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

/// Waits for this as long as it may take, and until the user asks to stop.
async fn within<T>(
    observer: &mut Box<dyn Observer>,
    time_limit: u32,
    work: impl Future<Output = Done<T>>,
) -> Done<T> {
    let mut work = pin!(work);
    let time_limit = Duration::from_millis(time_limit.into());
    let mut end = pin!(tokio::time::sleep(time_limit));
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = &mut end => {
                let reason = format!("does not answer within {} s", time_limit.as_secs_f64());
                return Err(error(Code::TooLate, reason));
            }
            () = tokio::time::sleep(TICK) => {}
        }
        if observer.cancelled() {
            return Err(error(
                Code::Cancelled,
                "is not waited for: the user asked to stop",
            ));
        }
    }
}

/// Connects to the first of its addresses that answers.
async fn open(reach: &Connections, address: &str) -> Done<TcpStream> {
    let mut last = error(Code::NotGranted, "is not granted");
    for there in resolve(reach, address).await? {
        if !reach.allows(there) {
            continue;
        }
        match TcpStream::connect(there).await {
            Ok(stream) => {
                // Requests are often small, and each is waited for.
                stream.set_nodelay(true).map_err(|it| failed(&it))?;
                return Ok(stream);
            }
            Err(refused) => last = failed(&refused),
        }
    }
    Err(last)
}

/// What `host:port` leads to.
async fn resolve(reach: &Connections, address: &str) -> Done<Vec<SocketAddr>> {
    let (host, port) = parts(address).ok_or_else(|| {
        let reason = "is no address: write host:port, for example 127.0.0.1:4000";
        error(Code::InvalidAddress, reason)
    })?;
    let ips = reach.look_up(host).await.map_err(|refused| match refused {
        LookupError::NotGranted => error(Code::NotGranted, "is not granted"),
        LookupError::Elsewhere(ip) => error(
            Code::NotGranted,
            format!("leads to {ip}, where no name may lead"),
        ),
        LookupError::Unknown(reason) => {
            error(Code::UnknownName, format!("leads nowhere ({reason})"))
        }
    })?;
    Ok(ips
        .into_iter()
        .map(|ip| SocketAddr::new(ip, port))
        .collect())
}

/// The host and the port. An IPv6 address is in brackets.
fn parts(address: &str) -> Option<(&str, u16)> {
    let (host, port) = address.rsplit_once(':')?;
    let port = port.parse().ok()?;
    match host.strip_prefix('[') {
        Some(inner) => {
            let inner = inner.strip_suffix(']')?;
            inner.parse::<IpAddr>().ok()?;
            Some((inner, port))
        }
        None if host.is_empty() || host.contains(':') => None,
        None => Some((host, port)),
    }
}

/// What an error of the system is called here.
fn failed(system: &io::Error) -> ConnectionError {
    match system.kind() {
        io::ErrorKind::ConnectionRefused => error(Code::Refused, "refuses the connection"),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => error(Code::Closed, "has ended the connection"),
        io::ErrorKind::TimedOut => error(Code::TooLate, "does not answer"),
        _ => error(Code::Io, format!("cannot be reached ({system})")),
    }
}

fn error(code: Code, reason: impl Into<String>) -> ConnectionError {
    ConnectionError {
        code,
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_a_host_and_a_port() {
        assert_eq!(parts("127.0.0.1:4000"), Some(("127.0.0.1", 4000)));
        assert_eq!(parts("tracker.lan:80"), Some(("tracker.lan", 80)));
        assert_eq!(parts("[::1]:80"), Some(("::1", 80)));
        for wrong in [
            "", "4000", ":80", "::1:80", "[::1:80", "[a]:80", "a:65536", "a:",
        ] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }
}
