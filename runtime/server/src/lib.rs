//! The HTTP server: REST v1 and v2, live events, and the page.
//!
//! # Policy
//!
//! - A handler turns a request into a command to a session, or a snapshot of a session into an
//!   answer. It keeps no state, and does not know how a session works: this crate does not use
//!   wasmtime or SQL, and is the only one that uses axum and hyper.
//! - Nothing is open by default. Every request is checked before any other part of the server sees
//!   it, and the server only accepts other machines with a token and TLS.
//! - Everything that a client can make large has a limit: connections, requests, streams, bodies,
//!   JSON values, answers, time. Each limit has a flag, and an error that names it.
//! - Every error says what is wrong and what to do next. Programs get a status, and in v2 a stable
//!   code; the texts are for users. Each version renders errors in its own format.
//!
//! # How the parts work together
//!
//! [`ListenConfig`] checks where the user wants to listen, and creates a [`BoundListener`].
//! Together with a token and [`ServerLimits`] it becomes a [`Server`]. [`Server::serve`] runs the
//! `accept_loop`, which gives every connection a slot of the `connection_limiter`, TLS if
//! configured, and a `write_timeout`. A `connection` reads requests, and gives each to the
//! `pipeline`:
//!
//! 1. `access`: is the request for this server, and may its sender use it?
//! 2. `traffic_limits`: is there room for one more request of this client?
//! 3. `body_reader`: has its whole body arrived, and is it not too large?
//! 4. `routes`: `v1`, `v2`, or the `page` (its files are `page_files`).
//! 5. `headers`: the answer gets the headers that every answer has.
//!
//! Each of the first three may refuse the request with a `refusal`, which knows no format. The
//! pipeline gives a refusal to `error_format`, which renders it as a `V1Error` or as a `Problem` of
//! v2. Handlers return these errors themselves.
//!
//! Reads are answered from the snapshot of a session. Large answers are created in a
//! `blocking_pool`, have an `etag`, and in v2 are cached in `cached_bodies` for other clients.
//!
//! # How to add a route
//!
//! 1. Write the handler in the file of its resource in `v2/`, or in a new file there. Take
//!    `State<V2State>`, and the extractors of `v2/extract.rs`. Return `Result<…, Problem>`.
//! 2. Describe it with `#[utoipa::path(…)]`, as its neighbours do. Its doc comment, and those of
//!    its shapes, become the OpenAPI document. If it has a `request_body`, `body_reader` allows
//!    one.
//! 3. Add it to `described` in `v2/mod.rs`.
//! 4. Renew `tests/data/openapi.json` (the test in `tests/api/v2.rs` says how), then the reference
//!    with `cargo xtask docs --write`, and add a line to `docs/src/reference/rest.md`.
//!
//! REST v1 is complete: it stays the same as the original.

mod accept_loop;
mod access;
mod activation;
mod answerer;
mod bad_port;
mod bind_error;
mod blocking_pool;
mod body_error;
mod body_reader;
mod connection;
mod connection_limiter;
mod error_format;
mod etag;
mod headers;
mod hub_jobs;
mod hub_progress;
mod idempotent_answers;
mod json;
mod limited_body;
mod limits;
mod listen_config;
mod listener;
mod metrics;
mod page;
mod page_files;
pub mod parsers;
mod pipeline;
mod proxies;
mod refusal;
mod router_server;
mod routes;
mod served;
mod server;
mod socket;
mod tls;
mod traffic_limits;
mod v1;
mod v2;
mod write_timeout;

pub use access::{AllowedOrigin, Secret};
pub use activation::{Activated, activated};
pub use bad_port::browsers_refuse;
pub use bind_error::BindError;
pub use headers::REPORT_POLICY;
pub use hub_jobs::{AttemptKey, HandOver, HandedOver, HubJobs, JobAnswer, JobError};
pub use hub_progress::{HubLookup, HubProgress};
pub use limits::{MaxJsonValues, ServerLimits};
pub use listen_config::ListenConfig;
pub use listener::{BoundListener, bind};
pub use metrics::HistoryBytes;
pub use page::PageDefaults;
pub use page_files::{PageFile, PageFiles};
pub use proxies::{HeaderName, Proxies};
pub use refusal::Refusal;
pub use router_server::{ClientAddress, Routes, serve_routes};
pub use server::Server;
pub use tls::{Tls, TlsError};
pub use v2::routes_with_body;
