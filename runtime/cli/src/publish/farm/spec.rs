//! Makes a job of an open session: what it was given, by names that workers understand.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::exit::{Exit, UsageError};
use crate::launch::Launched;
use crate::publish::ending::Demands;
use crate::publish::stop::StopSignal;
use crate::publish::work::named_instances;
use crate::stderr::{self, Error};
use pyblish_adapter::FolderGrant;
use pyblish_farm::{
    AdapterRef, Content, ContentError, HostScene, JobFolder, JobSpec, Storages, file_digest,
};
use pyblish_rules::is_skipped;
use pyblish_session::StandingGrants;

/// What a job is made of.
pub(super) struct JobMaker<'a> {
    pub(super) launched: &'a Launched,
    pub(super) stop: &'a StopSignal,
    pub(super) demands: Demands,
    pub(super) targets: Vec<String>,
    pub(super) comment: String,
    /// The names of the chosen instances; empty means all.
    pub(super) named: Vec<String>,
    pub(super) split: bool,
    pub(super) skip_validation: bool,
    pub(super) priority: i32,
    pub(super) labels: Vec<String>,
    pub(super) attempts: u32,
    pub(super) name: Option<String>,
}

impl JobMaker<'_> {
    /// Makes it; or says how this ends without one.
    pub(super) async fn make(self) -> Result<Result<JobSpec, Exit>, Error> {
        let Launched {
            manager,
            id,
            session,
            request,
            catalog,
            config,
            ..
        } = self.launched;
        let storages = config.storages()?;
        let adapter = session.description().name.clone();
        let found = catalog.find(&request.adapter)?;
        let standing = config.standing()?;
        let standing = standing.get(&request.adapter).cloned().unwrap_or_default();
        let (folders, read) = folders(&storages, &request.grants.folders, &standing)?;
        let mut content: Vec<PathBuf> = read;
        let host = match manager.bridge(id) {
            None => None,
            Some(host) => {
                let scene = session.snapshot().scene_file().ok_or_else(|| {
                    UsageError(format!(
                        "{host} has no scene that was saved, so workers cannot open it: save it in a storage"
                    ))
                })?;
                let scene = PathBuf::from(scene);
                let place = storages.place_of(&scene);
                let place = place.map_err(|error| UsageError(error.to_string()))?;
                content.push(scene);
                Some(HostScene { host, scene: place })
            }
        };
        if content.is_empty() {
            stderr::say(
                "nothing of this job can be checked by the worker: grant the folder with the files with :ro",
            );
        }
        let Some(content) = self.measured(storages, content).await? else {
            return Ok(Err(Exit::Interrupted));
        };
        let mut settings = BTreeMap::new();
        for (key, value) in standing.settings.iter().chain(&request.grants.settings) {
            settings.insert(key.clone(), value.clone());
        }
        let mut environment = standing.environment.clone();
        environment.extend(request.grants.environment.iter().cloned());
        environment.sort();
        environment.dedup();
        let spec = JobSpec {
            name: self
                .name
                .clone()
                .unwrap_or_else(|| name_of(&content, &adapter)),
            adapter: AdapterRef {
                name: adapter,
                sha256: file_digest(&found.path)?,
            },
            host,
            settings,
            folders,
            environment,
            content,
            instances: self.instances()?,
            split: self.split,
            plugins: Vec::new(),
            data: Vec::new(),
            targets: self.targets,
            comment: self.comment,
            skip_validation: self.skip_validation,
            demands: self.demands.into(),
            priority: self.priority,
            labels: self.labels,
            attempts: self.attempts,
        };
        spec.check()
            .map_err(|error| UsageError(error.to_string()))?;
        Ok(Ok(spec))
    }

    /// The instances of the job. All of them are only named where each gets a task.
    fn instances(&self) -> Result<Vec<String>, Error> {
        let context = self.launched.session.snapshot().context;
        if !self.named.is_empty() {
            named_instances(&context, &self.named)?;
        }
        if !self.split {
            return Ok(self.named.clone());
        }
        let instances = context.instances.iter().filter(|it| !is_skipped(it));
        let instances = instances.map(|instance| instance.name.to_string());
        let is_chosen = |name: &String| self.named.is_empty() || self.named.contains(name);
        Ok(instances.filter(is_chosen).collect())
    }

    /// The content at these paths; none if the user has stopped it.
    async fn measured(
        &self,
        storages: Storages,
        paths: Vec<PathBuf>,
    ) -> Result<Option<Vec<Content>>, Error> {
        let stop = self.stop.clone();
        let measure = move || {
            let goes_on = || !stop.is_wanted();
            let all = paths.iter().map(|path| {
                tracing::info!("reading {}", path.display());
                Content::of(&storages, path, &goes_on)
            });
            all.collect::<Result<Vec<_>, _>>()
        };
        match tokio::task::spawn_blocking(measure).await? {
            Ok(content) => Ok(Some(content)),
            Err(ContentError::Stopped) => Ok(None),
            Err(error) => Err(UsageError::of(error.into())),
        }
    }
}

/// The folders of the job, and those whose content the worker must find as it is now: what is only
/// read. A folder of the configuration that is in no storage is one that each worker has its own of.
fn folders(
    storages: &Storages,
    typed: &[FolderGrant],
    standing: &StandingGrants,
) -> Result<(Vec<JobFolder>, Vec<PathBuf>), UsageError> {
    let (mut folders, mut read): (Vec<JobFolder>, Vec<PathBuf>) = (Vec::new(), Vec::new());
    let all = typed.iter().map(|folder| (folder, true));
    let all = all.chain(standing.folders.iter().map(|folder| (folder, false)));
    for (folder, is_typed) in all {
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
            Err(error) if is_typed => return Err(UsageError(error.to_string())),
            Err(_) => tracing::info!(
                "{} is in no storage; each worker's own configuration must have {}",
                folder.host.display(),
                folder.guest
            ),
        }
    }
    Ok((folders, read))
}

/// What a job is called where nobody says it: its scene or folder, or else its adapter.
fn name_of(content: &[Content], adapter: &str) -> String {
    let place = content.last().map(|content| content.place.to_string());
    let last = place.as_deref().and_then(|place| place.rsplit('/').next());
    last.unwrap_or(adapter).to_owned()
}
