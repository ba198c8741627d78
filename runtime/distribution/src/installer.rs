//! From a source into the store: fetch, check, keep. Nothing is kept before all of it was checked.

use std::path::{Path, PathBuf};

use super::check::{check_locked, compare};
use super::source::Source;
use super::{
    Bundle, Date, Describe, Digest, DistributionError, KeyId, LockedAdapter, Network, Package,
    Reference, SignatureState, Store, Trust,
};

/// Gets adapters from their sources into the store.
pub struct Installer<'a> {
    /// Where they are kept.
    pub store: &'a Store,
    /// Whose signatures count.
    pub trust: &'a Trust,
    /// How registries and web servers are reached.
    pub network: &'a Network,
    /// Today.
    pub today: Date,
    /// The most bytes of an adapter.
    pub limit: u64,
    /// Reads what a file says of itself.
    pub describe: Describe<'a>,
}

/// Where what a lock names is taken from.
#[derive(Debug, Clone, Copy)]
pub enum Supply<'a> {
    /// From where the lock says. Paths are relative to this folder.
    Sources(&'a Path),
    /// From a bundle, and nowhere else.
    Bundle(&'a Bundle),
}

/// An adapter that was fetched and checked, and is not kept yet.
#[derive(Debug)]
pub struct Candidate {
    package: Package,
    /// What is known of its signature.
    pub signature: SignatureState,
    /// The signature that is kept.
    text: Option<String>,
    /// Its entry in a lock.
    pub entry: LockedAdapter,
}

impl Candidate {
    /// Where it is found again.
    pub fn source(&self) -> &Reference {
        &self.package.source
    }
}

impl Installer<'_> {
    /// Fetches an adapter and checks it. `source` is relative to the folder `base`.
    ///
    /// # Errors
    /// It cannot be fetched, or must not be used.
    pub async fn fetch(
        &self,
        source: &Reference,
        base: &Path,
    ) -> Result<Candidate, DistributionError> {
        self.check(self.package(source, base).await?, None)
    }

    async fn package(&self, source: &Reference, base: &Path) -> Result<Package, DistributionError> {
        let source_of = Source {
            base,
            network: self.network,
            limit: self.limit,
            describe: self.describe,
        };
        source_of.fetch(source).await
    }

    /// Checks what was fetched. Of several signatures that count, the one by this key is taken.
    fn check(&self, package: Package, by: Option<&KeyId>) -> Result<Candidate, DistributionError> {
        let check = |signature: Option<&str>| {
            let (release, bytes) = (&package.release, &package.bytes);
            self.trust
                .check(release, bytes, signature, Some(self.today))
        };
        let mut signatures: Vec<&String> = package.signatures.iter().collect();
        signatures.sort_by_key(|text| by.is_some() && KeyId::of_signature(text).as_ref() != by);
        let checked = signatures
            .iter()
            .map(|text| (check(Some(text)), Some(*text)));
        let mut checked: Vec<_> = checked.collect();
        let is_by =
            |state: &Result<SignatureState, _>| matches!(state, Ok(SignatureState::By { .. }));
        let best = checked.iter().position(|(state, _)| is_by(state));
        let (state, signature) = match checked.is_empty() {
            true => (check(None), None),
            false => checked.swap_remove(best.unwrap_or(0)),
        };
        let (signature, state) = (signature.cloned(), state?);
        let entry = entry(&package, &state);
        Ok(Candidate {
            package,
            signature: state,
            text: signature,
            entry,
        })
    }

    /// Keeps it.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn keep(&self, candidate: &Candidate) -> Result<PathBuf, DistributionError> {
        let (bytes, signature) = (&candidate.package.bytes, candidate.text.as_deref());
        self.store.put(&candidate.entry, bytes, signature)
    }

    /// Gets an adapter that a lock names into the store, if it is not there already. Answers its
    /// file, and whether it was fetched.
    ///
    /// # Errors
    /// It cannot be fetched, its source has something else by now, or it must not be used.
    pub async fn restore(
        &self,
        locked: &LockedAdapter,
        supply: Supply<'_>,
    ) -> Result<(PathBuf, bool), DistributionError> {
        if let Some(path) = self.store.find(&locked.digest)? {
            match check_locked(locked, self.store, self.trust, self.limit, self.describe) {
                Ok(_) => return Ok((path, false)),
                // It is fetched again.
                Err(DistributionError::Changed { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let package = match supply {
            Supply::Bundle(bundle) => bundle.package(&locked.digest, self.limit, self.describe)?,
            Supply::Sources(base) => {
                let source = locked.source.parse();
                let source: Reference = source.map_err(|reason| DistributionError::Locked {
                    name: locked.name.clone(),
                    reason,
                })?;
                self.package(&source, base).await?
            }
        };
        let found = Digest::of(&package.bytes);
        if found != locked.digest {
            return Err(DistributionError::Moved {
                name: locked.name.clone(),
                source_name: locked.source.clone(),
                expected: locked.digest.clone(),
                found,
            });
        }
        let mut candidate = self.check(package, locked.key.as_ref())?;
        let found = &candidate.entry;
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

fn entry(package: &Package, signature: &SignatureState) -> LockedAdapter {
    let Package {
        bytes,
        release,
        source,
        ..
    } = package;
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
