//! All routes: v1 for one session, v2 for all sessions, and the page; behind the checks of every
//! request.

use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;

use super::access::Access;
use super::body_reader::BodyReader;
use super::error_format::refused;
use super::metrics::{self, HistoryBytes, Metrics, Sources};
use super::page::PageDefaults;
use super::pipeline::Pipeline;
use super::refusal::Refusal;
use super::served::ServedSessions;
use super::traffic_limits::TrafficLimits;
use super::{page, v1, v2};
use pyblish_session::Session;

/// What is counted, and where the size of the histories is from.
pub(crate) struct Counting {
    pub(crate) metrics: Metrics,
    pub(crate) history: HistoryBytes,
}

/// The routes behind their checks. `session` and `port` are the ones that v1 uses.
pub(crate) fn pipeline(
    served: ServedSessions,
    session: Session,
    port: u16,
    access: Access,
    traffic: TrafficLimits,
    defaults: PageDefaults,
    counting: Option<Counting>,
) -> Pipeline {
    let sources = counting.map(|counting| Sources {
        metrics: counting.metrics,
        sessions: served.sessions.clone(),
        hub: served.hub.clone(),
        traffic: traffic.clone(),
        history: counting.history,
    });
    let v2 = v2::routes(served, access.clone(), traffic.clone());
    let with_body = v2
        .with_body
        .into_iter()
        .chain(v1::routes_with_body())
        .collect();
    let body = BodyReader::new(with_body, *traffic.limits());
    let routes = Router::new()
        .nest("/pyblish/v1", v1::routes(session, port, traffic.limits()))
        .merge(v2.router)
        .merge(page::routes(defaults))
        .merge(metrics::routes(sources))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed);
    Pipeline::new(access, traffic, body, v2.queries, routes)
}

async fn not_found(uri: Uri) -> Response {
    let path = uri.path();
    let detail = format!(
        "there is nothing at {path}; the page is at /, /pyblish/v2/openapi.json lists all routes, \
         and frontends of v1 begin at /pyblish/v1/hello and /pyblish/v1/state"
    );
    let refusal = Refusal::new(StatusCode::NOT_FOUND, "Not found", detail);
    refused(refusal, path)
}

async fn method_not_allowed(method: Method, uri: Uri) -> Response {
    let path = uri.path();
    let detail = format!("{method} is not allowed at {path}; see the Allow header");
    let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Not allowed", detail);
    refused(refusal, path)
}
