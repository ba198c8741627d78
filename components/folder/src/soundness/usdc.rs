//! USD in its binary form: the table of contents, and each section that it names. Its content is
//! read for the files that it names: see `reference/usdc.rs`.

use super::source::{Fault, Source};

/// A file has six kinds of sections.
const MOST: u64 = 64;

/// The sections without which it cannot be read.
const NEEDED: [&[u8]; 6] = [
    b"TOKENS",
    b"STRINGS",
    b"FIELDS",
    b"FIELDSETS",
    b"PATHS",
    b"SPECS",
];

pub fn check(source: &mut Source) -> Result<(), Fault> {
    const TABLE: &str = "its table of contents";
    source.skip(16, "its header")?;
    let at = source.u64_le("its header")?;
    if at == 0 {
        return Err(Fault::broken(
            "it has no table of contents: its program did not finish it",
        ));
    }
    source.seek(at, TABLE)?;
    let count = source.u64_le(TABLE)?;
    if count > MOST {
        return Err(Fault::broken("its table of contents is damaged"));
    }
    let mut names = Vec::new();
    for _ in 0..count {
        let name: [u8; 16] = source.array(TABLE)?;
        let start = source.u64_le(TABLE)?;
        let size = source.u64_le(TABLE)?;
        if start.saturating_add(size) > source.size() {
            return Err(source.ends("its content"));
        }
        names.push(name);
    }
    let is_there = |needed: &&[u8]| {
        names
            .iter()
            .any(|name| name.starts_with(needed) && name.get(needed.len()).is_none_or(|b| *b == 0))
    };
    match NEEDED.iter().all(is_there) {
        true => Ok(()),
        false => Err(Fault::broken("its table of contents is damaged")),
    }
}
