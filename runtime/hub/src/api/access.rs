//! Who sends a request. A handler takes the role that it needs as an argument, so no route is open
//! by accident.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use super::problem::HubProblem;
use super::state::HubState;
use crate::tokens::{Holder, Role, holder};

/// A machine, by its id.
pub(crate) struct Machine(pub(crate) i64);

/// Somebody who may read. The token's id tells whether it is still in force later.
pub(crate) struct Viewer {
    pub(crate) token_id: i64,
}

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
        let holder = person(parts, hub).await?;
        Ok(Viewer {
            token_id: holder.token_id,
        })
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
    let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none());
    let text = value.and_then(|value| value.to_str().ok());
    let token = text.and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let Some(token) = token else {
        return Err(HubProblem::unauthorized(
            "the hub needs a token: send `Authorization: Bearer TOKEN`; `pyblish-endpoint hub tokens \
             add` makes one",
        ));
    };
    let found = holder(&hub.database, token).await?;
    found.ok_or_else(|| {
        HubProblem::unauthorized(
            "this token is not in force here: it is of another hub, or was removed; `pyblish-endpoint \
             hub tokens add` makes another",
        )
    })
}
