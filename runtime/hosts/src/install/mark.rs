//! How files and lines of ours are recognised, and whether they are unchanged: by a version, and a
//! digest of the rest. Changed ones belong to the user and are kept.

use sha2::{Digest, Sha256};

/// The version of this program, as marks have it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// In every file of ours; the version and the digest follow.
const MARK: &str = "Written by pyblish-endpoint ";

/// Where the digest goes, and what it is while the digest is taken.
const NO_DIGEST: &str = "0000000000000000";

/// Who wrote a file of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub version: String,
    /// Whether nobody has changed the file since.
    pub intact: bool,
}

/// The words for a file of this host; [`sealed`] completes them.
pub(super) fn words(host: &str) -> String {
    format!("{MARK}{VERSION} {NO_DIGEST}; `pyblish-endpoint host remove {host}` takes it away.")
}

/// The text with the digest in its mark.
pub(super) fn sealed(text: &str) -> String {
    let digest = digest(text.as_bytes());
    text.replacen(&format!(" {NO_DIGEST}; "), &format!(" {digest}; "), 1)
}

/// The mark of a file; none in one that is not ours.
pub(super) fn of(file: &[u8]) -> Option<Mark> {
    let text = String::from_utf8_lossy(file);
    let (_, after) = text.split_once(MARK)?;
    let (version, rest) = after.split_once(' ')?;
    let told = rest.get(..NO_DIGEST.len())?;
    let plain = text.replacen(
        &format!("{MARK}{version} {told}"),
        &format!("{MARK}{version} {NO_DIGEST}"),
        1,
    );
    Some(Mark {
        version: version.to_owned(),
        intact: told == digest(plain.as_bytes()),
    })
}

/// A short digest is enough to notice a change: it does not protect against forgery.
pub(super) fn digest(bytes: &[u8]) -> String {
    let mut digits = format!("{:x}", Sha256::digest(bytes));
    digits.truncate(NO_DIGEST.len());
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn change_anywhere_is_noticed() {
        let file = sealed(&format!("a\n# {}\nb\n", words("maya")));
        let version = VERSION.to_owned();
        let mark = |intact| Mark {
            version: version.clone(),
            intact,
        };
        assert_eq!(of(file.as_bytes()), Some(mark(true)));
        assert_eq!(of(format!("{file}c").as_bytes()), Some(mark(false)));
        assert_eq!(
            of(file.replace("a\n", "a\r\n").as_bytes()),
            Some(mark(false))
        );
        assert_eq!(
            of(file.replace("maya", "nuke").as_bytes()),
            Some(mark(false))
        );
        assert_eq!(of(b"a\nb\n"), None);
        assert_eq!(of(MARK.as_bytes()), None);
    }
}
