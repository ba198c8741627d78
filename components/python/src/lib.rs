//! The adapter `python`: any Python interpreter with pyblish-base in which the bridge runs, such as
//! mayapy, hython, or one on a farm node.

use pyblish_host::Host;

/// A plain Python.
pub struct Python;

impl Host for Python {
    const NAME: &str = "python";
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    const DOC: &str = "Publishes from any Python with pyblish-base in which the bridge runs.";
}

pyblish_host::export!(Python);
