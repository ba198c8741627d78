//! What clients, workers and the hub say to each other about jobs: bodies in JSON.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::allow_list::AllowList;
use super::failure::FailureKind;
use super::job::{JobPlace, JobSpec, RunIdentity, TaskKind};

/// Where jobs are.
pub const JOBS_PATH: &str = "/pyblish/hub/v1/jobs";

/// Where a worker claims a task.
pub const CLAIM_PATH: &str = "/pyblish/hub/v1/work/claim";

/// Where the tasks of workers are.
pub const WORK_PATH: &str = "/pyblish/hub/v1/work/tasks";

/// Where workers are.
pub const WORKERS_PATH: &str = "/pyblish/hub/v1/workers";

/// The code of the problem that somebody else has the task now, or may have it.
pub const LEASE_LOST: &str = "lease-lost";

/// A job to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Submit {
    /// The job.
    pub spec: JobSpec,
    /// Who hands it over, for people: a user's name.
    pub user: String,
    /// The same text from the same machine or person makes the same job: sending twice is safe.
    pub key: String,
    /// How the farm gets to know of it: the name of the submitter.
    #[serde(default)]
    pub submitter: String,
    /// The session that it is of, on the machine that hands it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// A job, with its tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobInfo {
    /// Its id.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// Who handed it over.
    pub user: String,
    /// From which machine, or with whose token.
    pub origin: String,
    /// The adapter.
    pub adapter: String,
    /// The host, if one is started.
    pub host: Option<String>,
    /// `queued`, `running`, `succeeded`, `failed` or `cancelled`.
    pub state: String,
    /// A higher one is done first.
    pub priority: i32,
    /// What a worker must have.
    pub labels: Vec<String>,
    /// How often a task is tried at most.
    pub attempts: i32,
    /// How the farm got to know of it.
    pub submitter: String,
    /// Which workers do it: those of the farm, or one on the machine that handed it over.
    #[serde(default)]
    #[schema(required = true)]
    pub place: JobPlace,
    /// The session that it is of, on that machine.
    #[serde(default)]
    pub session: Option<String>,
    /// Whether somebody asked to cancel it.
    pub cancelled: bool,
    /// When it was made: seconds since 1970.
    pub created: f64,
    /// When it ended, if it did.
    pub ended: Option<f64>,
    /// Its tasks. Left out in lists.
    #[serde(default)]
    #[schema(required = true)]
    pub tasks: Vec<TaskInfo>,
}

/// A task of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskInfo {
    /// Its number in the job.
    pub number: i32,
    /// What it does.
    pub kind: TaskKind,
    /// The instance, if it is for one.
    pub instance: Option<String>,
    /// `waiting` (for other tasks), `ready`, `running`, `succeeded`, `failed` or `cancelled`.
    pub state: String,
    /// How often it was begun.
    pub attempt: i32,
    /// When the next attempt may begin, if that is later than now: seconds since 1970.
    pub not_before: Option<f64>,
    /// How far the run is, from 0 to 1, while it is running.
    pub progress: f64,
    /// What the worker does.
    pub doing: String,
    /// Its attempts, the first one first.
    pub history: Vec<AttemptInfo>,
}

/// An attempt at a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttemptInfo {
    /// Its number among the attempts of the task.
    pub attempt: i32,
    /// The epoch of the claim.
    pub epoch: i64,
    /// The worker.
    pub worker: String,
    /// When it began: seconds since 1970.
    pub started: f64,
    /// When it ended, if it did.
    pub ended: Option<f64>,
    /// Whether it succeeded; none while it runs.
    pub success: Option<bool>,
    /// Why it did not succeed.
    pub failure: Option<FailureKind>,
    /// The same in words.
    pub message: Option<String>,
    /// The exit code that a local publish would have had.
    pub exit: Option<u8>,
    /// The ids of its runs in the hub, as far as its events have arrived.
    pub runs: Vec<i64>,
}

/// A page of jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobPage {
    /// How many there are.
    pub total: i64,
    /// Whether `total` is only about right: more than 10,000 are not counted.
    pub estimated: bool,
    /// The latest first.
    pub items: Vec<JobInfo>,
    /// The `after` of the next page.
    pub next: Option<String>,
}

