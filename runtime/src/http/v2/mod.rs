//! REST v2: sessions, runs and live events, for frontends of today.
//!
//! Reads are answered from the session's snapshot, with an `ETag`, however busy the host is. Errors are RFC 9457
//! problems. The OpenAPI document is made from the handlers.

mod adapters;
mod callbacks;
mod codes;
pub(super) mod events;
mod input;
mod messages;
mod problem;
mod results;
mod runs;
mod sessions;
mod shapes;
mod tagged;
mod things;
mod thumbnail;
mod work;

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Access;
use super::traffic::Traffic;
use crate::session::{House, Session};
use tagged::Bodies;

pub use problem::Problem;

/// What every handler has.
#[derive(Clone)]
pub(super) struct Endpoint {
    house: Arc<House>,
    bodies: Bodies,
    access: Access,
    traffic: Traffic,
}

impl Endpoint {
    /// The session of this id.
    fn session(&self, id: &str) -> Result<Session, Problem> {
        self.house.session(id).ok_or_else(|| {
            Problem::not_found(format!(
                "there is no session {id:?}; GET /pyblish/v2/sessions lists them"
            ))
        })
    }
}

#[derive(OpenApi)]
#[openapi(info(
    title = "Pyblish Endpoint",
    description = "Publish from any host through sandboxed adapters.",
    license(name = "MIT OR Apache-2.0"),
))]
struct Document;

/// The routes, and the document that describes them.
fn described() -> (OpenApiRouter<Endpoint>, utoipa::openapi::OpenApi) {
    let router = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(codes::create))
        .routes(routes!(adapters::list))
        .routes(routes!(sessions::list, sessions::create))
        .routes(routes!(sessions::read, sessions::close))
        .routes(routes!(sessions::reset))
        .routes(routes!(sessions::restart))
        .routes(routes!(messages::put))
        .routes(routes!(callbacks::call))
        .routes(routes!(things::plugins))
        .routes(routes!(things::change_plugin))
        .routes(routes!(things::instances, things::change_instances))
        .routes(routes!(things::instance, things::change_instance))
        .routes(routes!(things::context, things::change_context))
        .routes(routes!(thumbnail::read))
        .routes(routes!(results::states))
        .routes(routes!(results::list))
        .routes(routes!(work::process))
        .routes(routes!(work::repair))
        .routes(routes!(work::act))
        .routes(routes!(runs::list, runs::start))
        .routes(routes!(runs::read))
        .routes(routes!(runs::cancel))
        .routes(routes!(runs::report))
        .routes(routes!(events::listen));
    let document = router.get_openapi().clone();
    (router, document)
}

pub fn routes(house: Arc<House>, access: Access, traffic: Traffic) -> axum::Router {
    let (router, document) = described();
    let endpoint = Endpoint {
        house,
        bodies: Bodies::default(),
        access,
        traffic,
    };
    let (router, _) = router.with_state(endpoint).split_for_parts();
    let document = Arc::new(document);
    router.route(
        "/pyblish/v2/openapi.json",
        get(move || async move { open_api(&document) }),
    )
}

fn open_api(document: &utoipa::openapi::OpenApi) -> Response {
    Json(document).into_response()
}
