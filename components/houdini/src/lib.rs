//! The adapter `houdini`: Houdini; for `hython` without a window too.
//!
//! The bridge is started by Houdini itself; docs/hosts.md says how.

use pyblish_host::Host;

/// Houdini.
pub struct Houdini;

impl Host for Houdini {
    const NAME: &str = "houdini";
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    const DOC: &str = "Publishes from Houdini and hython.";
}

pyblish_host::export!(Houdini);
