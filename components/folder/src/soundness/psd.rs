//! Photoshop: each section, and the flattened picture at the end.

use super::source::{Fault, Source};

pub fn check(source: &mut Source) -> Result<(), Fault> {
    const PICTURE: &str = "its flattened picture";
    source.skip(4, "its header")?;
    let is_big = source.u16_be("its header")? == 2;
    source.skip(6, "its header")?;
    let channels = u64::from(source.u16_be("its header")?);
    let height = u64::from(source.u32_be("its header")?);
    let width = u64::from(source.u32_be("its header")?);
    let depth = u64::from(source.u16_be("its header")?);
    source.skip(2, "its header")?;
    for section in ["its colors", "its resources"] {
        let length = source.u32_be(section)?;
        source.skip(length.into(), section)?;
    }
    let length = match is_big {
        true => source.u64_be("its layers")?,
        false => source.u32_be("its layers")?.into(),
    };
    source.skip(length, "its layers")?;
    let rows = channels.saturating_mul(height);
    match source.u16_be(PICTURE)? {
        0 => source.need((width * depth).div_ceil(8).saturating_mul(rows), PICTURE),
        1 => {
            let each = if is_big { 4 } else { 2 };
            source.need(rows.saturating_mul(each), PICTURE)?;
            let mut bytes = 0_u64;
            for _ in 0..rows {
                bytes += match is_big {
                    true => u64::from(source.u32_be(PICTURE)?),
                    false => u64::from(source.u16_be(PICTURE)?),
                };
            }
            source.need(bytes, PICTURE)
        }
        _ => source.need(1, PICTURE),
    }
}
