//! JPEG: each segment to the mark of the end. The picture between them is not decoded; its restart
//! marks must be in order.

use super::source::{Fault, Source};

pub fn check(source: &mut Source) -> Result<(), Fault> {
    const WHAT: &str = "its picture";
    source.skip(2, "its header")?;
    let mut has_picture = false;
    loop {
        // Decoders go over bytes that belong to nothing.
        while source.u8(WHAT)? != 0xff {}
        let mut mark = source.u8(WHAT)?;
        while mark == 0xff {
            mark = source.u8(WHAT)?;
        }
        match mark {
            0xd9 if has_picture => return Ok(()),
            0xd9 => return Err(Fault::broken("it contains no picture")),
            0x00 | 0x01 | 0xd0..=0xd7 => {}
            0xd8 => {
                let at = source.at() - 2;
                return Err(Fault::broken(format!(
                    "there is no valid segment at byte {at}"
                )));
            }
            _ => {
                let length = source.u16_be(WHAT)?;
                let Some(rest) = length.checked_sub(2) else {
                    return Err(Fault::broken("one of its segments has no length"));
                };
                source.skip(rest.into(), WHAT)?;
                if mark == 0xda {
                    has_picture = true;
                    scan(source)?;
                }
            }
        }
    }
}

/// Goes over the coded picture, to the next mark.
fn scan(source: &mut Source) -> Result<(), Fault> {
    let mut next = 0xd0;
    loop {
        let bytes = source.buffer()?;
        if bytes.is_empty() {
            return Err(source.ends("its picture"));
        }
        let Some(place) = memchr::memchr(0xff, bytes) else {
            let count = bytes.len();
            source.consume(count);
            continue;
        };
        source.consume(place + 1);
        match source.u8("its picture")? {
            0x00 => {}
            mark @ 0xd0..=0xd7 if mark == next => next = 0xd0 + (mark - 0xd0 + 1) % 8,
            0xd0..=0xd7 => {
                let at = source.at() - 2;
                return Err(Fault::broken(format!(
                    "a part of its picture before byte {at} is missing"
                )));
            }
            // The mark itself, or bytes that fill up to it.
            _ => return source.seek(source.at() - 2, "its picture"),
        }
    }
}
