//! PNG: each chunk to the last one, with its checksum.
//!
//! The checksums cover every byte, so that nothing needs to be decoded: the crate `crc32fast`, which
//! `png` itself uses, is as fast as the disk, and decoding is ten times as slow.

use super::source::{Fault, Source};

/// The longest chunk, by the specification.
const LONGEST: u32 = 0x7fff_ffff;

pub fn check(source: &mut Source) -> Result<(), Fault> {
    source.skip(8, "its header")?;
    let (mut is_first, mut has_picture) = (true, false);
    loop {
        let begins = source.at();
        let length = source.u32_be("its picture")?;
        let kind: [u8; 4] = source.array("its picture")?;
        if length > LONGEST || !kind.iter().all(u8::is_ascii_alphabetic) {
            return Err(Fault::broken(format!(
                "there is no valid chunk at byte {begins}"
            )));
        }
        if is_first != (kind == *b"IHDR") {
            return Err(Fault::broken("its chunks are not in a valid order"));
        }
        is_first = false;
        source.need(u64::from(length) + 4, "its picture")?;
        let mut sum = crc32fast::Hasher::new();
        sum.update(&kind);
        let mut left = length as usize;
        while left > 0 {
            let bytes = source.buffer()?;
            let count = bytes.len().min(left);
            if count == 0 {
                return Err(source.ends("its picture"));
            }
            sum.update(&bytes[..count]);
            source.consume(count);
            left -= count;
        }
        if source.u32_be("a checksum")? != sum.finalize() {
            let kind = String::from_utf8_lossy(&kind);
            return Err(Fault::broken(format!(
                "the checksum of its chunk {kind} at byte {begins} is wrong"
            )));
        }
        has_picture |= kind == *b"IDAT";
        if kind == *b"IEND" {
            break;
        }
    }
    match has_picture {
        true => Ok(()),
        false => Err(Fault::broken("it contains no picture")),
    }
}
