//! PDF: the mark of its end.

use super::source::{Fault, Source};

/// How far before the end of the file the mark may be.
const TAIL: u64 = 2048;

pub fn check(source: &mut Source) -> Result<(), Fault> {
    let from = source.size().saturating_sub(TAIL);
    source.seek(from, "its content")?;
    let tail = source.bytes(source.left(), TAIL as usize, "its content")?;
    match memchr::memmem::find(&tail, b"%%EOF") {
        Some(_) => Ok(()),
        None => Err(Fault::broken("the mark of its end is missing")),
    }
}