/// A worker asks for a task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Claim {
    /// Only of this job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<i64>,
    /// Only this task of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<i32>,
    /// The labels of the worker.
    pub labels: Vec<String>,
    /// What it takes.
    pub allow: AllowList,
    /// The version of its program.
    pub program: String,
}

/// What a worker gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClaimAnswer {
    /// A task; none if there is none for it now.
    pub task: Option<Claimed>,
    /// `active`, `paused` or `draining`.
    pub worker: String,
    /// With a job in the claim: the state of that job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_state: Option<String>,
    /// With a task in the claim: the state of that task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_state: Option<String>,
}

/// A task that a worker has now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Claimed {
    /// Its id in the hub.
    pub id: i64,
    /// What it does.
    pub kind: TaskKind,
    /// The instance, if it is for one.
    pub instance: Option<String>,
    /// Which run it is, with its epoch.
    pub identity: RunIdentity,
    /// For how long it is the worker's, in seconds, from when the claim was sent.
    pub lease: f64,
    /// The job, as the hub has signed it.
    pub document: String,
    /// The signature of the hub.
    pub signature: String,
    /// What the tasks before it have left, for [`TaskKind::Integrate`].
    #[serde(default)]
    pub handover: Vec<HandedInstance>,
}

/// The data of an extracted instance, on the way to its integration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HandedInstance {
    /// Its name.
    pub name: String,
    /// What extraction has set. Paths in storages are written as `storage:NAME/PATH`.
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
}

/// A worker is still at work.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Heartbeat {
    /// The epoch of its claim.
    pub epoch: i64,
    /// How far the run is, from 0 to 1.
    pub progress: f64,
    /// What it does.
    pub doing: String,
    /// The session's id on the worker, once there is one.
    pub session: Option<String>,
    /// The numbers of its runs there.
    pub runs: Vec<u64>,
}

/// What the hub says to that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeartbeatAnswer {
    /// For how long it is the worker's from now on, in seconds.
    pub lease: f64,
    /// Whether somebody has cancelled it.
    pub cancelled: bool,
}

/// A worker has ended its work.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Finish {
    /// The epoch of its claim.
    pub epoch: i64,
    /// Why it did not succeed; none if it did.
    pub failure: Option<FailureKind>,
    /// The same in words.
    pub message: Option<String>,
    /// The exit code that a local publish would have had.
    pub exit: u8,
    /// The session's id on the worker.
    pub session: Option<String>,
    /// The numbers of its runs there.
    pub runs: Vec<u64>,
    /// The parts of the report of its last run.
    #[schema(value_type = Object)]
    pub report: Option<Value>,
    /// What it leaves for the integration.
    pub handover: Vec<HandedInstance>,
}

/// What the hub says to that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finished {
    /// The state of the task now: `ready` if it is tried again.
    pub state: String,
}

/// A worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkerInfo {
    /// Its name.
    pub name: String,
    /// `active`, `paused` (claims nothing) or `draining` (ends once it has nothing to do).
    pub state: String,
    /// Its labels, as it last said.
    pub labels: Vec<String>,
    /// The version of its program.
    pub program: String,
    /// When it last asked for a task or renewed one: seconds since 1970.
    pub heard: f64,
    /// How many tasks it has now.
    pub running: i64,
}

/// All workers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WorkerList {
    /// By name.
    pub items: Vec<WorkerInfo>,
}

/// The events of an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EventList {
    /// In their order.
    pub items: Vec<EventItem>,
}

/// An event of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventItem {
    /// Its number in the worker's session.
    pub sequence: u64,
    /// When it happened: seconds since 1970.
    pub at: f64,
    /// The number of its run in the session.
    pub run: Option<u64>,
    /// Its name in REST v2.
    pub name: String,
    /// Its body, as far as the worker sends it.
    #[schema(value_type = Object)]
    pub body: Value,
}

/// The key that jobs are signed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobKey {
    /// What a worker takes as `--job-key`.
    pub key: String,
}

/// What is read of a problem that the hub answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Refused {
    /// The stable code.
    pub code: String,
    /// What is wrong, in words.
    pub detail: String,
}
