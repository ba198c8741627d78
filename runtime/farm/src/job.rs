//! What a job is. The shapes are JSON, with camel case; what is not known in one is an error.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::content::Content;
use super::storage::StoragePath;

/// How many instances a job can name, and so how many tasks it can have.
const MAX_INSTANCES: usize = 10_000;

/// Characters of the longest name of a job, an instance or a label.
const LONGEST: usize = 200;

/// How many labels a job can have.
const MAX_LABELS: usize = 20;

/// How often a task can be tried.
const MAX_ATTEMPTS: u32 = 100;

/// The bounds of a priority.
const PRIORITIES: std::ops::RangeInclusive<i32> = -1000..=1000;

/// A publish that is handed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobSpec {
    /// What people call it, for example the name of the scene.
    pub name: String,
    /// The adapter, by its name on each machine and the digest of its file.
    pub adapter: AdapterRef,
    /// Which workers do it.
    #[serde(default, skip_serializing_if = "JobPlace::is_farm")]
    pub place: JobPlace,
    /// The host that the worker starts, with its scene. None for an adapter without a host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostScene>,
    /// Values of the adapter's settings, as text. They come after those of the worker's own
    /// configuration.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Folders that the adapter gets, besides those of the worker's own configuration.
    #[serde(default)]
    pub folders: Vec<JobFolder>,
    /// Names of environment variables that the adapter may read on the worker. Values never travel.
    #[serde(default)]
    pub environment: Vec<String>,
    /// What must be on the worker as it was when the job was made.
    #[serde(default)]
    pub content: Vec<Content>,
    /// The names of the instances to publish; empty means all.
    #[serde(default)]
    pub instances: Vec<String>,
    /// Whether each instance is extracted by a task of its own, and one more integrates them all.
    #[serde(default)]
    pub split: bool,
    /// Plug-ins to switch on or off.
    #[serde(default)]
    pub plugins: Vec<PluginChoice>,
    /// Values of data, such as attributes of plug-ins, to set once all is collected.
    #[serde(default)]
    pub data: Vec<DataChoice>,
    /// Targets, instead of `default`.
    #[serde(default)]
    pub targets: Vec<String>,
    /// Becomes the context's `comment`.
    #[serde(default)]
    pub comment: String,
    /// Without the validators: somebody has validated it already.
    #[serde(default)]
    pub skip_validation: bool,
    /// What is asked beyond that nothing fails.
    #[serde(default)]
    pub demands: Demanded,
    /// A higher one is done first; 0 is usual.
    #[serde(default)]
    pub priority: i32,
    /// Only a worker with all of these labels takes it.
    #[serde(default)]
    pub labels: Vec<String>,
    /// How often a task is tried at most.
    #[serde(default = "attempts")]
    pub attempts: u32,
}

fn attempts() -> u32 {
    3
}

/// Which workers do a job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum JobPlace {
    /// The workers of the farm.
    #[default]
    Farm,
    /// A process on the machine that hands it over, and no other.
    Here,
}

impl JobPlace {
    /// Its name in the API and the database.
    pub fn name(self) -> &'static str {
        match self {
            JobPlace::Farm => "farm",
            JobPlace::Here => "here",
        }
    }

    /// Whether it is the farm.
    pub fn is_farm(&self) -> bool {
        *self == JobPlace::Farm
    }
}

impl std::str::FromStr for JobPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [JobPlace::Farm, JobPlace::Here];
        let known = all.into_iter().find(|place| place.name() == text);
        known.ok_or_else(|| format!("{text:?} is no place for a job: write farm or here"))
    }
}

/// An adapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdapterRef {
    /// Its name.
    pub name: String,
    /// SHA-256 of its file, in hexadecimal digits.
    pub sha256: String,
}

/// A host with its scene.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HostScene {
    /// The name that plug-ins use, such as `blender`.
    pub host: String,
    /// The scene.
    #[schema(value_type = String)]
    pub scene: StoragePath,
    /// The scene that it is a copy of, which is removed once the job has succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub copy_of: Option<StoragePath>,
}

/// A folder that the adapter gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobFolder {
    /// Its path inside the sandbox, such as `/inbox`.
    pub guest: String,
    /// Where it is.
    #[schema(value_type = String)]
    pub place: StoragePath,
    /// Whether the adapter can write there.
    #[serde(default)]
    pub writable: bool,
}

/// A plug-in that is switched on or off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PluginChoice {
    /// Its name.
    pub plugin: String,
    /// Whether it takes part.
    pub active: bool,
}

/// A value of data that is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataChoice {
    /// The name of the instance; none for the context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// How many instances of that name come before it. None for all of that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<usize>,
    /// The key.
    pub key: String,
    /// The value. Paths in storages are written as `storage:NAME/PATH`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub value: Value,
    /// Whether the value is removed instead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unset: bool,
}

