//! HDF5, in which older Alembic files are: the end of the file, which its first block has.

use super::source::{Fault, Source};

pub fn check(source: &mut Source) -> Result<(), Fault> {
    const HEADER: &str = "its header";
    source.skip(8, HEADER)?;
    let (sizes_at, end_at) = match source.u8(HEADER)? {
        version @ (0 | 1) => (13, if version == 0 { 24 } else { 28 } + 16),
        2 | 3 => (9, 12 + 16),
        _ => {
            return Err(Fault::NotChecked(
                "its version of HDF5 is not known here".into(),
            ));
        }
    };
    source.seek(sizes_at, HEADER)?;
    if source.u8(HEADER)? != 8 {
        return Err(Fault::NotChecked(
            "its version of HDF5 is not known here".into(),
        ));
    }
    source.seek(end_at, HEADER)?;
    match source.u64_le(HEADER)? <= source.size() {
        true => Ok(()),
        false => Err(source.ends("its content")),
    }
}
