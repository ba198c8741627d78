//! What the session of a job gets: what the job names, at the places that this machine's
//! configuration has for it.

use crate::exit::UsageError;
use crate::stderr::Error;
use pyblish_adapter::{Catalog, FolderGrant};
use pyblish_farm::{JobSpec, StorageError, Storages, file_digest};
use pyblish_session::{SessionRequest, StandingGrants};

/// Checks that the adapter of this name is the one that was handed over.
///
/// # Errors
/// It is not here, or is another one.
pub(super) fn check_adapter(catalog: &Catalog, spec: &JobSpec) -> Result<(), Error> {
    let found = catalog.find(&spec.adapter.name)?;
    let digest = file_digest(&found.path)?;
    match digest == spec.adapter.sha256 {
        true => Ok(()),
        false => Err(UsageError(format!(
            "the adapter {} of this worker is another one ({}) than that of the job ({}): install the same on both, \
             and publish again",
            spec.adapter.name,
            &digest[..12],
            spec.adapter.sha256.get(..12).unwrap_or_default()
        ))
        .into()),
    }
}

/// The request of a job's session. What the configuration of this machine grants to the adapter is
/// added by the manager.
///
/// # Errors
/// A folder is not here.
pub(super) fn request(
    storages: &Storages,
    spec: &JobSpec,
    pid: Option<u32>,
) -> Result<SessionRequest, StorageError> {
    let folders = spec.folders.iter().map(|folder| {
        Ok(FolderGrant {
            host: storages.path_of(&folder.place)?,
            guest: folder.guest.clone(),
            writable: folder.writable,
        })
    });
    let settings = spec.settings.iter();
    Ok(SessionRequest {
        adapter: spec.adapter.name.clone(),
        grants: StandingGrants {
            settings: settings
                .map(|(key, it)| (key.clone(), it.clone()))
                .collect(),
            folders: folders.collect::<Result<_, StorageError>>()?,
            environment: spec.environment.clone(),
            bridges: spec.host.iter().map(|scene| scene.host.clone()).collect(),
            pid,
            ..StandingGrants::default()
        },
    })
}
