//! Publishes that sessions hand over to the studio's hub. The server does not know how that is done;
//! whoever starts it does, and gives it a [`HubJobs`].

use futures_util::future::BoxFuture;

use pyblish_farm::JobPlace;
use pyblish_farm::wire::{EventList, JobInfo, JobPage};
use pyblish_report::Report;

/// What is to be handed over of a session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HandOver {
    /// Which workers do it.
    pub place: JobPlace,
    /// The names of the instances; empty means all that take part.
    pub instances: Vec<String>,
    /// Becomes the context's `comment`.
    pub comment: String,
    /// Targets, instead of `default`.
    pub targets: Vec<String>,
    /// Whether each instance is extracted by a task of its own.
    pub split: bool,
    /// Whether the workers do not validate again.
    pub skip_validation: bool,
    /// A higher one is done first.
    pub priority: i32,
    /// Only workers with all of these take it.
    pub labels: Vec<String>,
    /// How often a task is tried at most; none for the usual number.
    pub attempts: Option<u32>,
    /// What people call it; none for the name of the scene or the folder.
    pub name: Option<String>,
    /// The same text is the same job, so that it can be handed over again.
    pub key: Option<String>,
}

/// A job that was handed over.
#[derive(Debug, Clone, PartialEq)]
pub struct HandedOver {
    /// The job.
    pub job: JobInfo,
    /// What happens next, for users.
    pub told: String,
}

/// Why something was not done with a job. Each text says what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// There is no session with this id.
    #[error("there is no session {0:?}; GET /pyblish/v2/sessions lists them")]
    UnknownSession(String),
    /// The host has no scene that was saved.
    #[error("{0}")]
    SceneNotSaved(String),
    /// A file or folder is not where workers can find it.
    #[error("{0}")]
    NotInStorage(String),
    /// It is not validated as it is now.
    #[error("{0}")]
    NotValidated(String),
    /// There is nothing to publish.
    #[error("{0}")]
    NothingChosen(String),
    /// An instance is not there.
    #[error("{0}")]
    UnknownInstance(String),
    /// It cannot be a job.
    #[error("{0}")]
    Unusable(String),
    /// The hub does not answer.
    #[error("{0}")]
    HubAway(String),
    /// The hub refuses, with this status and code.
    #[error("{detail}")]
    HubRefused {
        /// The status of its answer.
        status: u16,
        /// Its code.
        code: String,
        /// What is wrong, in its words.
        detail: String,
    },
    /// The farm did not get it, so the job was cancelled.
    #[error("{0}")]
    FarmFailed(String),
    /// Whoever asked has stopped it.
    #[error("it was stopped")]
    Stopped,
    /// Something else went wrong.
    #[error("{0}")]
    Other(String),
}

/// An answer that is still to come.
pub type JobAnswer<'a, T> = BoxFuture<'a, Result<T, JobError>>;

/// Which attempt: the job, the number of the task, and the epoch.
pub type AttemptKey = (i64, i32, i64);

/// Hands publishes of sessions over, and says what becomes of them.
pub trait HubJobs: Send + Sync {
    /// Where a publish of this session can be done.
    fn places(&self, session: &str) -> Vec<JobPlace>;

    /// Hands a publish of this session over.
    fn hand_over<'a>(&'a self, session: &'a str, request: HandOver) -> JobAnswer<'a, HandedOver>;

    /// The jobs of this session, the latest first. `after` is the `next` of the page before.
    fn jobs<'a>(
        &'a self,
        session: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> JobAnswer<'a, JobPage>;

    /// A job with its tasks.
    fn job(&self, id: i64) -> JobAnswer<'_, JobInfo>;

    /// Cancels a job.
    fn cancel(&self, id: i64) -> JobAnswer<'_, JobInfo>;

    /// Has what failed in a job tried again.
    fn retry(&self, id: i64) -> JobAnswer<'_, JobInfo>;

    /// The events of an attempt, after the one of this number.
    fn events(&self, attempt: AttemptKey, after: u64) -> JobAnswer<'_, EventList>;

    /// The report of an attempt; none while there is none.
    fn report(&self, attempt: AttemptKey) -> JobAnswer<'_, Option<Report>>;
}
