//! A server with the routes of another crate, such as the hub: the same listener, TLS, limits and
//! headers as [`Server`](super::Server). Who may do what, the routes decide themselves.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use super::accept_loop::AcceptLoop;
use super::access::{ClientId, ServerNames};
use super::answerer::Answerer;
use super::body_reader::BodyReader;
use super::connection_limiter::ConnectionState;
use super::headers;
use super::limits::ServerLimits;
use super::listener::BoundListener;
use super::proxies::Proxies;
use super::refusal::Refusal;
use super::traffic_limits::TrafficLimits;

/// The routes of another crate.
pub struct Routes {
    /// They answer every path, also those that they do not know. `/` is a page that everybody may read,
    /// and that links of other sites may lead to.
    pub router: Router,
    /// The routes that take a body: the method, and the path with names in braces.
    pub with_body: Vec<(Method, String)>,
    /// How a request is refused that no route sees.
    pub refused: fn(Refusal) -> Response,
    /// The proxies in front of the server.
    pub proxies: Proxies,
}

/// Where a request comes from, as far as that is known: each request that a route sees has it as an
/// extension.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub Option<IpAddr>);

/// Serves them on this listener, until `told_to_end` completes: then it closes the listener, lets
/// current requests finish within the limit `drain`, and closes the rest.
pub async fn serve_routes(
    listener: BoundListener,
    limits: ServerLimits,
    routes: Routes,
    told_to_end: impl Future<Output = ()>,
) {
    let traffic = TrafficLimits::new(limits);
    let answerer = RouterAnswerer(Arc::new(Steps {
        names: listener.names,
        traffic: traffic.clone(),
        body: BodyReader::new(routes.with_body, limits),
        refused: routes.refused,
        proxies: routes.proxies,
        routes: TowerToHyperService::new(routes.router),
    }));
    let ended = async {
        told_to_end.await;
        traffic.end();
    };
    let accept_loop = AcceptLoop::new(listener.listener, listener.tls, answerer, limits);
    accept_loop.run(ended).await;
}

#[derive(Clone)]
struct RouterAnswerer(Arc<Steps>);

struct Steps {
    names: ServerNames,
    traffic: TrafficLimits,
    body: BodyReader,
    refused: fn(Refusal) -> Response,
    proxies: Proxies,
    routes: TowerToHyperService<Router>,
}

impl Answerer for RouterAnswerer {
    async fn answer(&self, connection: &ConnectionState, request: Request) -> Response {
        let answer = self.0.answer(connection, request).await;
        let mut answer = answer.unwrap_or_else(|refusal| {
            let header = refusal.header();
            let mut answer = (self.0.refused)(refusal);
            answer.headers_mut().extend(header);
            answer
        });
        headers::complete(answer.headers_mut());
        answer
    }
}

impl Steps {
    async fn answer(
        &self,
        connection: &ConnectionState,
        request: Request,
    ) -> Result<Response, Refusal> {
        let (uri, headers) = (request.uri(), request.headers());
        match request.method() == Method::GET && uri.path() == "/" {
            true => self.names.check_opening(uri, headers)?,
            false => self.names.check(uri, headers)?,
        }
        let address = self.proxies.client(connection.address, request.headers());
        let client = ClientId::unknown(address);
        // This only measures the time until there is an answer. Sending it is up to the connection.
        let _permit = self.traffic.enter(client, &request)?;
        let mut request = self.body.receive(request).await?;
        request.extensions_mut().insert(ClientAddress(address));
        let Ok(answer) = self.routes.call(request).await;
        Ok(answer)
    }
}
