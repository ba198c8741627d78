//! BMP: the size that its header has, and an unpacked picture.

use super::source::{Fault, Source};

pub fn check(source: &mut Source) -> Result<(), Fault> {
    const HEADER: &str = "its header";
    source.skip(2, HEADER)?;
    let size = source.u32_le(HEADER)?;
    if u64::from(size) > source.size() {
        return Err(source.ends("its picture"));
    }
    source.skip(4, HEADER)?;
    let offset = source.u32_le(HEADER)?;
    if source.u32_le(HEADER)? < 40 {
        return Err(Fault::NotChecked("it is of an old kind".into()));
    }
    let width = u64::from(source.u32_le(HEADER)?);
    // Negative where the first line is the top one.
    let height = u64::from(source.u32_le(HEADER)?.cast_signed().unsigned_abs());
    source.skip(2, HEADER)?;
    let bits = u64::from(source.u16_le(HEADER)?);
    let packing = source.u32_le(HEADER)?;
    source.seek(offset.into(), "its picture")?;
    match packing {
        0 | 3 => source.need(
            (width * bits).div_ceil(32).saturating_mul(4 * height),
            "its picture",
        ),
        _ => source.need(1, "its picture"),
    }
}
