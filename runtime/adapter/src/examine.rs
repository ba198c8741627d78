//! What can be known of an adapter at once: it is not compiled, not run, and nothing is stored. The
//! whole binary is read, and the names of its imports and exports are compared with the contract. If
//! it was compiled already, its types are compared, too.

use std::path::Path;

use wasmparser::{Validator, WasmFeatures};

use super::compile::cached;
use super::component_file::{check_component, invalid, read};
use super::contract::WORLD_NAME;
use super::interfaces::Interfaces;
use super::link::link;
use super::{AdapterError, Cache, Description, Engine, manifest};

/// The result of [`examine`] for a usable adapter.
#[derive(Debug)]
pub struct Examination {
    /// What its file says of it; none where it was not sealed.
    pub manifest: Option<Description>,
    /// Whether it is compiled already, so that it starts at once.
    pub compiled: bool,
}

/// Checks the component in this file.
///
/// # Errors
/// It cannot be read, is none or a broken one, or was made for another contract.
pub fn examine(
    engine: &Engine,
    cache: Option<&Cache>,
    path: &Path,
) -> Result<Examination, AdapterError> {
    let bytes = read(engine, path)?;
    let mut validator = Validator::new_with_features(WasmFeatures::default());
    let validated = validator.validate_all(&bytes);
    validated.map_err(|error| invalid(path, &error))?;
    check_interfaces(&bytes, path)?;
    let compiled = cache.and_then(|cache| cached(engine, cache, &bytes));
    if let Some(compiled) = &compiled {
        link(engine, compiled, path)?;
    }
    Ok(Examination {
        manifest: manifest::read(&bytes),
        compiled: compiled.is_some(),
    })
}

/// What the component in this file says of itself: none where it was not sealed. For lists: only
/// its manifest and the names of its interfaces are looked at, so it takes as long as reading the
/// file.
///
/// # Errors
/// It cannot be read, is none, or was made for another contract.
pub fn read_manifest(engine: &Engine, path: &Path) -> Result<Option<Description>, AdapterError> {
    let bytes = read(engine, path)?;
    check_interfaces(&bytes, path)?;
    Ok(manifest::read(&bytes))
}

/// What a file that is shipped says of itself.
#[derive(Debug)]
pub struct SealedFile {
    /// Its description.
    pub description: Description,
    /// The version of the contract that it was built for.
    pub contract: String,
}

/// What the component in these bytes says of itself: none where it was not sealed. The path is for
/// messages.
///
/// # Errors
/// It is no component, or was made for another contract.
pub fn read_sealed(path: &Path, bytes: &[u8]) -> Result<Option<SealedFile>, AdapterError> {
    check_component(path, bytes)?;
    check_interfaces(bytes, path)?;
    let interfaces = Interfaces::of(bytes).map_err(|error| invalid(path, &error))?;
    let contract = interfaces.contract().unwrap_or_default().to_owned();
    Ok(manifest::read(bytes).map(|description| SealedFile {
        description,
        contract,
    }))
}

fn check_interfaces(bytes: &[u8], path: &Path) -> Result<(), AdapterError> {
    let interfaces = Interfaces::of(bytes).map_err(|error| invalid(path, &error))?;
    match interfaces.misfit() {
        None => Ok(()),
        Some(reason) => Err(AdapterError::OtherWorld {
            path: path.into(),
            reason,
            world: WORLD_NAME,
        }),
    }
}
