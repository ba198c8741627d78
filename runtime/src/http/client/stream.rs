//! Where a server is, and the connection to it: a port, or a unix socket. What only Unix has is here, with the other
//! side written.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::PATIENCE;

#[derive(Debug, Clone, PartialEq)]
pub enum Address {
    /// `HOST:PORT`
    Port(String),
    #[cfg(unix)]
    Socket(std::path::PathBuf),
}

impl Address {
    /// As servers tell it: `http://HOST:PORT` or `unix:PATH`.
    pub fn of(text: &str) -> Option<Self> {
        if let Some(host) = text.strip_prefix("http://") {
            let host = host.trim_end_matches('/');
            let port = host.rsplit_once(':')?.1;
            port.parse::<u16>().ok()?;
            return Some(Address::Port(host.into()));
        }
        Address::socket(text.strip_prefix("unix:")?)
    }

    #[cfg(unix)]
    fn socket(path: &str) -> Option<Self> {
        Some(Address::Socket(path.into()))
    }

    #[cfg(not(unix))]
    fn socket(_: &str) -> Option<Self> {
        None
    }

    /// What the header `Host` is to be.
    pub fn host(&self) -> &str {
        match self {
            Address::Port(host) => host,
            #[cfg(unix)]
            Address::Socket(_) => "localhost",
        }
    }

    pub fn port(&self) -> Option<u16> {
        match self {
            Address::Port(host) => host.rsplit_once(':')?.1.parse().ok(),
            #[cfg(unix)]
            Address::Socket(_) => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Port(host) => write!(f, "http://{host}"),
            #[cfg(unix)]
            Address::Socket(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[derive(Debug)]
pub enum Stream {
    Port(TcpStream),
    #[cfg(unix)]
    Socket(std::os::unix::net::UnixStream),
}

impl Stream {
    pub fn connect(address: &Address) -> io::Result<Self> {
        match address {
            Address::Port(host) => {
                let mut last = io::Error::other("there is no such name");
                for address in host.to_socket_addrs()? {
                    match TcpStream::connect_timeout(&address, PATIENCE) {
                        Ok(stream) => {
                            stream.set_nodelay(true)?;
                            return Ok(Stream::Port(stream));
                        }
                        Err(error) => last = error,
                    }
                }
                Err(last)
            }
            #[cfg(unix)]
            Address::Socket(path) => {
                std::os::unix::net::UnixStream::connect(path).map(Stream::Socket)
            }
        }
    }

    /// How long a read may take; for ever without.
    pub fn set_patience(&self, patience: Option<Duration>) -> io::Result<()> {
        match self {
            Stream::Port(stream) => stream.set_read_timeout(patience),
            #[cfg(unix)]
            Stream::Socket(stream) => stream.set_read_timeout(patience),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Port(stream) => stream.read(buffer),
            #[cfg(unix)]
            Stream::Socket(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Port(stream) => stream.write(bytes),
            #[cfg(unix)]
            Stream::Socket(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_servers_tell_it() {
        let port = Address::of("http://127.0.0.1:6001/").unwrap();
        assert_eq!((port.host(), port.port()), ("127.0.0.1:6001", Some(6001)));
        for bad in ["https://a:1", "http://a", "http://a:b", "a:1", ""] {
            assert_eq!(Address::of(bad), None, "{bad}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_is_named_by_its_path() {
        let socket = Address::of("unix:/run/x.sock").unwrap();
        assert_eq!(socket.to_string(), "unix:/run/x.sock");
        assert_eq!(socket.port(), None);
    }
}
