//! The adapter `freecad`: FreeCAD, with a window or as `freecadcmd`.
//!
//! FreeCAD itself starts the bridge; docs/src/guides/set-up-a-host.md says how.

use pyblish_host::Host;

/// FreeCAD.
pub struct Freecad;

impl Host for Freecad {
    const NAME: &str = "freecad";
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    const DOC: &str = "Publishes from FreeCAD, with a window or without.";
}

pyblish_host::export!(Freecad);
