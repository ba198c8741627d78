//! From a source into the store: fetch, check, keep. Nothing is kept before all of it was checked.

use std::path::{Path, PathBuf};

use super::check::{check_locked, compare};
use super::{
    Date, Describe, Digest, DistributionError, LockedAdapter, Package, Reference, Release,
    SignatureState, Store, Trust,
};

/// Gets adapters from their sources into the store.
pub struct Installer<'a> {
    /// Where they are kept.
    pub store: &'a Store,
    /// Whose signatures count.
    pub trust: &'a Trust,
    /// Today.
    pub today: Date,
    /// The most bytes of an adapter.
    pub limit: u64,
    /// Reads what a file says of itself.
    pub describe: Describe<'a>,
}

/// An adapter that was fetched and checked, and is not kept yet.
#[derive(Debug)]
pub struct Candidate {
    package: Package,
    /// What is known of its signature.
    pub signature: SignatureState,
    /// Its entry in a lock.
    pub entry: LockedAdapter,
}

impl Installer<'_> {
    /// Fetches an adapter and checks it. `source` is relative to the folder `base`.
    ///
    /// # Errors
    /// It cannot be fetched, or must not be used.
    pub fn fetch(&self, source: &Reference, base: &Path) -> Result<Candidate, DistributionError> {
        let package = Package::fetch(source, base, self.limit, self.describe)?;
        let signature = package.signature.as_deref();
        let day = Some(self.today);
        let release = &package.release;
        let signature = self.trust.check(release, &package.bytes, signature, day)?;
        let entry = entry(release, &package.bytes, &signature, source);
        Ok(Candidate {
            package,
            signature,
            entry,
        })
    }

    /// Keeps it.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn keep(&self, candidate: &Candidate) -> Result<PathBuf, DistributionError> {
        let Package {
            bytes, signature, ..
        } = &candidate.package;
        self.store
            .put(&candidate.entry, bytes, signature.as_deref())
    }

    /// Gets an adapter that a lock names into the store, if it is not there already. Answers its
    /// file, and whether it was fetched.
    ///
    /// # Errors
    /// It cannot be fetched, its source has something else by now, or it must not be used.
    pub fn restore(
        &self,
        locked: &LockedAdapter,
        base: &Path,
    ) -> Result<(PathBuf, bool), DistributionError> {
        if let Some(path) = self.store.find(&locked.digest)? {
            match check_locked(locked, self.store, self.trust, self.limit, self.describe) {
                Ok(_) => return Ok((path, false)),
                // It is fetched again.
                Err(DistributionError::Changed { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let source = locked.source.parse();
        let source: Reference = source.map_err(|reason| DistributionError::Locked {
            name: locked.name.clone(),
            reason,
        })?;
        let mut candidate = self.fetch(&source, base)?;
        let found = &candidate.entry;
        if found.digest != locked.digest {
            return Err(DistributionError::Moved {
                name: locked.name.clone(),
                source_name: locked.source.clone(),
                expected: locked.digest.clone(),
                found: found.digest.clone(),
            });
        }
        compare(locked, &candidate.package.release)?;
        if found.key != locked.key && locked.key.is_some() {
            return Err(DistributionError::OtherKey {
                name: locked.name.clone(),
                expected: locked.key.clone(),
                found: found.key.clone(),
            });
        }
        candidate.entry = locked.clone();
        Ok((self.keep(&candidate)?, true))
    }
}

fn entry(
    release: &Release,
    bytes: &[u8],
    signature: &SignatureState,
    source: &Reference,
) -> LockedAdapter {
    LockedAdapter {
        name: release.name.clone(),
        version: release.version.clone(),
        source: source.to_string(),
        digest: Digest::of(bytes),
        size: bytes.len() as u64,
        key: signature.key().cloned(),
        contract: release.contract.clone(),
        hosts: release.hosts.clone(),
        asks: release.asks.clone(),
    }
}
