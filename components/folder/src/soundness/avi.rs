//! AVI: its chunks, and that there is a movie. A longer one has several forms, one after another.

use super::riff;
use super::source::{Fault, Source};

pub fn check(source: &mut Source) -> Result<(), Fault> {
    let (mut has_header, mut has_movie) = (false, false);
    loop {
        riff::chunks(source, |chunk| {
            has_header |= chunk.list == *b"hdrl";
            has_movie |= chunk.list == *b"movi" && chunk.length > 4;
        })?;
        let again = source.left() >= 12 && source.array::<4>("its content")? == *b"RIFF";
        if !again {
            break;
        }
        source.seek(source.at() - 4, "its content")?;
    }
    match has_header && has_movie {
        true => Ok(()),
        false => Err(Fault::broken(
            "it contains no movie: its program did not finish it",
        )),
    }
}
