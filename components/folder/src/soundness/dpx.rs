//! DPX: the size that its header has, and the pictures that it describes.

use super::source::{Fault, Source};

/// What a header has where a value is not set.
const UNSET: u32 = u32::MAX;

pub fn check(source: &mut Source) -> Result<(), Fault> {
    const HEADER: &str = "its header";
    let number = match &source.array::<4>(HEADER)? {
        b"SDPX" => u32::from_be_bytes,
        _ => u32::from_le_bytes,
    };
    let short = |bytes: [u8; 2]| match number([0, 0, 0, 1]) {
        1 => u16::from_be_bytes(bytes),
        _ => u16::from_le_bytes(bytes),
    };
    let offset = number(source.array(HEADER)?);
    source.seek(16, HEADER)?;
    let size = number(source.array(HEADER)?);
    if size != UNSET && u64::from(size) > source.size() {
        return Err(source.ends("its picture"));
    }
    source.seek(770, HEADER)?;
    let elements = short(source.array(HEADER)?);
    let width = u64::from(number(source.array(HEADER)?));
    let lines = u64::from(number(source.array(HEADER)?));
    if u64::from(offset) > source.size() {
        return Err(source.ends("its picture"));
    }
    if !(1..=8).contains(&elements) || width == 0 || lines == 0 {
        return Err(Fault::broken("its header has no width and height"));
    }
    for element in 0..u64::from(elements) {
        source.seek(780 + 72 * element + 20, HEADER)?;
        let [kind, _, _, bits] = source.array(HEADER)?;
        let packing = short(source.array(HEADER)?);
        let encoding = short(source.array(HEADER)?);
        let begins = match number(source.array(HEADER)?) {
            UNSET | 0 => offset,
            begins => begins,
        };
        let each = match kind {
            0..=9 => 1,
            50 => 3,
            51 | 52 => 4,
            100 => 2,
            _ => continue,
        };
        let line = match (bits, packing) {
            (8, _) => (width * each).div_ceil(4) * 4,
            (10, 1 | 2) => (width * each).div_ceil(3) * 4,
            (12, 1 | 2) | (16, _) => width * each * 2,
            (32, _) => width * each * 4,
            (bits @ (10 | 12), _) => (width * each * u64::from(bits)).div_ceil(32) * 4,
            _ => continue,
        };
        // Packed by runs, it needs less.
        let needs = if encoding == 1 {
            1
        } else {
            line.saturating_mul(lines)
        };
        source.seek(begins.into(), "its picture")?;
        source.need(needs, "its picture")?;
    }
    Ok(())
}
