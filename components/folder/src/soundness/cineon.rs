//! Cineon: the size that its header has.

use super::source::{Fault, Source};

pub fn check(source: &mut Source) -> Result<(), Fault> {
    const HEADER: &str = "its header";
    let number = match source.array::<4>(HEADER)?[0] {
        0x80 => u32::from_be_bytes,
        _ => u32::from_le_bytes,
    };
    let offset = number(source.array(HEADER)?);
    source.seek(20, HEADER)?;
    let size = number(source.array(HEADER)?);
    if size != u32::MAX && u64::from(size) > source.size() {
        return Err(source.ends("its picture"));
    }
    source.seek(offset.into(), "its picture")?;
    source.need(1, "its picture")
}
