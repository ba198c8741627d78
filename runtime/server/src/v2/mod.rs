//! REST v2: sessions, runs and live events, for current frontends.
//!
//! Each file has one resource: its handlers, and the JSON that they read and return. [`shapes`] has
//! the JSON that several resources return, [`extract`] reads requests, [`paging`] is how collections
//! are read, [`problem`] has the format
//! of errors, and [`state`] is the data that every handler gets. Reads are answered from the
//! snapshot of the session, with an `ETag`, even while the host is busy. The OpenAPI document is
//! generated from the handlers: their attributes, their doc comments, and the doc comments of the
//! shapes.

mod adapters;
mod cached_bodies;
mod callbacks;
mod codes;
mod context;
mod data_change;
mod document;
pub(super) mod events;
mod extract;
mod granted_path;
mod instances;
mod jobs;
pub(super) mod known_queries;
mod messages;
mod open_folder;
mod operations;
mod paging;
mod pairs;
mod plugins;
pub(super) mod problem;
mod report_format;
mod results;
mod runs;
mod select;
mod sessions;
mod shapes;
mod state;
mod thumbnail;

use std::sync::Arc;

use axum::Json;
use axum::http::Method;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Access;
use super::served::ServedSessions;
use super::traffic_limits::TrafficLimits;
use known_queries::KnownQueries;
use operations::operations;
use state::V2State;

#[derive(OpenApi)]
#[openapi(info(
    title = "Pyblish Endpoint",
    description = "Publish from any host through sandboxed adapters.",
    license(name = "MIT OR Apache-2.0"),
))]
struct Document;

/// The routes, and the document that describes them.
fn described() -> (OpenApiRouter<V2State>, utoipa::openapi::OpenApi) {
    let router = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(codes::create))
        .routes(routes!(adapters::list))
        .routes(routes!(sessions::list, sessions::create))
        .routes(routes!(sessions::read, sessions::close))
        .routes(routes!(sessions::reset))
        .routes(routes!(sessions::restart))
        .routes(routes!(messages::put))
        .routes(routes!(callbacks::call))
        .routes(routes!(plugins::plugins))
        .routes(routes!(plugins::change_plugin))
        .routes(routes!(instances::instances, instances::change_instances))
        .routes(routes!(instances::instance, instances::change_instance))
        .routes(routes!(context::context, context::change_context))
        .routes(routes!(thumbnail::read, thumbnail::replace))
        .routes(routes!(open_folder::open))
        .routes(routes!(results::states))
        .routes(routes!(results::list))
        .routes(routes!(pairs::process))
        .routes(routes!(pairs::repair))
        .routes(routes!(pairs::act))
        .routes(routes!(pairs::cancel))
        .routes(routes!(select::select))
        .routes(routes!(runs::list, runs::start))
        .routes(routes!(runs::read))
        .routes(routes!(runs::cancel))
        .routes(routes!(runs::report))
        .routes(routes!(jobs::list, jobs::hand_over))
        .routes(routes!(jobs::read))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::retry))
        .routes(routes!(jobs::events))
        .routes(routes!(jobs::report))
        .routes(routes!(events::listen));
    let document = router.get_openapi().clone();
    (router, document)
}

/// The routes, with their full paths.
pub(crate) struct Routes {
    pub(crate) router: axum::Router,
    /// Those that take a body.
    pub(crate) with_body: Vec<(Method, String)>,
    pub(crate) queries: KnownQueries,
}

/// The routes, and what has to be known of them before.
pub(crate) fn routes(served: ServedSessions, access: Access, traffic: TrafficLimits) -> Routes {
    let (router, document) = described();
    let with_body = routes_with_body(&document);
    let state = V2State::new(served, access, traffic);
    let (router, _) = router.with_state(state).split_for_parts();
    let queries = KnownQueries::of(&document);
    let document = Arc::new(document::complete(&document));
    let router = router.route(
        "/pyblish/v2/openapi.json",
        get(move || async move { Json(&*document).into_response() }),
    );
    Routes {
        router,
        with_body,
        queries,
    }
}

/// The routes that take a body, according to the document.
pub fn routes_with_body(document: &utoipa::openapi::OpenApi) -> Vec<(Method, String)> {
    operations(document)
        .filter(|(_, _, operation)| operation.request_body.is_some())
        .map(|(method, path, _)| (method, path.to_owned()))
        .collect()
}
