//! Checking what a lock says of an adapter: against its file, and against the keys.

use super::{Describe, DistributionError, LockedAdapter, Release, SignatureState, Store, Trust};

/// Checks all of an entry of a lock: the file in the store, what it says of itself, and its
/// signature.
///
/// # Errors
/// It is not in the store, or must not be used.
pub fn check_locked(
    entry: &LockedAdapter,
    store: &Store,
    trust: &Trust,
    limit: u64,
    describe: Describe<'_>,
) -> Result<SignatureState, DistributionError> {
    trust.check_revoked(&entry.name, &entry.digest, entry.key.as_ref())?;
    let Some(path) = store.find(&entry.digest)? else {
        return Err(DistributionError::NotInstalled {
            name: entry.name.clone(),
            version: entry.version.clone(),
        });
    };
    let bytes = store.read(&entry.digest, limit)?;
    let release = describe(&path, &bytes)?;
    compare(entry, &release)?;
    if entry.size != bytes.len() as u64 {
        return Err(DistributionError::Edited {
            name: entry.name.clone(),
            part: "size",
        });
    }
    let signature = store.signature(&entry.digest)?;
    // A key that signs nothing new any more goes on for what is locked.
    let state = trust.check(&release, &bytes, signature.as_ref(), None)?;
    match &entry.key {
        Some(key) if state.key() != Some(key) => Err(DistributionError::OtherKey {
            name: entry.name.clone(),
            expected: Some(key.clone()),
            found: state.key().cloned(),
        }),
        _ => Ok(state),
    }
}

/// Checks that the lock says of a file what the file says of itself.
///
/// # Errors
/// The lock was edited.
pub(crate) fn compare(locked: &LockedAdapter, release: &Release) -> Result<(), DistributionError> {
    let said = locked.release()?;
    let parts = [
        ("name", said.name != release.name),
        ("version", said.version != release.version),
        ("hosts", said.hosts != release.hosts),
        ("host-versions", said.host_versions != release.host_versions),
        ("contract", said.contract != release.contract),
        ("asks", said.asks != release.asks),
    ];
    let differing: Vec<_> = parts.iter().filter(|(_, differs)| *differs).collect();
    match differing.first() {
        None => Ok(()),
        Some((part, _)) => Err(DistributionError::Edited {
            name: locked.name.clone(),
            part,
        }),
    }
}
