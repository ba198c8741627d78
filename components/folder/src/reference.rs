//! Files that name other files: models with textures, layers of USD, scenes with plates.
//!
//! What belongs together is published together. A file of the inbox that another one names is a
//! *part* of it: it is copied into the same version, at the same relative path, so that the name
//! still leads to it. The policy:
//!
//! - A name that leads out of the inbox, is absolute or leads nowhere is told as a warning. The file
//!   is published nevertheless, because whoever receives it may have what it names.
//! - Frames that a scene names by a pattern (`%04d`) are copied with it, and also stay an item of
//!   their own, because they are a product of their own.
//! - Foreign files can name each other in circles, and anything at all. Each file is read once, no
//!   deeper than it names others, and only up to a bound.
//!
//! `reader.rs` reads the names that are in a file, `path.rs` says where they lead to, `pattern.rs`
//! which files a pattern stands for, `closure.rs` follows them, and `bundle.rs` decides which items
//! of the inbox are parts of others.

mod aftereffects;
mod blend;
mod bundle;
mod closure;
mod fbx;
mod gltf;
mod maya;
mod mtl;
mod nuke;
mod obj;
mod path;
mod pattern;
mod reader;
mod scan;
#[cfg(test)]
mod tests;
mod usda;
mod usdc;

pub use bundle::Bundles;
pub use closure::Follower;
pub use reader::read;

use pyblish_sdk::{Instance, Result, fail};

use crate::name::{show, some_of};

/// The key with the paths of an instance's parts, relative to the inbox.
pub const PARTS: &str = "parts";

/// The key with the files that name an instance's files.
pub const NAMED_BY: &str = "namedBy";

/// The paths of an instance's parts.
pub fn parts(instance: &Instance) -> Result<Vec<String>> {
    let parts: Vec<String> = instance.get(PARTS).unwrap_or_default();
    // Frontends can change the data, which must not lead out of the inbox.
    let is_bad = |part: &&String| {
        part.split('/').any(|word| ["", ".", ".."].contains(&word)) || part.contains('\\')
    };
    if let Some(part) = parts.iter().find(is_bad) {
        fail!(
            "{:?} is not the path of a file in the inbox: collect again",
            show(part)
        );
    }
    Ok(parts)
}

/// The files that name this instance's files, for a message; none if there are no such files.
pub fn named_by(instance: &Instance) -> Option<String> {
    let files: Vec<String> = instance.get(NAMED_BY).unwrap_or_default();
    (!files.is_empty()).then(|| some_of(files.iter().map(String::as_str)))
}

/// Where a name leads to that is in a file of this folder; none if it leads out of the inbox.
pub fn inside(folder: &str, name: &str) -> Option<String> {
    match path::target(folder, name) {
        path::Target::Inside(path) => Some(path),
        _ => None,
    }
}
