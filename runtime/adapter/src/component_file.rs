//! Reading the file of an adapter: its size is limited, and it must begin like a component.

use std::path::Path;

use wasmparser::Parser;

use super::limits::Limit;
use super::{AdapterError, Engine};
use pyblish_platform::trusted::{self, FileReason, Trust};

/// The bytes of the component in this file. They are read once, so what is checked is what is
/// compiled.
///
/// # Errors
/// The file cannot be read, is larger than its limit, or does not begin like a component.
pub(super) fn read(engine: &Engine, path: &Path) -> Result<Vec<u8>, AdapterError> {
    let limits = &engine.compiler().limits;
    let limit = limits.get(Limit::AdapterSize);
    let bytes = trusted::read(path, Trust::Any, limit).map_err(|error| match error.reason {
        FileReason::TooLarge { .. } => AdapterError::TooLarge {
            path: path.into(),
            limit: limits.said(Limit::AdapterSize),
        },
        reason => AdapterError::Unreadable {
            path: path.into(),
            reason,
        },
    })?;
    check_component(path, &bytes)?;
    Ok(bytes)
}

/// Checks that these bytes begin like a component.
pub(super) fn check_component(path: &Path, bytes: &[u8]) -> Result<(), AdapterError> {
    if Parser::is_core_wasm(bytes) {
        return Err(AdapterError::CoreModule { path: path.into() });
    }
    match Parser::is_component(bytes) {
        true => Ok(()),
        false => Err(AdapterError::NoComponent {
            path: path.into(),
            reason: "it does not begin like one".into(),
        }),
    }
}

/// The error for a file that begins like a component, and does not go on like one.
pub(super) fn invalid(path: &Path, error: &wasmparser::BinaryReaderError) -> AdapterError {
    AdapterError::NoComponent {
        path: path.into(),
        reason: format!("it is broken: {error}"),
    }
}
