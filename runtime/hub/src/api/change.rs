//! Requests that change something: who sends them, and how one that is sent twice is done once.
//!
//! The answer to a request with an `Idempotency-Key` is kept for a day, in the transaction that does
//! what was asked for. So both are there or neither is, and every hub knows it. Keys of two tokens
//! never mix.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use deadpool_postgres::Transaction;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tokio_postgres::types::ToSql;

use super::access::admin;
use super::problem::HubProblem;
use super::state::HubState;
use crate::error::HubError;
use crate::tokens::Holder;
use pyblish_server::ClientAddress;

/// How many bytes a key may have.
const MAX_KEY: usize = 256;

/// Says that an answer is the one of an earlier request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A request of an admin that changes something.
pub(crate) struct AdminChange {
    /// Who does it, for the record.
    pub(crate) who: String,
    key: Option<Key>,
    body: Bytes,
}

struct Key {
    token: i64,
    key: String,
    /// What makes two requests the same one.
    request: Vec<u8>,
}

impl FromRequest<HubState> for AdminChange {
    type Rejection = HubProblem;

    async fn from_request(request: Request, hub: &HubState) -> Result<Self, HubProblem> {
        let (parts, body) = request.into_parts();
        let holder = admin(&parts, hub).await?;
        let body = Bytes::from_request(Request::new(body), hub).await;
        let body = body.map_err(|error| HubProblem::bad_request(error.body_text()))?;
        let is_json = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| {
            let kind = kind.to_str().unwrap_or_default();
            let kind = kind.split(';').next().unwrap_or_default();
            kind.trim().eq_ignore_ascii_case("application/json")
        });
        if !body.is_empty() && !is_json {
            return Err(HubProblem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-json",
                "Not JSON",
                "send a body as JSON, with `Content-Type: application/json`",
            ));
        }
        let key = key(&parts.headers)?.map(|key| {
            let mut digest = Sha256::new();
            for part in [parts.method.as_str(), &parts.uri.to_string()] {
                digest.update(part);
                digest.update([0]);
            }
            digest.update(&body);
            Key {
                token: holder.token_id,
                key,
                request: digest.finalize().to_vec(),
            }
        });
        Ok(AdminChange {
            who: who(&holder, parts.extensions.get()),
            key,
            body,
        })
    }
}

/// Who does it, for the record.
fn who(holder: &Holder, address: Option<&ClientAddress>) -> String {
    let Holder { name, token_id, .. } = holder;
    match address {
        Some(ClientAddress(Some(address))) => format!("{name} (token {token_id}) at {address}"),
        _ => format!("{name} (token {token_id})"),
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, HubProblem> {
    match headers.get("idempotency-key").map(HeaderValue::to_str) {
        None => Ok(None),
        Some(Ok(key)) if (1..=MAX_KEY).contains(&key.len()) => Ok(Some(key.to_owned())),
        Some(_) => Err(HubProblem::bad_request(format!(
            "the Idempotency-Key must be 1 to {MAX_KEY} visible ASCII characters"
        ))),
    }
}

impl AdminChange {
    /// The body.
    ///
    /// # Errors
    /// It is not as expected.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, HubProblem> {
        serde_json::from_slice(&self.body).map_err(|error| {
            HubProblem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "unprocessable",
                "Not as expected",
                format!("the body is not as expected: {error}; see /pyblish/hub/v1/openapi.json"),
            )
        })
    }

    /// The answer to this very request, if it was done already. It waits for one that is under way.
    ///
    /// # Errors
    /// Another request had the key; or see [`HubError`].
    pub(crate) async fn known(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<Option<Response>, HubProblem> {
        let Some(Key {
            token,
            key,
            request,
        }) = &self.key
        else {
            return Ok(None);
        };
        let values: [&(dyn ToSql + Sync); 3] = [token, key, request];
        let statement = "INSERT INTO idempotent_answers (token_id, key, request)
             VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let made = transaction.execute(statement, &values).await;
        if made.map_err(HubError::from)? == 1 {
            return Ok(None);
        }
        let statement = "SELECT request, status, body FROM idempotent_answers
             WHERE token_id = $1 AND key = $2";
        let row = transaction.query_one(statement, &values[..2]).await;
        let row = row.map_err(HubError::from)?;
        if row.get::<_, Vec<u8>>(0) != *request {
            return Err(HubProblem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "key-reused",
                "The key was used",
                "another request had this Idempotency-Key; give each request its own",
            ));
        }
        let status: Option<i32> = row.get(1);
        let mut answer = respond(status.unwrap_or_default(), row.get(2));
        let replayed = HeaderValue::from_static("true");
        answer.headers_mut().insert(REPLAYED, replayed);
        Ok(Some(answer))
    }

    /// Commits what was done, together with this answer to it.
    ///
    /// # Errors
    /// See [`HubError`].
    pub(crate) async fn done(
        self,
        transaction: Transaction<'_>,
        status: StatusCode,
        answer: &impl Serialize,
    ) -> Result<Response, HubProblem> {
        let body = serde_json::to_string(answer);
        let body = body.map_err(|error| HubError::Other(error.to_string()))?;
        let status = i32::from(status.as_u16());
        if let Some(Key { token, key, .. }) = &self.key {
            let values: [&(dyn ToSql + Sync); 4] = [token, key, &status, &body];
            let statement = "UPDATE idempotent_answers SET status = $3, body = $4
                 WHERE token_id = $1 AND key = $2";
            let kept = transaction.execute(statement, &values).await;
            kept.map_err(HubError::from)?;
        }
        transaction.commit().await.map_err(HubError::from)?;
        Ok(respond(status, Some(body)))
    }
}

fn respond(status: i32, body: Option<String>) -> Response {
    let status = u16::try_from(status).unwrap_or_default();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [(header::CONTENT_TYPE, "application/json")];
    match body {
        Some(body) if status != StatusCode::NO_CONTENT => (status, headers, body).into_response(),
        _ => status.into_response(),
    }
}
