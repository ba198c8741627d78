//! Webhooks, for admins.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::access::Admin;
use super::change::AdminChange;
use super::extract::{Path, Query};
use super::paging::{Asked, Cursor, Page, asked};
use super::problem::HubProblem;
use super::state::HubState;
use crate::error::HubError;
use crate::query::Total;
use crate::webhooks::failed::{self, FailedMessage};
use crate::webhooks::store::{self, WebhookInfo};
use crate::webhooks::{NewWebhook, RunFilter, WebhookError};

impl From<WebhookError> for HubProblem {
    fn from(error: WebhookError) -> Self {
        let detail = error.to_string();
        match error {
            WebhookError::Hub(error) => error.into(),
            WebhookError::Unknown(_) => HubProblem::not_found("unknown-webhook", detail),
            WebhookError::UnknownMessage(_) => HubProblem::not_found("unknown-message", detail),
            WebhookError::Wrong(_) | WebhookError::Template(_) => HubProblem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "unprocessable",
                "Not as expected",
                detail,
            ),
        }
    }
}

/// Of which runs a webhook tells. An empty list allows all.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FilterShape {
    /// States in which runs end.
    states: Vec<String>,
    /// Projects of the context, where machines send `data:project`.
    projects: Vec<String>,
    /// Names of adapters.
    adapters: Vec<String>,
    /// Users that runtimes run as.
    users: Vec<String>,
    /// Plug-ins, one of which failed in the run.
    plugins: Vec<String>,
    /// Only runs that published something new.
    published: bool,
}

/// A webhook that is to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhookShape {
    /// For people.
    name: String,
    /// Where messages are posted.
    url: String,
    /// The text for a chat, with fields such as `{published}`. None: CloudEvents.
    text: Option<String>,
    /// Of which runs.
    #[serde(default)]
    filter: FilterShape,
}

/// What was added. The secret is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AddedWebhook {
    id: i64,
    /// What messages are signed with (Standard Webhooks).
    secret: String,
}

/// A new secret. It is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewSecretShape {
    secret: String,
}

/// A webhook, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookItem {
    id: i64,
    name: String,
    /// Where it leads: scheme, host and port. The rest is often a password.
    address: String,
    text: Option<String>,
    filter: FilterShape,
    /// When it was added: seconds since 1970.
    added: f64,
    /// How many messages wait to be sent.
    waiting: i64,
    /// How many messages nobody took.
    failed: i64,
}

/// A message that nobody took.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FailedItem {
    /// In the hub.
    id: i64,
    webhook: i64,
    /// Its header `webhook-id`.
    message: String,
    /// When it was written: seconds since 1970.
    made: f64,
    /// Why the last try failed.
    failure: String,
}

/// How many messages are sent again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResentShape {
    count: u64,
}

/// The message that is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TestShape {
    /// In the hub.
    id: i64,
}

/// Which page of messages to return.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailedQuery {
    /// The `next` of the page before.
    after: Option<String>,
    /// How many to return: 100 by default, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<i64>,
}

/// Which messages to send again.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResendQuery {
    /// The id of one message. Without it, all of the webhook that nobody took.
    message: Option<i64>,
}

/// The webhooks, without their secrets. Only for admins.
#[utoipa::path(get, path = "/pyblish/hub/v1/webhooks", tag = "webhooks", operation_id = "listWebhooks",
    responses((status = 200, description = "All webhooks, the oldest first.", body = Page<WebhookItem>),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<HubState>,
    _: Admin,
) -> Result<Json<Page<WebhookItem>>, HubProblem> {
    let all = store::list(&hub.database).await?.into_iter();
    let items = all.map(|info| {
        let WebhookInfo {
            id,
            name,
            address,
            text,
            filter,
            added,
            waiting,
            failed,
        } = info;
        let RunFilter {
            states,
            projects,
            adapters,
            users,
            plugins,
            published,
        } = filter;
        WebhookItem {
            id,
            name,
            address,
            text,
            filter: FilterShape {
                states,
                projects,
                adapters,
                users,
                plugins,
                published,
            },
            added,
            waiting,
            failed,
        }
    });
    Ok(Json(Page::whole(items.collect())))
}

