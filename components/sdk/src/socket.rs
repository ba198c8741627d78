//! A connection to an address that the user has granted.
//!
//! Each read only waits briefly, so that a call that waits for an answer can check for a cancel.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long [`Socket::receive`] waits at most.
const TICK: Duration = Duration::from_millis(25);

/// How many bytes are read at a time.
const CHUNK: usize = 64 << 10;

/// A TCP connection to an address that the user has granted, on which waiting can be cancelled.
///
/// The description asks for the address with [`Description::address`](crate::Description::address).
///
/// ```no_run
/// use pyblish_sdk::{Result, Socket, fail, stop_if_cancelled};
///
/// /// Asks a render manager, and waits for one line.
/// fn ask(question: &str) -> Result<String> {
///     let mut socket = Socket::connect("127.0.0.1:4000")?;
///     socket.send(question.as_bytes())?;
///     let mut answer = Vec::new();
///     while !answer.ends_with(b"\n") {
///         answer.extend_from_slice(socket.receive()?);
///         stop_if_cancelled()?;
///     }
///     Ok(String::from_utf8_lossy(&answer).into_owned())
/// }
/// ```
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    chunk: Vec<u8>,
}

impl Socket {
    /// Connects to `IP:PORT`, for example `127.0.0.1:4000`.
    ///
    /// # Errors
    /// It is not such an address, it is not granted, or nothing listens there.
    pub fn connect(address: &str) -> io::Result<Socket> {
        let address: SocketAddr = address
            .parse()
            .map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
        // Without a time limit: in the sandbox, a connect with a limit does not get a refusal.
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(TICK))?;
        // Each message is one write, so this does not matter on a system without this option.
        let _ = stream.set_nodelay(true);
        Ok(Socket {
            stream,
            chunk: vec![0; CHUNK],
        })
    }

    /// Sends all of these bytes.
    ///
    /// # Errors
    /// The connection has ended.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// The bytes that have arrived. If none do for 25 milliseconds, it returns an empty slice.
    ///
    /// # Errors
    /// The connection has ended: [`ErrorKind::UnexpectedEof`] if the other side closed it.
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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Instant;

    use super::*;

    fn pair() -> (Socket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let socket = Socket::connect(&address).unwrap();
        (socket, listener.accept().unwrap().0)
    }

    #[test]
    fn bytes_arrive_as_they_were_sent() {
        let (mut socket, mut other) = pair();
        socket.send(b"question").unwrap();
        let mut question = [0; 8];
        other.read_exact(&mut question).unwrap();
        assert_eq!(&question, b"question");
        // More than one read takes.
        let answer = vec![7; 3 * CHUNK];
        let writer = std::thread::spawn({
            let answer = answer.clone();
            move || other.write_all(&answer)
        });
        let mut received = Vec::new();
        while received.len() < answer.len() {
            received.extend_from_slice(socket.receive().unwrap());
        }
        assert_eq!(received, answer);
        writer.join().unwrap().unwrap();
    }

    #[test]
    fn receive_waits_a_moment_for_nothing() {
        let (mut socket, _other) = pair();
        let began = Instant::now();
        assert_eq!(socket.receive().unwrap(), b"");
        assert!(began.elapsed() >= TICK / 2);
    }

    #[test]
    fn end_is_an_error() {
        let (mut socket, other) = pair();
        drop(other);
        let error = loop {
            if let Err(error) = socket.receive() {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }

    #[test]
    fn missing_listener_is_an_error() {
        // The local end of a connection: nothing listens there, and no other program gets that port.
        let (socket, _other) = pair();
        let address = socket.stream.local_addr().unwrap().to_string();
        let error = Socket::connect(&address).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let error = Socket::connect("render-manager").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
