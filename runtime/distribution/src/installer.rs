//! From a source into the store: fetch, check, keep. Nothing is kept before all of it was checked.

use std::path::{Path, PathBuf};

use super::check::{check_locked, compare};
use super::cosign::Cosign;
use super::source::Source;
use super::{
    AdapterSignature, Bundle, CosignRecord, Date, Describe, Digest, DistributionError, KeyId,
    LockedAdapter, Network, Package, Reference, SignatureState, Store, Trust,
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

/// What is known of a signature, and the signature.
type Checked = (
    Result<SignatureState, DistributionError>,
    Option<AdapterSignature>,
);

/// An adapter that was fetched and checked, and is not kept yet.
#[derive(Debug)]
pub struct Candidate {
    package: Package,
    /// What is known of its signature.
    pub signature: SignatureState,
    /// The signature that is kept.
    kept: Option<AdapterSignature>,
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
        self.check(self.package(source, base).await?, None).await
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
    async fn check(
        &self,
        package: Package,
        by: Option<&KeyId>,
    ) -> Result<Candidate, DistributionError> {
        let (state, kept) = match self.check_minisign(&package, by) {
            (Ok(state @ SignatureState::By { .. }), kept) => (state, kept),
            (other, kept) => match self.check_cosign(&package, by).await {
                Some(Ok((state, signature))) => (state, Some(signature)),
                // What is wrong with a signature of minisign is closer to what the author meant.
                Some(Err(error)) if kept.is_none() => return Err(error),
                Some(Err(_)) | None => (other?, kept),
            },
        };
        let entry = entry(&package, &state);
        Ok(Candidate {
            package,
            signature: state,
            kept,
            entry,
        })
    }

    /// The best signature of minisign, and what is known of it.
    fn check_minisign(&self, package: &Package, by: Option<&KeyId>) -> Checked {
        let mut texts: Vec<&String> = package.signatures.iter().collect();
        texts.sort_by_key(|text| by.is_some() && KeyId::of_signature(text).as_ref() != by);
        let checked = texts.into_iter().map(|text| {
            let signature = AdapterSignature::Minisign(text.clone());
            let state = self.state(package, Some(&signature));
            (state, Some(signature))
        });
        let mut checked: Vec<Checked> = checked.collect();
        let is_by = |(state, _): &Checked| matches!(state, Ok(SignatureState::By { .. }));
        let best = checked.iter().position(is_by);
        match checked.is_empty() {
            true => (self.state(package, None), None),
            false => checked.swap_remove(best.unwrap_or(0)),
        }
    }

    /// Has cosign check what was fetched from a registry. None if no key of cosign is meant for it,
    /// or it comes from elsewhere.
    async fn check_cosign(
        &self,
        package: &Package,
        by: Option<&KeyId>,
    ) -> Option<Result<(SignatureState, AdapterSignature), DistributionError>> {
        let Reference::Registry(image) = &package.source else {
            return None;
        };
        let release = &package.release;
        let mut keys = self.trust.cosign_keys(release);
        keys.sort_by_key(|(_, key)| by.is_some() && Some(key.id()) != by);
        let Some(cosign) = Cosign::installed() else {
            let missing = DistributionError::NoCosign {
                name: release.name.clone(),
                keys: self.trust.names(release),
            };
            return (!keys.is_empty()).then_some(Err(missing));
        };
        let mut failed = None;
        for (name, key) in keys {
            let signature = AdapterSignature::Cosign(CosignRecord {
                key: key.id().clone(),
                image: image.to_string(),
            });
            // Whether it may count at all, before anybody is asked.
            let state = match self.state(package, Some(&signature)) {
                Ok(state) => state,
                Err(error) => {
                    failed = Some(Err(error));
                    continue;
                }
            };
            tracing::info!("asking cosign about {image}");
            failed = Some(match cosign.verify(self.network, key, image).await {
                Ok(Ok(())) => return Some(Ok((state, signature))),
                Ok(Err(reason)) => Err(DistributionError::Cosign {
                    name: release.name.clone(),
                    key: format!("{name} ({})", key.id()),
                    image: image.to_string(),
                    reason,
                }),
                Err(error) => Err(error.into()),
            });
        }
        failed
    }

    fn state(
        &self,
        package: &Package,
        signature: Option<&AdapterSignature>,
    ) -> Result<SignatureState, DistributionError> {
        let (release, bytes) = (&package.release, &package.bytes);
        self.trust
            .check(release, bytes, signature, Some(self.today))
    }

    /// Keeps it.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn keep(&self, candidate: &Candidate) -> Result<PathBuf, DistributionError> {
        let (bytes, signature) = (&candidate.package.bytes, candidate.kept.as_ref());
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
        let mut candidate = self.check(package, locked.key.as_ref()).await?;
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
        host_versions: release.host_versions.clone(),
        asks: release.asks.clone(),
    }
}
