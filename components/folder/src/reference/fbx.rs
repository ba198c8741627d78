//! FBX: the relative names of textures and videos. The absolute ones beside them are those of the
//! machine that wrote it, and programs only use them where nothing else is there.

use std::io::{self, BufRead, Read};

use super::scan::{Scan, lines};

/// The node with a relative name.
const NAME: &str = "RelativeFilename";

/// Longer texts are no names.
const LONGEST: u64 = 1 << 16;

/// In binary files: the node's name, one property that is a text, and its length.
pub fn find(bytes: &mut dyn BufRead, scan: &mut Scan) -> io::Result<()> {
    let mark = [NAME.as_bytes(), b"S"].concat();
    let mut window: Vec<u8> = Vec::new();
    // Nodes are found by their name: what is between them is geometry, packed or not, in which these
    // seventeen bytes do not occur by chance.
    loop {
        let buffer = bytes.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let before = window.len();
        window.extend_from_slice(buffer);
        match memchr::memmem::find(&window, &mark) {
            Some(place) => {
                bytes.consume(place + mark.len() - before);
                window.clear();
                let mut length = [0; 4];
                bytes.read_exact(&mut length)?;
                let length = u64::from(u32::from_le_bytes(length));
                if length <= LONGEST {
                    let mut name = Vec::new();
                    bytes.take(length).read_to_end(&mut name)?;
                    scan.add(String::from_utf8_lossy(&name));
                }
            }
            None => {
                let count = window.len() - before;
                bytes.consume(count);
                // The mark may begin in what was read.
                let keep = window.len().min(mark.len() - 1);
                window.drain(..window.len() - keep);
            }
        }
    }
}

/// In text: `RelativeFilename: "a.png"`.
pub fn find_in_text(text: &mut dyn BufRead, scan: &mut Scan) -> io::Result<()> {
    lines(text, |line| {
        let value = line
            .trim()
            .strip_prefix(NAME)
            .and_then(|rest| rest.trim_start().strip_prefix(':'));
        if let Some(value) = value {
            scan.add(value.trim().trim_matches('"'));
        }
    })
}
