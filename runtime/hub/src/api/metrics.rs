//! Metrics for scrapers.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::access::Viewer;
use super::problem::HubProblem;
use super::state::HubState;
use crate::metrics::{Load, MEDIA_TYPE};

/// The metrics of this hub and of its studio, in the text format of OpenMetrics. Scrapers send the
/// token of a viewer.
#[utoipa::path(get, path = "/metrics", tag = "metrics", operation_id = "readMetrics",
    responses((status = 200, description = "The metrics.", body = String, content_type = "application/openmetrics-text"),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn read(State(hub): State<HubState>, _: Viewer) -> Result<Response, HubProblem> {
    let load = Load {
        listeners: hub.most_listeners - hub.listeners.available_permits(),
        most_listeners: hub.most_listeners,
    };
    let text = hub.metrics.text(&hub.database, load).await?;
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE)], text).into_response())
}
