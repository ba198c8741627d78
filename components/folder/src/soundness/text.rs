//! Text of any kind: no zeros, which a full disk leaves.

use super::source::{Fault, Source};

/// The first bytes of UTF-16, where each other byte is a zero.
const WIDE: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];

pub fn check(source: &mut Source) -> Result<(), Fault> {
    loop {
        let at = source.at();
        let bytes = source.buffer()?;
        if bytes.is_empty() {
            return Ok(());
        }
        if at == 0 && WIDE.iter().any(|wide| bytes.starts_with(wide)) {
            return Err(Fault::NotChecked(
                "text in UTF-16 cannot be checked here".into(),
            ));
        }
        if let Some(place) = memchr::memchr(0, bytes) {
            source.consume(place);
            // A file with an extension of a text may be in a binary format of the same name.
            return match at + place as u64 {
                ..1024 => Err(Fault::NotChecked("it is not text".into())),
                at => Err(Fault::broken(format!("it is not text from byte {at} on"))),
            };
        }
        let count = bytes.len();
        source.consume(count);
    }
}
