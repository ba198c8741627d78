//! A bundle: what a lock names in one file, for machines without a network. It is a tar archive with
//! the lock, and each adapter and its signature under the adapter's digest, as in the store. The
//! same lock always gives the same bytes.
//!
//! Nothing is unpacked: entries are found by their names and read into memory. An archive that has
//! any other name in it is refused as a whole.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tar::{Archive, Builder, EntryType, Header};

use super::{
    AdapterSignature, Describe, Digest, DistributionError, LOCK_NAME, Lock, Package, Reference,
    SIGNATURE_EXTENSION, Store,
};
use pyblish_platform::atomic::{self, Readers};
use pyblish_platform::trusted::{self, Trust};

/// What an adapter has behind its digest.
const ADAPTER: &str = "wasm";

/// The largest lock, and the largest signature.
const LARGEST_TEXT: u64 = 1 << 20;

/// The most entries.
const MOST: usize = 2001;

/// A bundle that is open.
#[derive(Debug)]
pub struct Bundle {
    path: PathBuf,
    file: File,
    /// The lock that it was made of.
    pub lock: Lock,
    /// Where each entry begins, and how many bytes it has.
    entries: BTreeMap<String, (u64, u64)>,
}

impl Bundle {
    /// Writes what the lock names, which must be in the store. Answers how many bytes it has.
    ///
    /// # Errors
    /// An adapter is not in the store, or the file cannot be written; then nothing is.
    pub fn write(
        path: &Path,
        lock: &Lock,
        store: &Store,
        limit: u64,
    ) -> Result<u64, DistributionError> {
        let failed = |error: io::Error| unreadable(path, &error);
        let part = atomic::part(path, Readers::Usual).map_err(failed)?;
        let mut archive = Builder::new(part);
        append(&mut archive, LOCK_NAME, lock.text().as_bytes()).map_err(failed)?;
        for locked in lock.adapters() {
            let name = |extension| format!("{}.{extension}", locked.digest.hex());
            let bytes = store.read(&locked.digest, limit)?;
            append(&mut archive, &name(ADAPTER), &bytes).map_err(failed)?;
            // What cosign has checked on this machine says nothing to another one.
            if let Some(AdapterSignature::Minisign(signature)) = store.signature(&locked.digest)? {
                let name = name(SIGNATURE_EXTENSION);
                append(&mut archive, &name, signature.as_bytes()).map_err(failed)?;
            }
        }
        let mut part = archive.into_inner().map_err(failed)?;
        part.flush().map_err(failed)?;
        part.as_file().sync_all().map_err(failed)?;
        let size = part.as_file().metadata().map_err(failed)?.len();
        part.persist(path).map_err(|error| failed(error.error))?;
        Ok(size)
    }

    /// Opens a bundle, and checks what is in it by its names.
    ///
    /// # Errors
    /// It cannot be read, or has something in it that no bundle has.
    pub fn open(path: &Path) -> Result<Self, DistributionError> {
        let file = trusted::open(path, Trust::Any).map_err(|error| DistributionError::Source {
            path: error.path,
            reason: error.reason,
        })?;
        let entries = entries(&file, path)?;
        let mut bundle = Bundle {
            path: path.into(),
            file,
            lock: Lock::empty(path),
            entries,
        };
        let text = bundle.text(LOCK_NAME)?;
        let text = text.ok_or_else(|| broken(path, "it has no lock"))?;
        bundle.lock = Lock::of_text(path, text)?;
        Ok(bundle)
    }

    /// The adapter with this digest, of at most `limit` bytes.
    pub(crate) fn package(
        &self,
        digest: &Digest,
        limit: u64,
        describe: Describe<'_>,
    ) -> Result<Package, DistributionError> {
        let name = |extension| format!("{}.{extension}", digest.hex());
        let bytes = self.read(&name(ADAPTER), limit)?.ok_or_else(|| {
            broken(
                &self.path,
                &format!("it has no adapter with the digest {digest}"),
            )
        })?;
        if Digest::of(&bytes) != *digest {
            let reason = format!("its adapter {digest} is another file than that");
            return Err(broken(&self.path, &reason));
        }
        Ok(Package {
            release: describe(&self.path, &bytes)?,
            bytes,
            signatures: self.text(&name(SIGNATURE_EXTENSION))?.into_iter().collect(),
            source: Reference::File(self.path.clone()),
        })
    }

