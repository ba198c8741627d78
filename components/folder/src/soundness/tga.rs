//! Targa: the picture to its last pixel.

use super::source::{Fault, Source};

pub fn check(source: &mut Source) -> Result<(), Fault> {
    const WHAT: &str = "its picture";
    let header: [u8; 18] = source.array("its header")?;
    let word = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let (kind, bits) = (header[2], header[16]);
    if !matches!(kind, 1..=3 | 9..=11) || !matches!(bits, 8 | 15 | 16 | 24 | 32) {
        return Err(Fault::NotChecked("it is of an unusual kind".into()));
    }
    let palette = match header[1] {
        1 => word(5) * u64::from(header[7].div_ceil(8)),
        _ => 0,
    };
    source.skip(u64::from(header[0]) + palette, "its header")?;
    let pixels = word(12) * word(14);
    let each = u64::from(bits.div_ceil(8));
    if pixels == 0 {
        return Err(Fault::broken("its header has no width and height"));
    }
    if kind < 9 {
        return source.need(pixels * each, WHAT);
    }
    let mut left = pixels;
    while left > 0 {
        let head = source.u8(WHAT)?;
        let count = u64::from(head & 0x7f) + 1;
        let bytes = match head & 0x80 {
            0 => count * each,
            _ => each,
        };
        source.skip(bytes, WHAT)?;
        left = left.saturating_sub(count);
    }
    Ok(())
}
