//! Who sends a request. A handler takes the role that it needs as an argument, so no route is open
//! by accident.
//!
//! Somebody is known by a token in `Authorization`, or by the cookie of a browser. Both give a
//! [`Holder`], and the rest of the hub does not ask which it was. A request with a cookie that
//! changes something must have the content type of JSON: a form of another site cannot send that.
//! (`Origin` and `Sec-Fetch-Site` were checked before.)

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};

use super::problem::HubProblem;
use super::state::HubState;
use crate::browsers;
use crate::database::Database;
use crate::error::HubError;
use crate::tokens::{self, Holder, Role, Way};

/// A machine, by its id.
pub(crate) struct Machine(pub(crate) i64);

/// Somebody who may read.
pub(crate) struct Viewer(pub(crate) Holder);

/// Somebody who may read who has access.
pub(crate) struct Admin;

impl FromRequestParts<HubState> for Machine {
    type Rejection = HubProblem;

    async fn from_request_parts(parts: &mut Parts, hub: &HubState) -> Result<Self, HubProblem> {
        let holder = known(parts, hub).await?;
        holder.machine.map(Machine).ok_or_else(|| {
            HubProblem::forbidden(format!(
                "a {} sends no events; a machine does, with a token of `hub tokens add --machine NAME`",
                holder.role
            ))
        })
    }
}

impl FromRequestParts<HubState> for Viewer {
    type Rejection = HubProblem;

    async fn from_request_parts(parts: &mut Parts, hub: &HubState) -> Result<Self, HubProblem> {
        Ok(Viewer(person(parts, hub).await?))
    }
}

impl FromRequestParts<HubState> for Admin {
    type Rejection = HubProblem;

    async fn from_request_parts(parts: &mut Parts, hub: &HubState) -> Result<Self, HubProblem> {
        admin(parts, hub).await.map(|_| Admin)
    }
}

/// The admin that sends a request.
///
/// # Errors
/// It is somebody else.
pub(super) async fn admin(parts: &Parts, hub: &HubState) -> Result<Holder, HubProblem> {
    let holder = person(parts, hub).await?;
    match holder.role {
        Role::Admin => Ok(holder),
        role => Err(HubProblem::forbidden(format!(
            "a {role} may not do this; it needs the token of an admin"
        ))),
    }
}

/// Whether somebody is still let in who was.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn is_still_in(database: &Database, holder: &Holder) -> Result<bool, HubError> {
    let has_way = match holder.way {
        Way::Token => true,
        Way::Browser(browser) => browsers::is_known(database, browser).await?,
    };
    Ok(has_way && tokens::is_in_force(database, holder.token_id).await?)
}

async fn person(parts: &Parts, hub: &HubState) -> Result<Holder, HubProblem> {
    let holder = known(parts, hub).await?;
    if holder.role == Role::Machine {
        return Err(HubProblem::forbidden(
            "a machine's token reads nothing; it only sends the machine's own events",
        ));
    }
    Ok(holder)
}

async fn known(parts: &Parts, hub: &HubState) -> Result<Holder, HubProblem> {
    if parts.headers.contains_key(header::AUTHORIZATION) {
        return by_token(&parts.headers, hub).await;
    }
    for cookie in hub.cookie.of(&parts.headers) {
        if let Some(holder) = browsers::holder(&hub.database, cookie).await? {
            let reads = matches!(parts.method, Method::GET | Method::HEAD);
            return match reads || is_json(&parts.headers) {
                true => Ok(holder),
                false => Err(HubProblem::new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "not-json",
                    "Not JSON",
                    "a browser that changes something sends the header `Content-Type: \
                     application/json`, also without a body: a form of another site cannot",
                )),
            };
        }
    }
    Err(HubProblem::unauthorized(
        "the hub needs a token: send `Authorization: Bearer TOKEN`; `pyblish-endpoint hub tokens \
         add` makes one. For a browser, `pyblish-endpoint hub tokens code` makes an address",
    ))
}

async fn by_token(headers: &HeaderMap, hub: &HubState) -> Result<Holder, HubProblem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none());
    let text = value.and_then(|value| value.to_str().ok());
    let token = text.and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let Some(token) = token else {
        return Err(HubProblem::unauthorized(
            "the header `Authorization` is not a single token",
        ));
    };
    let found = tokens::holder(&hub.database, token).await?;
    found.ok_or_else(|| {
        HubProblem::unauthorized(
            "this token is not in force here: it is of another hub, or was removed; `pyblish-endpoint \
             hub tokens add` makes another",
        )
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next());
    media_type.is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"))
}
