//! Binary glTF: the size that its header has, each chunk, and the JSON in the first one.

use super::source::{Fault, Source};

/// Longer JSON is not read.
const MOST_JSON: usize = 256 << 20;

pub fn check(source: &mut Source) -> Result<(), Fault> {
    source.skip(4, "its header")?;
    let version = source.u32_le("its header")?;
    let length = u64::from(source.u32_le("its header")?);
    if version != 2 {
        return Err(Fault::NotChecked(format!(
            "version {version} of glTF is not known here"
        )));
    }
    if length > source.size() {
        return Err(source.ends("its content"));
    }
    let mut is_first = true;
    while source.at() + 8 <= length {
        let size = source.u32_le("its content")?;
        let kind = source.array::<4>("its content")?;
        if is_first {
            if kind != *b"JSON" {
                return Err(Fault::broken("its description (JSON) is missing"));
            }
            let json = source.bytes(size.into(), MOST_JSON, "its description (JSON)")?;
            super::gltf::parse(&json[..])?;
        } else {
            source.skip(size.into(), "its content")?;
        }
        is_first = false;
    }
    match is_first {
        true => Err(Fault::broken("its description (JSON) is missing")),
        false => Ok(()),
    }
}
