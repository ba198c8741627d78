//! The REST API of the hub, below `/pyblish/hub/v1`. Each file has one resource.
//!
//! Collections have the form of REST v2: `items`, `total` and `next`. Here `next` is a text, which
//! is the `after` of the next page. Errors are problems with a stable code (`problem`).

mod access;
mod audit;
mod browsers;
mod change;
mod choices;
mod cookie;
mod events;
mod extract;
mod jobs;
mod machines;
mod metrics;
mod months;
mod paging;
mod plugins;
mod problem;
mod report;
mod results;
mod run_item;
mod running;
mod runs;
mod sessions;
mod state;
mod tokens;
mod versions;
mod webhooks;
mod work;
mod workers;

use std::sync::Arc;

use axum::Json;
use axum::http::{Method, StatusCode, Uri};
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::page;
pub(crate) use cookie::Cookie;
pub(crate) use problem::HubProblem;
use pyblish_server::{Proxies, Routes, routes_with_body};
pub(crate) use state::HubState;

#[derive(OpenApi)]
#[openapi(info(
    title = "Pyblish Endpoint hub",
    description = "Every publish of a studio's machines.",
    license(name = "MIT OR Apache-2.0"),
))]
struct Document;

fn described() -> OpenApiRouter<HubState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(events::listen, events::ingest))
        .routes(routes!(runs::list))
        .routes(routes!(runs::read))
        .routes(routes!(results::list))
        .routes(routes!(results::plugins))
        .routes(routes!(report::read))
        .routes(routes!(running::list))
        .routes(routes!(choices::list))
        .routes(routes!(sessions::list))
        .routes(routes!(machines::list))
        .routes(routes!(months::dropped))
        .routes(routes!(versions::list))
        .routes(routes!(plugins::list))
        .routes(routes!(plugins::failures))
        .routes(routes!(browsers::make_code))
        .routes(routes!(browsers::enter))
        .routes(routes!(browsers::me, browsers::leave))
        .routes(routes!(tokens::list))
        .routes(routes!(webhooks::list, webhooks::add))
        .routes(routes!(webhooks::remove))
        .routes(routes!(webhooks::renew_secret))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::failed))
        .routes(routes!(webhooks::resend))
        .routes(routes!(jobs::list, jobs::submit))
        .routes(routes!(jobs::key))
        .routes(routes!(jobs::read))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::retry))
        .routes(routes!(jobs::events))
        .routes(routes!(jobs::report))
        .routes(routes!(work::claim))
        .routes(routes!(work::heartbeat))
        .routes(routes!(work::finish))
        .routes(routes!(workers::list))
        .routes(routes!(workers::order))
        .routes(routes!(audit::list))
        .routes(routes!(metrics::read))
}

/// The OpenAPI document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().get_openapi().clone()
}

/// The routes.
pub(crate) fn routes(state: HubState, proxies: Proxies) -> Routes {
    let (router, document) = described().with_state(state).split_for_parts();
    let with_body = routes_with_body(&document);
    let document = Arc::new(document);
    let router = router
        .route(
            "/pyblish/hub/v1/openapi.json",
            get(move || async move { Json(&*document).into_response() }),
        )
        .merge(page::routes())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed);
    Routes {
        router,
        with_body,
        refused: HubProblem::refused,
        proxies,
    }
}

async fn not_found(uri: Uri) -> HubProblem {
    HubProblem::not_found(
        "not-found",
        format!(
            "there is nothing at {}; /pyblish/hub/v1/openapi.json lists all routes",
            uri.path()
        ),
    )
}

async fn method_not_allowed(method: Method, uri: Uri) -> HubProblem {
    HubProblem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "Not allowed",
        format!(
            "{method} is not allowed at {}; see the Allow header",
            uri.path()
        ),
    )
}