/// Adds a webhook. Only for admins. With an `Idempotency-Key` it is done once.
#[utoipa::path(post, path = "/pyblish/hub/v1/webhooks", tag = "webhooks", operation_id = "addWebhook",
    request_body = NewWebhookShape,
    responses((status = 201, description = "It was added.", body = AddedWebhook),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn add(
    State(hub): State<HubState>,
    change: AdminChange,
) -> Result<Response, HubProblem> {
    let NewWebhookShape {
        name,
        url,
        text,
        filter,
    } = change.json()?;
    let text = text.as_deref().map(str::parse).transpose();
    let new = NewWebhook {
        name,
        url: url.parse()?,
        template: text.map_err(WebhookError::Template)?,
        filter: RunFilter {
            states: filter.states,
            projects: filter.projects,
            adapters: filter.adapters,
            users: filter.users,
            plugins: filter.plugins,
            published: filter.published,
        },
    };
    let mut client = hub.database.get().await?;
    let transaction = client.transaction().await.map_err(HubError::from)?;
    if let Some(answer) = change.known(&transaction).await? {
        return Ok(answer);
    }
    let (id, secret) = store::add(&transaction, &new, &change.who).await?;
    let secret = secret.reveal();
    let added = AddedWebhook { id, secret };
    change.done(transaction, StatusCode::CREATED, &added).await
}

/// Removes a webhook, with the messages that wait for it. Only for admins.
#[utoipa::path(delete, path = "/pyblish/hub/v1/webhooks/{id}", tag = "webhooks", operation_id = "removeWebhook",
    params(("id" = i64, Path, description = "The webhook.")),
    responses((status = 204, description = "It is gone."),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn remove(
    State(hub): State<HubState>,
    Path(id): Path<i64>,
    change: AdminChange,
) -> Result<Response, HubProblem> {
    let mut client = hub.database.get().await?;
    let transaction = client.transaction().await.map_err(HubError::from)?;
    if let Some(answer) = change.known(&transaction).await? {
        return Ok(answer);
    }
    store::remove(&transaction, id, &change.who).await?;
    change.done(transaction, StatusCode::NO_CONTENT, &()).await
}

/// Gives a webhook another secret. For a day messages are signed with both. Only for admins.
#[utoipa::path(post, path = "/pyblish/hub/v1/webhooks/{id}/secret", tag = "webhooks", operation_id = "renewWebhookSecret",
    params(("id" = i64, Path, description = "The webhook.")),
    responses((status = 200, description = "The new secret.", body = NewSecretShape),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn renew_secret(
    State(hub): State<HubState>,
    Path(id): Path<i64>,
    change: AdminChange,
) -> Result<Response, HubProblem> {
    let mut client = hub.database.get().await?;
    let transaction = client.transaction().await.map_err(HubError::from)?;
    if let Some(answer) = change.known(&transaction).await? {
        return Ok(answer);
    }
    let secret = store::renew_secret(&transaction, id, &change.who).await?;
    let secret = secret.reveal();
    let renewed = NewSecretShape { secret };
    change.done(transaction, StatusCode::OK, &renewed).await
}

/// Sends a message that says that it is a test. It is tried once. Only for admins.
#[utoipa::path(post, path = "/pyblish/hub/v1/webhooks/{id}/test", tag = "webhooks", operation_id = "testWebhook",
    params(("id" = i64, Path, description = "The webhook.")),
    responses((status = 202, description = "It is sent; if nobody takes it, it is among the failed.", body = TestShape),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn test(
    State(hub): State<HubState>,
    Path(id): Path<i64>,
    change: AdminChange,
) -> Result<Response, HubProblem> {
    let mut client = hub.database.get().await?;
    let transaction = client.transaction().await.map_err(HubError::from)?;
    if let Some(answer) = change.known(&transaction).await? {
        return Ok(answer);
    }
    let id = store::test(&transaction, id).await?;
    let sent = TestShape { id };
    change.done(transaction, StatusCode::ACCEPTED, &sent).await
}

/// The messages of a webhook that nobody took after all tries, the latest first. Only for admins.
#[utoipa::path(get, path = "/pyblish/hub/v1/webhooks/{id}/failed", tag = "webhooks", operation_id = "listFailedMessages",
    params(("id" = i64, Path, description = "The webhook."), FailedQuery),
    responses((status = 200, description = "A page of messages.", body = Page<FailedItem>),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn failed(
    State(hub): State<HubState>,
    _: Admin,
    Path(id): Path<i64>,
    Query(query): Query<FailedQuery>,
) -> Result<Json<Page<FailedItem>>, HubProblem> {
    let asked = asked(query.limit, query.after.as_deref())?;
    let Asked { limit, after } = asked;
    let infos = store::list(&hub.database).await?;
    let info = infos.into_iter().find(|info| info.id == id);
    let info = info.ok_or(WebhookError::Unknown(id))?;
    let before = after.map(|after| after.id);
    let found = failed::list(&hub.database, Some(id), before, limit + 1).await?;
    let items = found.into_iter().map(|message| {
        let FailedMessage {
            id,
            webhook,
            message,
            made,
            failure,
        } = message;
        FailedItem {
            id,
            webhook,
            message,
            made,
            failure,
        }
    });
    let cursor = |item: &FailedItem| Cursor { at: 0, id: item.id };
    let total = Total::exact(info.failed);
    Ok(Json(Page::of(total, items.collect(), asked, cursor)))
}

/// Sends messages again that nobody took, as if they were new. Only for admins.
#[utoipa::path(post, path = "/pyblish/hub/v1/webhooks/{id}/resend", tag = "webhooks", operation_id = "resendFailedMessages",
    params(("id" = i64, Path, description = "The webhook."), ResendQuery),
    responses((status = 202, description = "They wait to be sent.", body = ResentShape),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn resend(
    State(hub): State<HubState>,
    Path(id): Path<i64>,
    Query(query): Query<ResendQuery>,
    change: AdminChange,
) -> Result<Response, HubProblem> {
    let mut client = hub.database.get().await?;
    let transaction = client.transaction().await.map_err(HubError::from)?;
    if let Some(answer) = change.known(&transaction).await? {
        return Ok(answer);
    }
    let count = failed::resend(&transaction, id, query.message, &change.who).await?;
    let resent = ResentShape { count };
    change
        .done(transaction, StatusCode::ACCEPTED, &resent)
        .await
}
