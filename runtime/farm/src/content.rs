//! What was handed over with a job: files and folders by their digests, so that a worker publishes
//! what the artist saw, or nothing.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::storage::{StorageError, StoragePath, Storages};

/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;

/// Whether it is a file or a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ContentKind {
    /// One file: its digest is that of its bytes.
    File,
    /// A folder: its digest is that of a list with the size, the digest and the path of each file.
    Folder,
}

/// A file or a folder as it was when the job was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Content {
    /// Where it is.
    #[schema(value_type = String)]
    pub place: StoragePath,
    /// Whether it is a file or a folder.
    pub kind: ContentKind,
    /// SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// How many files.
    pub files: u64,
    /// How many bytes, all files together.
    pub bytes: u64,
}

/// Why content is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// The place cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It cannot be read.
    #[error("{} cannot be read: {error}", .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is not what was handed over.
    #[error("{place} has changed since it was handed over ({difference}): publish it again")]
    Changed {
        /// Which one.
        place: StoragePath,
        /// In words.
        difference: String,
    },
    /// Whoever asked has no use for it any more.
    #[error("the check was stopped")]
    Stopped,
}

impl Content {
    /// The file or folder at this path of this machine. `goes_on` is asked now and then.
    ///
    /// # Errors
    /// It is in no storage, or cannot be read.
    pub fn of(
        storages: &Storages,
        path: &Path,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Self, ContentError> {
        let place = storages.place_of(path)?;
        let measured = Measured::of(path, goes_on)?;
        Ok(measured.content(place))
    }

    /// Checks that it is the same on this machine.
    ///
    /// # Errors
    /// It is not, or it cannot be read.
    pub fn check(
        &self,
        storages: &Storages,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<(), ContentError> {
        let path = storages.path_of(&self.place)?;
        let now = Measured::of(&path, goes_on)?.content(self.place.clone());
        let difference = if now.kind != self.kind {
            "a file became a folder, or the reverse".to_owned()
        } else if now.files != self.files {
            format!("{} files instead of {}", now.files, self.files)
        } else if now.bytes != self.bytes {
            format!("{} bytes instead of {}", now.bytes, self.bytes)
        } else if now.sha256 != self.sha256 {
            "other bytes".to_owned()
        } else {
            return Ok(());
        };
        Err(ContentError::Changed {
            place: self.place.clone(),
            difference,
        })
    }
}

struct Measured {
    kind: ContentKind,
    sha256: String,
    files: u64,
    bytes: u64,
}

impl Measured {
    fn content(self, place: StoragePath) -> Content {
        Content {
            place,
            kind: self.kind,
            sha256: self.sha256,
            files: self.files,
            bytes: self.bytes,
        }
    }

    fn of(path: &Path, goes_on: &dyn Fn() -> bool) -> Result<Self, ContentError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| ContentError::Read { path, error }
        };
        let found = fs::metadata(path).map_err(failed(path))?;
        if !found.is_dir() {
            let (sha256, bytes) = digest(path, goes_on)?;
            return Ok(Measured {
                kind: ContentKind::File,
                sha256,
                files: 1,
                bytes,
            });
        }
        let mut listed = Vec::new();
        let mut folders = vec![(path.to_owned(), String::new())];
        while let Some((folder, name)) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(failed(&folder))? {
                let entry = entry.map_err(failed(&folder))?;
                let own = entry.file_name().to_string_lossy().into_owned();
                let own = match name.as_str() {
                    "" => own,
                    name => format!("{name}/{own}"),
                };
                let kind = entry.file_type().map_err(failed(&folder))?;
                match kind.is_dir() {
                    true => folders.push((entry.path(), own)),
                    false => listed.push((own, entry.path(), kind.is_symlink())),
                }
            }
        }
        listed.sort();
        let (mut all, mut bytes, files) = (Sha256::new(), 0, listed.len() as u64);
        for (name, path, is_link) in listed {
            let line = match is_link {
                // What a link leads to is not part of the folder.
                true => {
                    let target = fs::read_link(&path).map_err(failed(&path))?;
                    format!("link {} {name}\n", target.display())
                }
                false => {
                    let (sha256, size) = digest(&path, goes_on)?;
                    bytes += size;
                    format!("{sha256} {size} {name}\n")
                }
            };
            all.update(line);
        }
        Ok(Measured {
            kind: ContentKind::Folder,
            sha256: hex(&all.finalize()),
            files,
            bytes,
        })
    }
}

/// The digest and the size of a file.
fn digest(path: &Path, goes_on: &dyn Fn() -> bool) -> Result<(String, u64), ContentError> {
    let failed = |error| ContentError::Read {
        path: path.to_owned(),
        error,
    };
    let mut file = File::open(path).map_err(failed)?;
    let (mut digest, mut size) = (Sha256::new(), 0);
    let mut piece = vec![0; PIECE];
    loop {
        if !goes_on() {
            return Err(ContentError::Stopped);
        }
        match file.read(&mut piece).map_err(failed)? {
            0 => return Ok((hex(&digest.finalize()), size)),
            read => {
                digest.update(&piece[..read]);
                size += read as u64;
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The digest of a file, in hexadecimal digits.
///
/// # Errors
/// It cannot be read.
pub fn file_digest(path: &Path) -> Result<String, ContentError> {
    Ok(digest(path, &|| true)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_is_seen() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("in");
        fs::create_dir_all(root.join("sub")).unwrap();
        fs::write(root.join("a.txt"), "abc").unwrap();
        fs::write(root.join("sub/b.txt"), "x").unwrap();
        let folders = [("jobs".to_owned(), place.path().to_owned())].into();
        let storages = Storages::new(folders).unwrap();
        let on = || true;
        let whole = Content::of(&storages, &root, &on).unwrap();
        assert_eq!((whole.files, whole.bytes), (2, 4));
        let file = Content::of(&storages, &root.join("a.txt"), &on).unwrap();
        // `printf abc | sha256sum`
        assert!(file.sha256.starts_with("ba7816bf"), "{}", file.sha256);
        whole.check(&storages, &on).unwrap();
        let changed = |part: &str| {
            let said = whole.check(&storages, &on).unwrap_err().to_string();
            assert!(
                said.contains("has changed") && said.contains(part),
                "{said}"
            );
        };
        fs::write(root.join("a.txt"), "abd").unwrap();
        changed("other bytes");
        file.check(&storages, &on).unwrap_err();
        fs::write(root.join("a.txt"), "ab").unwrap();
        changed("3 bytes instead of 4");
        fs::write(root.join("a.txt"), "abc").unwrap();
        whole.check(&storages, &on).unwrap();
        fs::rename(root.join("sub/b.txt"), root.join("sub/c.txt")).unwrap();
        changed("other bytes");
        fs::write(root.join("more"), "").unwrap();
        changed("3 files");
        let stopped = whole.check(&storages, &|| false).unwrap_err();
        assert!(matches!(stopped, ContentError::Stopped));
        fs::remove_dir_all(&root).unwrap();
        let gone = whole.check(&storages, &on).unwrap_err();
        assert!(
            gone.to_string().contains("jobs/in cannot be used"),
            "{gone}"
        );
    }
}
