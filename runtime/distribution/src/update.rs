//! What an update of a lock would change, and whether it may.

use std::path::Path;

use super::{Candidate, Difference, DistributionError, Installer, Lock, Reference, difference};

/// What the user allows an update to do.
#[derive(Debug, Clone, Copy, Default)]
pub struct UpdateRules {
    /// Ask for more than before.
    pub accept_grants: bool,
    /// Go back to an older version.
    pub allow_older: bool,
}

/// An update that was fetched and checked, and is not written yet.
#[derive(Debug)]
pub struct Update {
    /// The new adapter. Its source is relative to the lock's folder.
    pub candidate: Candidate,
    /// What it changes; no lines if it is the one that the lock names.
    pub difference: Difference,
}

/// Fetches what a source has by now. `from` is another source than the lock's, relative to the
/// working folder.
///
/// # Errors
/// The adapter is not in the lock, cannot be fetched, or must not be used.
pub async fn fetch_update(
    installer: &Installer<'_>,
    lock: &Lock,
    name: &str,
    from: Option<&Reference>,
) -> Result<Update, DistributionError> {
    let locked = lock.get(name).ok_or_else(|| DistributionError::NotLocked {
        name: name.into(),
        known: lock.adapters().map(|it| it.name.clone()).collect(),
    })?;
    let candidate = match from {
        Some(from) => fetch_for(installer, lock, from).await?,
        None => {
            let source = locked.source.parse();
            let source: Reference = source.map_err(|reason| DistributionError::Locked {
                name: name.into(),
                reason,
            })?;
            installer.fetch(&source.unpinned(), lock.folder()).await?
        }
    };
    let found = &candidate.entry;
    if found.name != name {
        return Err(DistributionError::OtherName {
            name: name.into(),
            source_name: found.source.clone(),
            found: found.name.clone(),
        });
    }
    let difference = difference(locked, found);
    Ok(Update {
        candidate,
        difference,
    })
}

/// Fetches an adapter for a lock: its source becomes relative to the lock's folder.
///
/// # Errors
/// It cannot be fetched, or must not be used.
pub async fn fetch_for(
    installer: &Installer<'_>,
    lock: &Lock,
    source: &Reference,
) -> Result<Candidate, DistributionError> {
    let mut candidate = installer.fetch(source, Path::new("")).await?;
    let kept = candidate.source().from_lock(lock.folder());
    let kept = kept.map_err(|error| DistributionError::Lock {
        path: lock.path().into(),
        reason: format!("its folder cannot be used: {error}"),
    })?;
    candidate.entry.source = kept.to_string();
    Ok(candidate)
}

impl Update {
    /// Whether the user allows it.
    ///
    /// # Errors
    /// They do not.
    pub fn check(&self, lock: &Lock, rules: UpdateRules) -> Result<(), DistributionError> {
        let found = &self.candidate.entry;
        let Some(locked) = lock.get(&found.name) else {
            return Ok(());
        };
        if found.version < locked.version && !rules.allow_older {
            return Err(DistributionError::Older {
                name: found.name.clone(),
                source_name: found.source.clone(),
                locked: locked.version.to_string(),
                found: found.version.to_string(),
            });
        }
        if let (Some(key), None) = (&locked.key, &found.key) {
            return Err(DistributionError::SignatureLost {
                name: found.name.clone(),
                key: key.clone(),
            });
        }
        match self.difference.grown.is_empty() || rules.accept_grants {
            true => Ok(()),
            false => Err(DistributionError::Grown {
                name: found.name.clone(),
                version: found.version.clone(),
                grown: self.difference.grown.clone(),
            }),
        }
    }
}
