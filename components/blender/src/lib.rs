//! The adapter `blender`: Blender, with a window or in the background, and `bpy` in any Python.
//!
//! Blender itself starts the bridge; docs/src/guides/set-up-a-host.md says how.

use pyblish_host::Host;

/// Blender.
pub struct Blender;

impl Host for Blender {
    const NAME: &str = "blender";
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    const DOC: &str = "Publishes from Blender, with a window or in the background.";
}

pyblish_host::export!(Blender);
