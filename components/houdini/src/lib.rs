//! The adapter `houdini`: Houdini, with a window or as `hython`.
//!
//! Houdini itself starts the bridge; docs/src/guides/set-up-a-host.md says how.

use pyblish_host::Host;

/// Houdini.
pub struct Houdini;

impl Host for Houdini {
    const NAME: &str = "houdini";
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    const DOC: &str = "Publishes from Houdini and hython.";
}

pyblish_host::export!(Houdini);
