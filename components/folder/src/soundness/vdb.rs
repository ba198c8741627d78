//! OpenVDB: each grid, whose descriptor says where it ends.

use super::source::{Fault, Source};

/// More of them than this is not a file of a program.
const MOST: u32 = 1 << 20;

/// The longest name.
const LONGEST: usize = 1 << 16;

const HEADER: &str = "its header";

pub fn check(source: &mut Source) -> Result<(), Fault> {
    source.skip(8, HEADER)?;
    let version = source.u32_le(HEADER)?;
    if !(212..1000).contains(&version) {
        return Err(Fault::NotChecked(format!(
            "version {version} of OpenVDB is not known here"
        )));
    }
    source.skip(8, HEADER)?;
    if source.u8(HEADER)? == 0 {
        return Err(Fault::NotChecked("it was written as a stream".into()));
    }
    if (212..222).contains(&version) {
        source.skip(1, HEADER)?;
    }
    source.skip(36, HEADER)?;
    let count = source.u32_le(HEADER)?;
    for _ in 0..count.min(MOST) {
        text(source)?;
        text(source)?;
        let size = source.u32_le(HEADER)?;
        source.skip(size.into(), HEADER)?;
    }
    let grids = source.u32_le(HEADER)?;
    if count > MOST || grids > MOST {
        return Err(Fault::broken("its header is damaged"));
    }
    for _ in 0..grids {
        text(source)?;
        text(source)?;
        text(source)?;
        source.skip(16, "its grids")?;
        let end = source.u64_le("its grids")?;
        if end < source.at() {
            return Err(Fault::broken(
                "one of its grids has no end: its program did not finish it",
            ));
        }
        source.seek(end, "its grids")?;
    }
    Ok(())
}

fn text(source: &mut Source) -> Result<(), Fault> {
    let length = source.u32_le(HEADER)?;
    match (length as usize) <= LONGEST {
        true => source.skip(length.into(), HEADER),
        false => Err(Fault::broken("its header is damaged")),
    }
}