/// What is asked of a publish beyond that nothing fails: the flags of `publish`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Demanded {
    /// Fail if a plug-in logs a warning.
    pub strict: bool,
    /// Fail if no instance is published.
    pub fail_if_empty: bool,
    /// Publish without the plug-ins whose files cannot be used.
    pub allow_broken_plugins: bool,
}

/// What a task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TaskKind {
    /// The whole publish.
    Publish,
    /// One instance, up to extraction.
    Extract,
    /// Integrates what all other tasks have extracted.
    Integrate,
}

impl TaskKind {
    /// Its name in the API and the database.
    pub fn name(self) -> &'static str {
        match self {
            TaskKind::Publish => "publish",
            TaskKind::Extract => "extract",
            TaskKind::Integrate => "integrate",
        }
    }
}

impl std::str::FromStr for TaskKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [TaskKind::Publish, TaskKind::Extract, TaskKind::Integrate];
        let known = all.into_iter().find(|kind| kind.name() == text);
        known.ok_or_else(|| format!("{text:?} is no kind of task"))
    }
}

/// A part of a job that one worker does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSpec {
    /// Its number in the job, from 1 on.
    pub number: i32,
    /// What it does.
    pub kind: TaskKind,
    /// The instance of [`TaskKind::Extract`].
    pub instance: Option<String>,
    /// How many tasks before it must have succeeded: all of them, or none.
    pub waits_for: i32,
}

/// Why a job cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SpecError(String);

impl JobSpec {
    /// Its tasks, in their order.
    pub fn tasks(&self) -> Vec<TaskSpec> {
        if !self.split {
            return vec![TaskSpec {
                number: 1,
                kind: TaskKind::Publish,
                instance: None,
                waits_for: 0,
            }];
        }
        let extracting = (1..)
            .zip(&self.instances)
            .map(|(number, instance)| TaskSpec {
                number,
                kind: TaskKind::Extract,
                instance: Some(instance.clone()),
                waits_for: 0,
            });
        let mut tasks: Vec<_> = extracting.collect();
        let before = i32::try_from(tasks.len()).unwrap_or(i32::MAX);
        tasks.push(TaskSpec {
            number: before.saturating_add(1),
            kind: TaskKind::Integrate,
            instance: None,
            waits_for: before,
        });
        tasks
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    /// It cannot be a job. The text says what to change.
    pub fn check(&self) -> Result<(), SpecError> {
        let wrong = |what: String| Err(SpecError(what));
        let is_text = |text: &str| {
            !text.trim().is_empty() && text.chars().count() <= LONGEST && !text.contains('\0')
        };
        let names = [("name", &self.name), ("adapter's name", &self.adapter.name)];
        let texts = self.instances.iter().map(|it| ("instance", it));
        let labels = self.labels.iter().map(|it| ("label", it));
        for (what, text) in names.into_iter().chain(texts).chain(labels) {
            if !is_text(text) {
                return wrong(format!(
                    "the {what} {text:?} must have 1 to {LONGEST} characters"
                ));
            }
        }
        let is_digest =
            |text: &str| text.len() == 64 && text.bytes().all(|it| it.is_ascii_hexdigit());
        let digests = self.content.iter().map(|content| &content.sha256);
        for digest in digests.chain([&self.adapter.sha256]) {
            if !is_digest(digest) {
                return wrong(format!(
                    "{digest:?} is no SHA-256: write 64 hexadecimal digits"
                ));
            }
        }
        if self.adapter.name.contains(['/', '\\']) || self.adapter.name.ends_with(".wasm") {
            return wrong(format!(
                "the adapter {:?} is a path: name one that workers have installed",
                self.adapter.name
            ));
        }
        for folder in &self.folders {
            if !folder.guest.starts_with('/') || folder.guest.contains("..") {
                return wrong(format!(
                    "{:?} is no path in the sandbox: write one like /inbox",
                    folder.guest
                ));
            }
        }
        if self.instances.len() > MAX_INSTANCES || self.labels.len() > MAX_LABELS {
            return wrong(format!(
                "a job has {MAX_INSTANCES} instances and {MAX_LABELS} labels at most"
            ));
        }
        if self.place == JobPlace::Here && !self.labels.is_empty() {
            return wrong("a job for this machine has no labels: no other worker takes it".into());
        }
        if self.split && self.instances.is_empty() {
            return wrong("a job with a task for each instance must name them".into());
        }
        if self.split
            && self
                .instances
                .iter()
                .enumerate()
                .any(|(at, it)| self.instances[..at].contains(it))
        {
            return wrong("a job with a task for each instance must name each once".into());
        }
        if !(1..=MAX_ATTEMPTS).contains(&self.attempts) {
            return wrong(format!("attempts must be 1 to {MAX_ATTEMPTS}"));
        }
        if !PRIORITIES.contains(&self.priority) {
            let (low, high) = (PRIORITIES.start(), PRIORITIES.end());
            return wrong(format!("priority must be {low} to {high}"));
        }
        Ok(())
    }
}

/// A job as the hub signs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobDocument {
    /// The id of the job in the hub.
    pub id: i64,
    /// Who handed it over.
    pub by: String,
    /// The job.
    pub spec: JobSpec,
}

