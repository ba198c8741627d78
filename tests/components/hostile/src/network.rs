//! Deeds that connect, look up names, and listen.

use std::cell::RefCell;
use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};

use bare_adapter::work::Call;

use crate::answer::{Done, amount, healthy, tried};

thread_local! {
    /// The address that `connect` connects to.
    pub static ADDRESS: RefCell<String> = const { RefCell::new(String::new()) };
}

fn address() -> String {
    ADDRESS.with_borrow(Clone::clone)
}

/// Connects to the granted address.
pub fn connect() -> Done {
    TcpStream::connect(address()).map_err(|error| error.to_string())?;
    Ok(healthy())
}

/// Connects elsewhere: to the port `amount`, by all addresses and names of this machine.
pub fn elsewhere(call: &Call) -> Done {
    let port = amount();
    let to = |host: &str| TcpStream::connect(format!("{host}:{port}")).map(drop);
    tried(
        call,
        &[
            ("loopback", &|| to("127.0.0.1")),
            ("other loopback", &|| to("127.0.0.2")),
            ("any", &|| to("0.0.0.0")),
            ("loopback 6", &|| to("[::1]")),
            ("mapped", &|| to("[::ffff:127.0.0.1]")),
            ("metadata", &|| to("169.254.169.254")),
            ("name", &|| to("localhost")),
            ("UDP", &|| {
                let socket = UdpSocket::bind("0.0.0.0:0")?;
                socket.send_to(b"evil", ("127.0.0.1", 9)).map(drop)
            }),
        ],
    )
}

/// Looks up names that were not granted.
pub fn names(call: &Call) -> Done {
    let look_up = |host: &str| (host, 80).to_socket_addrs().map(drop);
    tried(
        call,
        &[
            ("loopback", &|| look_up("localhost.localdomain")),
            ("metadata", &|| look_up("metadata.google.internal")),
            ("other", &|| look_up("example.com")),
            ("secret", &|| look_up("what-was-read.example.com")),
        ],
    )
}

/// Listens for connections.
pub fn listen(call: &Call) -> Done {
    tried(
        call,
        &[
            ("loopback", &|| TcpListener::bind("127.0.0.1:0").map(drop)),
            ("all", &|| TcpListener::bind("0.0.0.0:0").map(drop)),
        ],
    )
}
