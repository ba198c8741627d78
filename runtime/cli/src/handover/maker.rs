//! Makes a job of an open session: what it was given, by names that workers understand.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use super::choices;
use super::source::JobSource;
use crate::named_instances::named_instances;
use pyblish_adapter::FolderGrant;
use pyblish_farm::{
    AdapterRef, Content, ContentError, Demanded, HostScene, JobFolder, JobPlace, JobSpec,
    StorageError, StoragePath, Storages, copy_scene, file_digest,
};
use pyblish_model::{Context, InstanceId};
use pyblish_rules::is_skipped;
use pyblish_server::{HandOver, JobError};
use pyblish_session::{Session, StandingGrants};

/// How often a task is tried at most, where nobody says it.
const ATTEMPTS: u32 = 3;

/// What a job is made of.
pub struct JobMaker<'a> {
    pub source: &'a JobSource,
    pub session: &'a Session,
    /// The session's id.
    pub id: &'a str,
    pub request: &'a HandOver,
    pub demands: Demanded,
    /// The job's key, which tells the copy of a scene from others.
    pub key: String,
    /// Asked now and then, whether the job is still wanted.
    pub goes_on: Box<dyn Fn() -> bool + Send>,
}

/// A job, and what was made for it.
pub struct MadeJob {
    pub spec: JobSpec,
    /// The copy of the scene.
    pub copy: Option<PathBuf>,
}

impl MadeJob {
    /// The job is not handed over.
    pub fn discard(&self) {
        if let Some(copy) = &self.copy {
            // That it stays is no reason for another error.
            let _ = std::fs::remove_file(copy);
        }
    }
}

impl JobMaker<'_> {
    /// Checks that what is handed over was validated, and has not changed since.
    ///
    /// # Errors
    /// It was not, or it has.
    pub fn check_validated(&self) -> Result<(), JobError> {
        let snapshot = self.session.snapshot();
        let chosen = self.chosen(&snapshot.context)?;
        let checked = snapshot.check_validated(&chosen, &self.request.targets);
        checked.map_err(|why| {
            JobError::NotValidated(format!(
                "only what was validated is handed over, and {why}: validate it with success first"
            ))
        })
    }

    /// Makes it.
    ///
    /// # Errors
    /// See [`JobError`].
    pub async fn make(self) -> Result<MadeJob, JobError> {
        let other = |error: &dyn std::fmt::Display| JobError::Other(error.to_string());
        let opened = self.source.manager().request(self.id);
        let opened = opened.ok_or_else(|| JobError::UnknownSession(self.id.to_owned()))?;
        let adapter = self.session.description().name.clone();
        let found = self.source.catalog().find(&opened.adapter);
        let found = found.map_err(|error| other(&error))?;
        let standing = self.source.standing(&opened.adapter);
        let storages = self.source.storages().clone();
        let (folders, mut read) = folders(&storages, &opened.grants, &standing)?;
        let instances = self.instances()?;
        let scene = self.scene(&storages)?;
        let choices = self.session.choices();
        let Self {
            request,
            demands,
            key,
            goes_on,
            ..
        } = self;
        let copies = request.place == JobPlace::Here;
        let measure = move || {
            let copied = match scene {
                Some(scene) if copies => {
                    let copy = copy_scene(&scene.path, &key).map_err(|error| {
                        let path = scene.path.display();
                        JobError::Other(format!("{path} cannot be copied beside itself: {error}"))
                    })?;
                    Some((copy, Some(scene)))
                }
                Some(scene) => Some((scene.path, None)),
                None => None,
            };
            read.extend(copied.iter().map(|(path, _)| path.clone()));
            let all = read.iter().map(|path| {
                tracing::info!("reading {}", path.display());
                Content::of(&storages, path, &*goes_on)
            });
            let content = all.collect::<Result<Vec<_>, _>>().map_err(of_content);
            let digest = file_digest(&found.path);
            let digest = digest.map_err(|error| JobError::Other(error.to_string()));
            let made = content.and_then(|content| Ok((content, digest?)));
            if let (Err(_), Some((copy, Some(_)))) = (&made, &copied) {
                let _ = std::fs::remove_file(copy);
            }
            made.map(|(content, digest)| (content, digest, copied, storages))
        };
        let measured = tokio::task::spawn_blocking(measure).await;
        let (content, sha256, copied, storages) = measured.map_err(|error| other(&error))??;
        let host = match (self.source.manager().bridge(self.id), &copied) {
            (Some(host), Some((path, original))) => Some(HostScene {
                host,
                scene: storages.place_of(path).map_err(of_storage)?,
                copy_of: original.as_ref().map(|scene| scene.place.clone()),
            }),
            _ => None,
        };
        let copy = copied.and_then(|(path, original)| original.is_some().then_some(path));
        let mut settings = BTreeMap::new();
        for (key, value) in &opened.grants.settings {
            settings.insert(key.clone(), value.clone());
        }
        let mut environment = opened.grants.environment.clone();
        environment.sort();
        environment.dedup();
        let name = request.name.clone();
        let shown = host.as_ref().and_then(|host| host.copy_of.as_ref());
        let spec = JobSpec {
            name: name.unwrap_or_else(|| name_of(&content, shown, &adapter)),
            place: request.place,
            adapter: AdapterRef {
                name: adapter,
                sha256,
            },
            host,
            settings,
            folders,
            environment,
            content,
            instances,
            split: request.split,
            plugins: choices::plugins(&choices),
            data: choices::data(&choices, &storages),
            targets: request.targets.clone(),
            comment: request.comment.clone(),
            skip_validation: request.skip_validation,
            demands,
            priority: request.priority,
            labels: request.labels.clone(),
            attempts: request.attempts.unwrap_or(ATTEMPTS),
        };
        let made = MadeJob { spec, copy };
        match made.spec.check() {
            Ok(()) => Ok(made),
            Err(error) => {
                made.discard();
                Err(JobError::Unusable(error.to_string()))
            }
        }
    }

    /// The scene that is open in the host; none for an adapter without a host.
    fn scene(&self, storages: &Storages) -> Result<Option<Scene>, JobError> {
        let Some(host) = self.source.manager().bridge(self.id) else {
            return Ok(None);
        };
        let path = self.session.snapshot().scene_file().ok_or_else(|| {
            JobError::SceneNotSaved(format!(
                "{host} has no scene that was saved, so workers cannot open it: save it in a storage"
            ))
        })?;
        let path = PathBuf::from(path);
        let place = storages.place_of(&path).map_err(of_storage)?;
        Ok(Some(Scene { path, place }))
    }

    /// The instances that are published.
    fn chosen(&self, context: &Context) -> Result<HashSet<InstanceId>, JobError> {
        let names = &self.request.instances;
        let named = named_instances(context, names);
        let named = named.map_err(|error| JobError::UnknownInstance(error.0))?;
        let is_named = |id: &InstanceId| names.is_empty() || named.contains(id);
        let chosen = context.instances.iter().filter(|it| !is_skipped(it));
        let chosen = chosen
            .map(|instance| &instance.id)
            .filter(|id| is_named(id));
        let chosen: HashSet<_> = chosen.cloned().collect();
        match chosen.is_empty() {
            true => Err(JobError::NothingChosen(
                "there is nothing to publish: no instance was collected, or all are left out"
                    .into(),
            )),
            false => Ok(chosen),
        }
    }

    /// The instances of the job. All of them are only named where each gets a task.
    fn instances(&self) -> Result<Vec<String>, JobError> {
        let context = self.session.snapshot().context;
        if !self.request.split {
            return Ok(self.request.instances.clone());
        }
        let chosen = self.chosen(&context)?;
        let instances = context.instances.iter();
        let instances = instances.filter(|instance| chosen.contains(&instance.id));
        Ok(instances.map(|it| it.name.to_string()).collect())
    }
}