    fn text(&self, name: &str) -> Result<Option<String>, DistributionError> {
        let bytes = self.read(name, LARGEST_TEXT)?;
        let text = bytes.map(String::from_utf8).transpose();
        text.map_err(|_| broken(&self.path, &format!("{name} in it is no text")))
    }

    /// What is in this entry. None if there is none.
    fn read(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, DistributionError> {
        let Some(&(begin, size)) = self.entries.get(name) else {
            return Ok(None);
        };
        if size > limit {
            let path = self.path.join(name);
            return Err(DistributionError::TooLarge { path, limit });
        }
        let mut file = &self.file;
        let mut bytes = Vec::new();
        let read = file
            .seek(SeekFrom::Start(begin))
            .and_then(|_| file.take(size).read_to_end(&mut bytes));
        read.map_err(|error| unreadable(&self.path, &error))?;
        match bytes.len() as u64 == size {
            true => Ok(Some(bytes)),
            false => Err(broken(&self.path, &format!("it ends within {name}"))),
        }
    }
}

/// Where the entries of an archive are.
fn entries(file: &File, path: &Path) -> Result<BTreeMap<String, (u64, u64)>, DistributionError> {
    let mut archive = Archive::new(file);
    let no_archive = |error: io::Error| broken(path, &format!("it is no tar archive: {error}"));
    let mut found = BTreeMap::new();
    for entry in archive.entries_with_seek().map_err(no_archive)? {
        let entry = entry.map_err(no_archive)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let is_file = entry.header().entry_type() == EntryType::Regular;
        if !is_file || !is_known(&name) {
            return Err(broken(
                path,
                &format!("{name:?} in it belongs in no bundle"),
            ));
        }
        let place = (entry.raw_file_position(), entry.size());
        if found.insert(name.clone(), place).is_some() {
            return Err(broken(path, &format!("it has {name} twice")));
        }
        if found.len() > MOST {
            return Err(broken(path, &format!("it has more than {MOST} entries")));
        }
    }
    Ok(found)
}

/// Whether a bundle may have an entry of this name. None of these leads anywhere.
fn is_known(name: &str) -> bool {
    let of_digest = name
        .split_once('.')
        .filter(|(_, extension)| [ADAPTER, SIGNATURE_EXTENSION].contains(extension));
    let is_digest = of_digest.is_some_and(|(hex, _)| Digest::from_hex(hex).is_ok());
    name == LOCK_NAME || is_digest
}

fn append(archive: &mut Builder<impl Write>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(0);
    archive.append_data(&mut header, name, bytes)
}

fn broken(path: &Path, reason: &str) -> DistributionError {
    DistributionError::Bundle {
        path: path.into(),
        reason: format!("{reason}; do not use it, and make it anew"),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> DistributionError {
    DistributionError::Bundle {
        path: path.into(),
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A tar archive with these entries, whatever they are called.
    fn archive(path: &Path, entries: &[(&str, EntryType)]) {
        let mut archive = Builder::new(File::create(path).unwrap());
        for (name, kind) in entries {
            let mut header = Header::new_gnu();
            // `set_path` would refuse what this test is about.
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_mode(0o644);
            header.set_size(0);
            header.set_cksum();
            archive.append(&header, io::empty()).unwrap();
        }
        archive.finish().unwrap();
    }

    #[test]
    fn bundle_with_another_name_in_it_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.tar");
        let hex = "a".repeat(64);
        let file = EntryType::Regular;
        let short = "a.wasm";
        let beneath = format!("{hex}.wasm/x");
        for (name, kind) in [
            ("../adapters.lock", file),
            ("/etc/passwd", file),
            (short, file),
            (beneath.as_str(), file),
            (LOCK_NAME, EntryType::Symlink),
            (LOCK_NAME, EntryType::Link),
            (LOCK_NAME, EntryType::Directory),
        ] {
            archive(&path, &[(name, kind)]);
            let said = Bundle::open(&path).unwrap_err().to_string();
            assert!(said.contains("belongs in no bundle"), "{name}: {said}");
        }
        archive(&path, &[(LOCK_NAME, file), (LOCK_NAME, file)]);
        let said = Bundle::open(&path).unwrap_err().to_string();
        assert!(said.contains("twice"), "{said}");
        archive(&path, &[]);
        let said = Bundle::open(&path).unwrap_err().to_string();
        assert!(said.contains("it has no lock"), "{said}");
        fs::write(&path, "text".repeat(500)).unwrap();
        let said = Bundle::open(&path).unwrap_err().to_string();
        assert!(said.contains("no tar archive"), "{said}");
    }
}
