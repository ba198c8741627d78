//! What the hub no longer has.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::Viewer;
use super::paging::Page;
use super::problem::HubProblem;
use super::state::HubState;
use crate::months::{self, DroppedMonth};

/// A month whose events, results and timeline were dropped. Its runs and versions stay.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DroppedMonthItem {
    /// The month in which they arrived, in UTC, such as `2026-11`.
    month: String,
    /// When it was dropped: seconds since 1970.
    at: f64,
    /// How many events.
    events: i64,
}

/// The months that were dropped, the latest first.
#[utoipa::path(get, path = "/pyblish/hub/v1/dropped-months", tag = "events", operation_id = "listDroppedMonths",
    responses((status = 200, description = "All months that were dropped.", body = Page<DroppedMonthItem>),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn dropped(
    State(hub): State<HubState>,
    _: Viewer,
) -> Result<Json<Page<DroppedMonthItem>>, HubProblem> {
    let all = months::dropped(&hub.database).await?.into_iter();
    let items = all.map(|DroppedMonth { month, at, events }| DroppedMonthItem {
        month: format!("{}-{:02}", month / 100, month % 100),
        at,
        events,
    });
    Ok(Json(Page::whole(items.collect())))
}
