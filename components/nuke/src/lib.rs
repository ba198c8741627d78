//! The adapter `nuke`: Nuke, with a window or as `nuke -t`.
//!
//! Nuke itself starts the bridge; docs/src/guides/set-up-a-host.md says how.

use pyblish_host::Host;

/// Nuke.
pub struct Nuke;

impl Host for Nuke {
    const NAME: &str = "nuke";
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    const DOC: &str = "Publishes from Nuke, with a window or in its terminal.";
}

pyblish_host::export!(Nuke);
