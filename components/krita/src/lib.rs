//! The adapter `krita`: Krita, where the bridge is one of its Python plug-ins.
//!
//! docs/src/guides/set-up-a-host.md says how to install it.

use pyblish_host::Host;

/// Krita.
pub struct Krita;

impl Host for Krita {
    const NAME: &str = "krita";
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    const DOC: &str = "Publishes from Krita.";
}

pyblish_host::export!(Krita);
