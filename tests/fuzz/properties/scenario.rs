//! Scenario files.

/// A scenario is accepted, or refused with a message.
pub fn scenario(bytes: &[u8]) {
    if let Err(said) = pyblish_scenario::check(&String::from_utf8_lossy(bytes)) {
        assert!(!said.is_empty());
    }
}
