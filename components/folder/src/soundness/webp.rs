//! WebP: its chunks, and that there is a picture.

use super::riff;
use super::source::{Fault, Source};

pub fn check(source: &mut Source) -> Result<(), Fault> {
    let mut has_picture = false;
    riff::chunks(source, |chunk| {
        has_picture |= chunk.length > 0 && [*b"VP8 ", *b"VP8L", *b"ANMF"].contains(&chunk.name);
    })?;
    match has_picture {
        true => Ok(()),
        false => Err(Fault::broken("it contains no picture")),
    }
}