/// A scene, and the place that it is for other machines.
struct Scene {
    path: PathBuf,
    place: StoragePath,
}

fn of_storage(error: StorageError) -> JobError {
    JobError::NotInStorage(error.to_string())
}

fn of_content(error: ContentError) -> JobError {
    match error {
        ContentError::Storage(error) => of_storage(error),
        ContentError::Stopped => JobError::Stopped,
        error => JobError::Unusable(error.to_string()),
    }
}

/// The folders of the job, and those whose content the worker must find as it is now: what is only
/// read. A folder of the configuration that is in no storage is one that each worker has its own of.
fn folders(
    storages: &Storages,
    granted: &StandingGrants,
    standing: &StandingGrants,
) -> Result<(Vec<JobFolder>, Vec<PathBuf>), JobError> {
    let (mut folders, mut read): (Vec<JobFolder>, Vec<PathBuf>) = (Vec::new(), Vec::new());
    for folder in &granted.folders {
        if folders.iter().any(|known| known.guest == folder.guest) {
            continue;
        }
        match storages.place_of(&folder.host) {
            Ok(place) => {
                folders.push(JobFolder {
                    guest: folder.guest.clone(),
                    place,
                    writable: folder.writable,
                });
                if !folder.writable {
                    read.push(folder.host.clone());
                }
            }
            Err(_) if is_of_configuration(standing, folder) => tracing::info!(
                "{} is in no storage; each worker's own configuration must have {}",
                folder.host.display(),
                folder.guest
            ),
            Err(error) => return Err(of_storage(error)),
        }
    }
    Ok((folders, read))
}

fn is_of_configuration(standing: &StandingGrants, folder: &FolderGrant) -> bool {
    standing.folders.contains(folder)
}

/// What a job is called where nobody says it: its scene or folder, or else its adapter.
fn name_of(content: &[Content], scene: Option<&StoragePath>, adapter: &str) -> String {
    let last = content.last().map(|content| &content.place);
    let place = scene.or(last).map(ToString::to_string);
    let last = place.as_deref().and_then(|place| place.rsplit('/').next());
    last.unwrap_or(adapter).to_owned()
}
