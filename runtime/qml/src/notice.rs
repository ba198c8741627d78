//! Shows a failed reset: then no plug-in exists that could show the error. So QML gets a single
//! plug-in, which describes the error and fails with it.

use super::shape;

const ID: &str = "PyblishEndpoint";

/// Why there is nothing to show.
pub(crate) struct Notice {
    reason: String,
    pub plugin: String,
}

impl Notice {
    pub(crate) fn of(reason: &str) -> Self {
        Notice {
            reason: reason.into(),
            plugin: shape::notice(ID, "The endpoint did not reset", reason),
        }
    }

    /// Whether this id is the notice.
    pub(crate) fn is(&self, id: &str) -> bool {
        id == ID
    }

    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }
}
