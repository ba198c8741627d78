//! The REST API. Handlers turn requests into commands and snapshots into answers; they hold no state of
//! their own and know nothing of what is behind a session.
//!
//! Only this room names axum and hyper. Every error is JSON with a `message` that says what to do next.

mod access;
mod bad_port;
mod body;
pub mod client;
mod connection;
mod crowd;
mod limits;
mod listener;
mod page;
pub mod parsers;
mod patient;
mod refusal;
mod server;
mod socket;
mod tls;
mod traffic;
mod v1;
mod v2;

pub use access::Secret;
pub use bad_port::browsers_refuse;
pub use client::new_page;
pub use limits::Limits;
pub use listener::{BindError, Door, Place, bind};
pub use server::Server;
pub use tls::Tls;

use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;

use std::sync::Arc;

use crate::session::{House, Session};
use access::Access;
use refusal::{Refusal, error};
use traffic::Traffic;

/// A server that is about to serve: v1 for this session, v2 for all of the house, to whoever has the token.
pub struct Service {
    access: Access,
    place: Place,
    limits: Limits,
}

impl Service {
    /// Without a token, for everybody who reaches it.
    pub fn new(place: Place, token: Option<Secret>, limits: Limits) -> Self {
        let (names, tls) = (place.names.clone(), place.tls.is_some());
        Service {
            access: Access::new(names, place.port, tls, token),
            place,
            limits,
        }
    }

    /// The address of the page, good for one browser; none where no browser gets to.
    pub fn page(&self) -> Result<Option<String>, getrandom::Error> {
        match browsers_refuse(self.place.port) {
            true => Ok(None),
            false => Ok(Some(format!("{}{}", self.place.url, self.access.page()?))),
        }
    }

    pub fn of(self, house: Arc<House>, session: Session) -> Server {
        let traffic = Traffic::new(self.limits);
        let port = self.place.port;
        let routes = routes(house, session, port, self.access, traffic.clone());
        Server::new(self.place, routes, traffic)
    }
}

/// All routes. Who is not known learns nothing of them, and takes no room from who is.
fn routes(
    house: Arc<House>,
    session: Session,
    port: u16,
    access: Access,
    traffic: Traffic,
) -> axum::Router {
    axum::Router::new()
        .nest("/pyblish/v1", v1::routes(session, port))
        .merge(v2::routes(house, access.clone(), traffic.clone()))
        .merge(page::routes())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(traffic, traffic::pass))
        .layer(from_fn_with_state(access, access::check))
}

async fn not_found(uri: axum::http::Uri) -> Response {
    let message = format!(
        "there is nothing at {}; the page is at /, the API begins at /pyblish/v1/hello and /pyblish/v1/state",
        uri.path()
    );
    Refusal::new(StatusCode::NOT_FOUND, "Not found", message).answer(uri.path())
}

async fn method_not_allowed(method: axum::http::Method, uri: axum::http::Uri) -> Response {
    let message = format!(
        "{method} is not allowed at {}; see the Allow header",
        uri.path()
    );
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Not allowed", message).answer(uri.path())
}
