//! How hubs tell each other that something is new.

/// The channel of `NOTIFY`.
pub(crate) const CHANNEL: &str = "pyblish_hub";
