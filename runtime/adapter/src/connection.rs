//! A TCP connection that an adapter holds through the interface `connections`.

use tokio::net::TcpStream;

/// An open connection. It is closed when this is dropped.
#[expect(unreachable_pub, reason = "the generated bindings name it in public")]
pub struct Connection(pub(super) TcpStream);