/// What integrators find in the context's data as `pyblish`: by it they see whether what they are
/// about to make is there already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunIdentity {
    /// The same for all attempts of one task, and for no other task of this hub.
    pub run: String,
    /// The id of the job.
    pub job: i64,
    /// The number of the task in it.
    pub task: i32,
    /// Grows with each claim of the task: of two attempts, the one with the higher epoch counts.
    pub epoch: i64,
    /// How often the task was begun, this time included.
    pub attempt: i32,
    /// What the task does.
    pub kind: TaskKind,
    /// The path of the scene that the artist has open, where the worker has a copy of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene: Option<String>,
}

impl RunIdentity {
    /// The key in the context's data.
    pub const KEY: &str = "pyblish";

    /// Of this attempt.
    pub fn new(kind: TaskKind, (job, task): (i64, i32), epoch: i64, attempt: i32) -> Self {
        RunIdentity {
            run: format!("job-{job}.{task}"),
            job,
            task,
            epoch,
            attempt,
            kind,
            scene: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spec(more: Value) -> Result<JobSpec, String> {
        let mut spec = json!({
            "name": "hero", "adapter": {"name": "folder", "sha256": "0".repeat(64)},
        });
        let more = more.as_object().unwrap().clone();
        spec.as_object_mut().unwrap().extend(more);
        let spec: JobSpec = serde_json::from_value(spec).map_err(|error| error.to_string())?;
        spec.check().map_err(|error| error.to_string())?;
        Ok(spec)
    }

    #[test]
    fn raw_path_is_refused() {
        let folder =
            |place: &str| spec(json!({"folders": [{"guest": "/inbox", "place": place}]})).map(drop);
        folder("jobs/in").unwrap();
        for place in ["/jobs/in", "C:\\jobs", "../jobs", "jobs/../../etc"] {
            let said = folder(place).unwrap_err();
            assert!(said.contains("is no place in a storage"), "{said}");
        }
        let file = json!({"adapter": {"name": "/tmp/evil.wasm", "sha256": "0".repeat(64)}});
        assert!(spec(file).unwrap_err().contains("is a path"));
    }

    #[test]
    fn wrong_job_is_refused() {
        for (more, part) in [
            (json!({"name": " "}), "the name"),
            (json!({"split": true}), "must name them"),
            (json!({"split": true, "instances": ["a", "a"]}), "each once"),
            (json!({"attempts": 0}), "attempts must be 1 to 100"),
            (json!({"attempts": 101}), "attempts must be 1 to 100"),
            (json!({"priority": 1001}), "priority must be -1000 to 1000"),
            (json!({"labels": vec!["x"; 21]}), "20 labels at most"),
            (
                json!({"folders": [{"guest": "inbox", "place": "ab"}]}),
                "/inbox",
            ),
            (json!({"adapter": {"name": "a", "sha256": "x"}}), "SHA-256"),
            (json!({"secret": 1}), "unknown field"),
            (json!({"place": "there"}), "unknown variant"),
            (json!({"place": "here", "labels": ["a"]}), "has no labels"),
        ] {
            let said = spec(more).unwrap_err();
            assert!(said.contains(part), "{said}");
        }
        spec(json!({"attempts": 100, "priority": 1000, "labels": vec!["x"; 20]})).unwrap();
    }

    #[test]
    fn integration_waits_for_all_instances() {
        let tasks = spec(json!({})).unwrap().tasks();
        assert_eq!((tasks.len(), tasks[0].kind), (1, TaskKind::Publish));
        let tasks = spec(json!({"split": true, "instances": ["a", "b"]}))
            .unwrap()
            .tasks();
        let told = tasks
            .iter()
            .map(|it| (it.number, it.kind.name(), it.waits_for));
        let told: Vec<_> = told.collect();
        assert_eq!(
            told,
            [(1, "extract", 0), (2, "extract", 0), (3, "integrate", 2)]
        );
        for kind in [TaskKind::Publish, TaskKind::Extract, TaskKind::Integrate] {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
    }
}
