//! The parsers for the content of an inbox, as functions of names and bytes, for fuzz tests.

use std::cmp::Ordering;
use std::io::Cursor;

use crate::soundness::{self, Verdict};
use crate::{header, name, number, reference};

/// Width and height of an image; none if its header does not contain them.
pub fn image_size(bytes: &[u8]) -> Option<(u64, u64)> {
    let size = header::read(Cursor::new(bytes)).ok()?;
    Some((size.width, size.height))
}

/// The part before a frame number, the separator, the digits, the extension, and the number. None
/// if the name has no number.
pub fn frame(file: &str) -> Option<(&str, &str, &str, &str, i64)> {
    let parts = number::Numbered::parse(file)?;
    let value = number::value(parts.digits);
    Some((
        parts.prefix,
        parts.separator,
        parts.digits,
        parts.extension,
        value,
    ))
}

/// The order of two names.
pub fn order(a: &str, b: &str) -> Ordering {
    name::natural(a, b)
}

/// Suggestions for a better name.
pub fn cleaned(file: &str) -> Vec<String> {
    name::cleaned(file)
}

/// A name as it is displayed.
pub fn shown(file: &str) -> String {
    name::show(file)
}

/// Whether it is exactly one part of a path.
pub fn is_plain(file: &str) -> bool {
    name::is_plain(file)
}

/// Whether a file with this extension is known to be broken or damaged.
pub fn is_broken(extension: &str, bytes: &[u8]) -> bool {
    let found = soundness::read(extension, bytes.len() as u64, &mut Cursor::new(bytes));
    matches!(found, Ok(Verdict::Broken(_) | Verdict::Damaged(_)))
}

/// The names that are in a file with this extension.
pub fn names_in(extension: &str, bytes: &[u8]) -> Vec<String> {
    let found = reference::read(extension, bytes.len() as u64, &mut Cursor::new(bytes));
    found.unwrap_or_default().names
}

/// Where a name leads to that is in a file of this folder; none if it leads out of the inbox.
pub fn inside(folder: &str, name: &str) -> Option<String> {
    reference::inside(folder, name)
}
