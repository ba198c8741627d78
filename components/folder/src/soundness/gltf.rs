//! glTF as text: JSON to its last brace.

use std::io::Read;

use serde::de::IgnoredAny;

use super::source::{Fault, Source};

pub fn check(source: &mut Source) -> Result<(), Fault> {
    parse(source.stream())
}

/// Reads JSON to its end, and keeps nothing.
pub fn parse(json: impl Read) -> Result<(), Fault> {
    match serde_json::from_reader::<_, IgnoredAny>(json) {
        Ok(_) => Ok(()),
        Err(error) if error.is_io() => Err(Fault::Io(error.into())),
        Err(error) if error.is_eof() => Err(Fault::broken("it ends in the middle of its text")),
        Err(error) => Err(Fault::broken(format!(
            "its text is not valid JSON ({error})"
        ))),
    }
}
