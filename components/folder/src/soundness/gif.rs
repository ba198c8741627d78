//! GIF: each block to the trailer.

use super::source::{Fault, Source};

pub fn check(source: &mut Source) -> Result<(), Fault> {
    source.skip(10, "its header")?;
    let flags = source.u8("its header")?;
    source.skip(2, "its header")?;
    colors(source, flags)?;
    let mut has_picture = false;
    loop {
        match source.u8("its picture")? {
            0x21 => {
                source.skip(1, "its picture")?;
                blocks(source)?;
            }
            0x2c => {
                has_picture = true;
                source.skip(8, "its picture")?;
                let flags = source.u8("its picture")?;
                colors(source, flags)?;
                source.skip(1, "its picture")?;
                blocks(source)?;
            }
            0x3b if has_picture => return Ok(()),
            0x3b => return Err(Fault::broken("it contains no picture")),
            _ => {
                let at = source.at() - 1;
                return Err(Fault::broken(format!(
                    "there is no valid block at byte {at}"
                )));
            }
        }
    }
}

/// Goes over a table of colors, if these flags say that there is one.
fn colors(source: &mut Source, flags: u8) -> Result<(), Fault> {
    match flags & 0x80 {
        0 => Ok(()),
        _ => source.skip(3 << ((flags & 7) + 1), "its colors"),
    }
}

/// Goes over blocks to the empty one.
fn blocks(source: &mut Source) -> Result<(), Fault> {
    loop {
        match source.u8("its picture")? {
            0 => return Ok(()),
            length => source.skip(length.into(), "its picture")?,
        }
    }
}
