//! Of what cannot be shown in its place: a reset that was not done has no plug-in that could have failed. So QML is
//! given one plug-in, which says it, and fails with it.

use super::shape;

const ID: &str = "PyblishEndpoint";

/// Why there is nothing to show.
pub struct Notice {
    reason: String,
    pub plugin: String,
}

impl Notice {
    pub fn of(reason: &str) -> Self {
        Notice {
            reason: reason.into(),
            plugin: shape::notice(ID, "The endpoint did not reset", reason),
        }
    }

    /// Whether this is the plug-in that QML means.
    pub fn is(&self, id: &str) -> bool {
        id == ID
    }

    pub fn reason(&self) -> &str {
        &self.reason
    }
}
