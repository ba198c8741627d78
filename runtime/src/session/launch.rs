//! What a session needs to start its adapter, the first time and again. Where its host is reached is found out
//! anew each time: the host may be another process by then.

use crate::adapter::{BridgeAccess, Component, Description, Grants, Identity, Limits};
use crate::bridge::{BridgeError, Meeting};
use crate::model::Data;

/// Everything that it takes to start the adapter of a session, once and again.
#[derive(Clone)]
pub struct Launch {
    pub component: Component,
    pub description: Description,
    /// One value for each setting of the description.
    pub settings: Data,
    pub grants: Grants,
    pub limits: Limits,
    pub identity: Identity,
    /// The process of the running host, where several of its kind may run.
    pub pid: Option<u32>,
}

impl Launch {
    /// How the running host is reached now, where the adapter asks for one.
    pub(super) fn bridge(&self) -> Result<Option<BridgeAccess>, BridgeError> {
        let Some(bridge) = self.description.bridge() else {
            return Ok(None);
        };
        let meeting = Meeting::of_user()?;
        let found = meeting.find(&bridge.host, self.pid)?;
        if found.is_none() && !bridge.optional {
            return Err(meeting.not_running(&bridge.host, self.pid));
        }
        Ok(Some(BridgeAccess {
            secret: meeting.secret()?,
            address: found.as_ref().map(|found| found.address),
            pid: found.map(|found| found.pid.get()),
        }))
    }
}
