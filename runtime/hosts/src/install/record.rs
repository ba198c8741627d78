//! The list of a package's files (`RECORD`), as Python's packages have it: a path, a digest and a
//! size in each line.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The digest of a file, as the list has it.
pub(super) fn digest(bytes: &[u8]) -> String {
    format!("sha256={}", URL_SAFE_NO_PAD.encode(Sha256::digest(bytes)))
}

/// The line for a file, with its end.
pub(super) fn line(name: &str, bytes: &[u8]) -> String {
    format!("{name},{},{}\n", digest(bytes), bytes.len())
}

/// The digests by the paths. A path with a comma is in quotes, and Pyblish has none.
pub(super) fn read(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter_map(|line| {
        let mut parts = line.rsplitn(3, ',');
        let (_size, digest, name) = (parts.next()?, parts.next()?, parts.next()?);
        Some((name.to_owned(), digest.to_owned()))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_read_as_it_is_written() {
        let text = line("pyblish/a.py", b"x") + "pyblish_base-1.8.12.dist-info/RECORD,,\r\n";
        let list = read(&text);
        assert_eq!(
            list["pyblish/a.py"],
            "sha256=LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE"
        );
        assert_eq!(list["pyblish_base-1.8.12.dist-info/RECORD"], "");
    }
}
