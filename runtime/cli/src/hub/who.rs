//! Who uses the command line, for the hub's record.

use pyblish_platform::identity;

/// The user and the machine.
pub fn who() -> String {
    let user = identity::user().unwrap_or_else(|| "unknown".into());
    let machine = identity::machine().unwrap_or_else(|| "unknown".into());
    format!("{user} on {machine}")
}
