//! A connection to an address that the user has granted.
//!
//! Reading waits a little at a time, so that who waits can look around.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long a read waits at most: so often a call that waits asks whether it was cancelled.
pub const TICK: Duration = Duration::from_millis(25);

/// What is read at once at most, in bytes.
const CHUNK: usize = 64 << 10;

/// A TCP connection.
pub struct Socket {
    stream: TcpStream,
    chunk: Vec<u8>,
}

impl Socket {
    /// `address` is `127.0.0.1:port`.
    pub fn connect(address: &str) -> io::Result<Socket> {
        let address: SocketAddr = address.parse().map_err(io::Error::other)?;
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(TICK))?;
        // Each message is one write, so that it costs nothing where the system has no such switch.
        let _ = stream.set_nodelay(true);
        Ok(Socket {
            stream,
            chunk: vec![0; CHUNK],
        })
    }

    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// What has come; nothing if nothing came within a tick. The end of the connection is an error.
    pub fn receive(&mut self) -> io::Result<&[u8]> {
        match self.stream.read(&mut self.chunk) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => Ok(&self.chunk[..length]),
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(&[]),
                _ => Err(error),
            },
        }
    }
}
