//! The public part of a key of cosign: a file in PEM, which only the program cosign reads. Here it is
//! told apart from others by its digest.

use std::path::{Path, PathBuf};

use super::{Digest, KeyId};
use pyblish_platform::trusted::{self, Trust};

/// The largest file with a key.
const LARGEST: u64 = 16 << 10;

/// What the file of a public key begins with.
const BEGINS: &str = "-----BEGIN PUBLIC KEY-----";

/// The public part of a key of cosign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CosignKey {
    path: PathBuf,
    id: KeyId,
}

impl CosignKey {
    /// Reads the file of a key, such as the `cosign.pub` of `cosign generate-key-pair`.
    ///
    /// # Errors
    /// It cannot be read, or is no public key. In words, with the file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let text = trusted::read_text(path, Trust::Any, LARGEST).map_err(|error| {
            let reason = error.reason;
            format!("{shown} cannot be read: {reason}; put it there, or mount its share")
        })?;
        if !text.trim_start().starts_with(BEGINS) {
            return Err(format!(
                "{shown} is no public key of cosign: it must begin with {BEGINS}; `cosign \
                 generate-key-pair` writes one as cosign.pub"
            ));
        }
        // Another system may have written other ends of lines.
        let letters: String = text.split_whitespace().collect();
        Ok(CosignKey {
            path: path.into(),
            id: KeyId::of_digest(&Digest::of(letters.as_bytes())),
        })
    }

    /// A key with this id, whatever its file has in it.
    #[cfg(test)]
    pub(crate) fn with_id(id: KeyId) -> Self {
        let path = PathBuf::new();
        CosignKey { path, id }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its id: the first digits of its digest.
    pub fn id(&self) -> &KeyId {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn key_is_told_apart_by_what_is_in_it() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("cosign.pub");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            CosignKey::read(&path).map(|key| key.id().clone())
        };
        let of = |letters: &str| format!("{BEGINS}\n{letters}\n-----END PUBLIC KEY-----\n");
        let one = read(&of("MFkw")).unwrap();
        assert_eq!(read(&of("MFkw").replace('\n', "\r\n")).unwrap(), one);
        assert_ne!(read(&of("MFkx")).unwrap(), one);
        for wrong in ["", "-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----", "RWQ"] {
            assert!(read(wrong).unwrap_err().contains("no public key of cosign"));
        }
        fs::remove_file(&path).unwrap();
        let said = CosignKey::read(&path).unwrap_err();
        assert!(said.contains("cosign.pub cannot be read"), "{said}");
    }
}
