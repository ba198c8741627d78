//! An HTTP client for a server on this machine: requests over one kept connection, and the server's
//! events.
//!
//! [`Client`] blocks, so give it a thread of its own. It speaks `http://` and unix sockets.
//! [`RemoteClient`] is for a server on another machine: it speaks TLS, and belongs to the event loop
//! of its caller.
//!
//! A request is sent once. If no answer comes, nobody knows whether the request was executed, so
//! repeating it is up to the caller.
//!
//! The other side may be any program, so an answer is limited: its head to 64 KiB and 100 lines,
//! its body to [`MAX_BODY`], and the time for all of it. Memory is allocated as the body arrives,
//! not as its length announces.

mod address;
mod blocking_body;
mod client;
mod connection;
mod event_loop;
mod events;
pub mod parsers;
mod path_part;
mod remote;
mod tls;

pub use client::{Client, ClientError, new_page};
pub use connection::{ANSWER_TIMEOUT, Answer, MAX_BODY};
pub use events::{EventStream, ServerEvent};
pub use path_part::path_part;
pub use remote::{RemoteAddress, RemoteAddressError, RemoteBody, RemoteClient};
pub use tls::{TrustError, trust};
