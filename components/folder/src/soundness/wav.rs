//! WAV: its chunks, and that there is sound.

use super::riff;
use super::source::{Fault, Source};

pub fn check(source: &mut Source) -> Result<(), Fault> {
    let (mut has_format, mut has_sound) = (false, false);
    riff::chunks(source, |chunk| {
        has_format |= chunk.name == *b"fmt ";
        has_sound |= chunk.name == *b"data";
    })?;
    match has_format && has_sound {
        true => Ok(()),
        false => Err(Fault::broken(
            "it contains no sound: its program did not finish it",
        )),
    }
}
