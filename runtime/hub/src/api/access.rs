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

/// Somebody who may hand jobs over or read them: a machine its own, a person all.
pub(crate) struct JobReader {
    /// The machine whose own jobs are meant; none for a person.
    pub(crate) machine: Option<i64>,
}

/// Somebody who may hand jobs over, cancel and retry them: a machine its own, a supervisor all.
pub(crate) struct JobOwner {
    /// The machine whose own jobs are meant; none for a person.
    pub(crate) machine: Option<i64>,
    pub(crate) token_id: i64,
    /// The machine, or the person.
    pub(crate) name: String,
}

/// A worker, or a machine that does its own background publishes.
pub(crate) struct Worker {
    /// The machine.
    pub(crate) machine: i64,
    /// Whether it only does jobs that it has handed over for itself.
    pub(crate) here: bool,
}

/// Somebody who may pause workers.
pub(crate) struct Supervisor {
    pub(crate) name: String,
}

impl FromRequestParts<HubState> for JobReader {
    type Rejection = HubProblem;

    async fn from_request_parts(parts: &mut Parts, hub: &HubState) -> Result<Self, HubProblem> {
        let holder = known(parts, hub).await?;
        Ok(JobReader {
            machine: holder.machine,
        })
    }
}

impl FromRequestParts<HubState> for JobOwner {
    type Rejection = HubProblem;

    async fn from_request_parts(parts: &mut Parts, hub: &HubState) -> Result<Self, HubProblem> {
        let holder = known(parts, hub).await?;
        if matches!(holder.role, Role::Worker | Role::Viewer) {
            return Err(HubProblem::forbidden(format!(
                "a {} may not hand jobs over or change them; a machine may with its own, and a supervisor with all",
                holder.role
            )));
        }
        Ok(JobOwner {
            machine: holder.machine,
            token_id: holder.token_id,
            name: holder.name,
        })
    }
}

impl FromRequestParts<HubState> for Worker {
    type Rejection = HubProblem;

    async fn from_request_parts(parts: &mut Parts, hub: &HubState) -> Result<Self, HubProblem> {
        let holder = known(parts, hub).await?;
        match (holder.role, holder.machine) {
            (role @ (Role::Worker | Role::Machine), Some(machine)) => Ok(Worker {
                machine,
                here: role == Role::Machine,
            }),
            (role, _) => Err(HubProblem::forbidden(format!(
                "a {role} does no jobs; a worker does, with a token of `hub tokens add --worker NAME`"
            ))),
        }
    }
}

impl FromRequestParts<HubState> for Supervisor {
    type Rejection = HubProblem;

    async fn from_request_parts(parts: &mut Parts, hub: &HubState) -> Result<Self, HubProblem> {
        let holder = person(parts, hub).await?;
        match holder.role < Role::Supervisor {
            true => Err(HubProblem::forbidden(format!(
                "a {} may not do this; it needs the token of a supervisor",
                holder.role
            ))),
            false => Ok(Supervisor { name: holder.name }),
        }
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
    if holder.role.is_of_machine() {
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
    let found = hub.holders.ask(token.to_owned()).await;
    let found = found.map_err(|error| HubProblem::from(&*error))?;
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
