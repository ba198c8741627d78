//! Files that name other files.

use pyblish_sdk::{Instance, Result, fail};

/// The key with the paths of an instance's other files, relative to the inbox.
pub const PARTS: &str = "parts";

/// The paths of the files that an instance's files name, and that belong to it.
pub fn parts(instance: &Instance) -> Result<Vec<String>> {
    let parts: Vec<String> = instance.get(PARTS).unwrap_or_default();
    // Frontends can change the data, which must not lead out of the inbox.
    let is_bad = |part: &&String| {
        part.split('/').any(|word| ["", ".", ".."].contains(&word)) || part.contains('\\')
    };
    if let Some(part) = parts.iter().find(is_bad) {
        fail!("{part:?} is not the path of a file in the inbox: collect again");
    }
    Ok(parts)
}
