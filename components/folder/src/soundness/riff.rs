//! RIFF, the container of WebP, AVI and WAV: each chunk to the end of its form.

use super::source::{Fault, Source};

/// More forms than this in one file are not walked.
const MOST: usize = 1_000_000;

/// A chunk: its name, for a `LIST` the name of the list, and whether it is empty.
pub struct Chunk {
    pub name: [u8; 4],
    pub list: [u8; 4],
    pub length: u64,
}

/// The chunks of the form at this place, which ends inside of the file.
pub fn chunks(source: &mut Source, mut seen: impl FnMut(&Chunk)) -> Result<(), Fault> {
    walk(source, u32::from_le_bytes, &mut seen)
}

/// RIFF in the other order of bytes, which After Effects writes.
pub fn check_big_endian(source: &mut Source) -> Result<(), Fault> {
    walk(source, u32::from_be_bytes, &mut |_| {})
}

fn walk(
    source: &mut Source,
    number: fn([u8; 4]) -> u32,
    seen: &mut dyn FnMut(&Chunk),
) -> Result<(), Fault> {
    const WHAT: &str = "its content";
    source.skip(4, "its header")?;
    let size = number(source.array("its header")?);
    if size == u32::MAX {
        return Err(Fault::NotChecked(
            "its program did not write how long it is".into(),
        ));
    }
    if size < 4 {
        return Err(Fault::broken(
            "its header has no size: its program did not finish it",
        ));
    }
    source.need(size.into(), WHAT)?;
    let end = source.at() + u64::from(size);
    source.skip(4, WHAT)?;
    for _ in 0..MOST {
        // The last chunk may have a byte that fills up to an even number, or not.
        if source.at() + 8 > end {
            return Ok(());
        }
        let name: [u8; 4] = source.array(WHAT)?;
        let length = u64::from(number(source.array(WHAT)?));
        let next = source.at() + length;
        if next > end {
            let name = String::from_utf8_lossy(&name).into_owned();
            return Err(Fault::broken(format!(
                "its chunk {name:?} is longer than the file says"
            )));
        }
        let list = match (&name, length) {
            (b"LIST", 4..) => source.array(WHAT)?,
            _ => [0; 4],
        };
        seen(&Chunk { name, list, length });
        source.seek((next + length % 2).min(end), WHAT)?;
    }
    Err(Fault::NotChecked(
        "it has too many parts to be checked here".into(),
    ))
}
