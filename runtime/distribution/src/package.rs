//! An adapter as it comes from its source: its bytes, and its signatures where there are some. Files
//! and folders of this machine are read here; `source.rs` fetches the rest. The bytes are read once, so what is checked is what is kept.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use semver::Version;

use super::reference::begins_with;
use super::{DistributionError, Reference, Release};
use pyblish_platform::trusted::{self, FileReason, Trust, TrustedFolder};

/// What the file of a signature has behind the name of its adapter's.
pub const SIGNATURE_EXTENSION: &str = "minisig";

/// The largest signature: a few lines.
const LARGEST_SIGNATURE: u64 = 4096;

/// The most files that are looked at in a folder.
const MOST_FILES: usize = 1000;

/// Reads what a file says of itself. The path is for messages; the error is one in words.
pub type Describe<'a> = &'a dyn Fn(&Path, &[u8]) -> Result<Release, DistributionError>;

/// An adapter as it comes from its source.
#[derive(Debug)]
pub struct Package {
    /// The file.
    pub bytes: Vec<u8>,
    /// What its file says of it.
    pub release: Release,
    /// Its signatures, each the content of a `.minisig` file. A file has at most one.
    pub signatures: Vec<String>,
    /// Where it is found again. Of a registry, with the digest of its manifest.
    pub source: Reference,
}

/// Reads a file of at most `limit` bytes, and its signature if it has one.
///
/// # Errors
/// It is not there, is too large, or is no adapter.
pub(crate) fn read(
    path: &Path,
    limit: u64,
    describe: Describe<'_>,
) -> Result<Package, DistributionError> {
    let failed = |error: trusted::FileError| DistributionError::Source {
        path: error.path,
        reason: error.reason,
    };
    let bytes = trusted::read(path, Trust::Any, limit).map_err(|error| match error.reason {
        FileReason::TooLarge { limit } => DistributionError::TooLarge {
            path: path.into(),
            limit,
        },
        _ => failed(error),
    })?;
    let release = describe(path, &bytes)?;
    let signature = signature_beside(path)?;
    Ok(Package {
        bytes,
        release,
        signatures: signature.into_iter().collect(),
        source: Reference::File(path.into()),
    })
}

/// The signature that lies beside this file, if there is one.
///
/// # Errors
/// It cannot be read.
pub fn signature_beside(path: &Path) -> Result<Option<String>, DistributionError> {
    match trusted::read_text(&beside(path), Trust::Any, LARGEST_SIGNATURE) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(DistributionError::Source {
            path: error.path,
            reason: error.reason,
        }),
    }
}

/// The file of the signature of this file.
fn beside(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".");
    beside.push(SIGNATURE_EXTENSION);
    beside.into()
}

/// The newest adapter of this name in a folder. Files that are no adapters do not count.
pub(crate) fn newest(
    folder: &Path,
    name: &str,
    version: Option<&str>,
    limit: u64,
    describe: Describe<'_>,
) -> Result<Package, DistributionError> {
    let opened = TrustedFolder::open(folder, Trust::Any).and_then(|it| it.names());
    let mut names = opened.map_err(|error| DistributionError::Source {
        path: error.path,
        reason: error.reason,
    })?;
    names.retain(|name| Path::new(name).extension() == Some(OsStr::new("wasm")));
    if names.len() > MOST_FILES {
        return Err(DistributionError::ManyFiles {
            path: folder.into(),
            limit: MOST_FILES,
        });
    }
    names.sort();
    let mut best: Option<Package> = None;
    let mut versions: Vec<Version> = Vec::new();
    for file in names {
        let Ok(found) = read(&folder.join(&file), limit, describe) else {
            continue;
        };
        if found.release.name != name {
            continue;
        }
        let its = found.release.version.clone();
        let is_meant = match version {
            Some(numbers) => begins_with(&its, numbers),
            // A version before a release must be asked for.
            None => its.pre.is_empty(),
        };
        let is_newer = best.as_ref().is_none_or(|best| best.release.version < its);
        if let (true, Some(best)) = (is_meant, &best)
            && best.release.version == its
            && best.bytes != found.bytes
        {
            return Err(DistributionError::SameVersion {
                name: name.into(),
                version: its,
                path: folder.into(),
            });
        }
        if is_meant && is_newer {
            best = Some(found);
        }
        versions.push(its);
    }
    versions.sort();
    best.ok_or_else(|| DistributionError::NotInFolder {
        name: name.into(),
        version: version.map(str::to_owned),
        path: folder.into(),
        versions,
    })
}
