//! How a farm gets to know of a job.

use std::io;
use std::path::PathBuf;

use super::job::TaskSpec;

/// A job that the hub has, on its way to a farm.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// Its id in the hub.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// Its tasks.
    pub tasks: Vec<TaskSpec>,
}

/// Why a farm did not get a job.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// A command cannot be started.
    #[error("the farm's command {program:?} cannot be started: {error}")]
    NotStarted {
        /// Its program.
        program: String,
        /// Why.
        error: io::Error,
    },
    /// A command failed.
    #[error("the farm's command {program:?} ended with {ending} for {what}: {said}")]
    Failed {
        /// Its program.
        program: String,
        /// How it ended.
        ending: String,
        /// The job or the task.
        what: String,
        /// What it said on stderr.
        said: String,
    },
    /// The command line is wrong.
    #[error("the farm's command {0}")]
    Wrong(String),
    /// A process on this machine that was to do the job has ended.
    #[error(
        "the process that was to publish it here ended ({ending}) before it began; its last lines, from {}:\n{said}",
        .log.display()
    )]
    Ended {
        /// How it ended.
        ending: String,
        /// Where its log is.
        log: PathBuf,
        /// What it said last.
        said: String,
    },
    /// The hub cannot be asked.
    #[error("{0}")]
    Hub(String),
    /// A file cannot be written.
    #[error("{} cannot be written: {error}", .path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// A kind of farm. What it starts for a task is `pyblish-endpoint work --job ID --task NUMBER`, or
/// for all of a job `pyblish-endpoint work --job ID`.
pub trait Submitter {
    /// Its name in the hub.
    fn name(&self) -> &'static str;

    /// Has the farm start workers for this job. Returns what to tell the user.
    ///
    /// # Errors
    /// The farm did not get it, or not all of it.
    fn submit(&self, job: &Submitted) -> Result<String, SubmitError>;
}
