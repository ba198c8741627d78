//! Jobs: publishes that were handed over, their tasks, and the workers that do them.
//!
//! # How a task is held
//!
//! `claim` gives a worker the first ready task that it may do, and raises the task's epoch. `lease`
//! renews it and ends it; both only count with that epoch, and before the lease has run out by the
//! database's clock: the clocks of machines jump. `reaper` ends the tasks whose workers are lost.
//!
//! # Locks
//!
//! A claim only locks a task, and skips those that others lock. Whoever ends or changes tasks locks
//! the row of their job first (`state`), so that two tasks that end at once see each other. That a
//! job is running is not stored, but read from its tasks, so a claim need not lock the job.

mod claim;
mod control;
mod ending;
mod key;
mod lease;
mod read;
mod reaper;
mod state;
mod submit;
mod workers;

use std::time::Duration;

pub(crate) use claim::claim;
pub(crate) use control::{Changed, cancel, retry};
pub(crate) use key::public_key;
pub(crate) use lease::{finish, renew};
pub(crate) use read::{JobFilter, events, job, list, report};
pub(crate) use reaper::Reaper;
pub(crate) use submit::{Origin, submit};
pub(crate) use workers::{list as list_workers, order};

/// How long workers hold tasks, and how long a failed task waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobSettings {
    /// For how long a task is a worker's that does not renew it.
    pub lease: Duration,
    /// How long a task waits after its first failure. Each further one doubles it, up to
    /// [`JobSettings::LONGEST_WAIT`].
    pub wait: Duration,
}

impl JobSettings {
    /// The longest time that a failed task waits.
    pub const LONGEST_WAIT: Duration = Duration::from_mins(10);

    /// How long a task waits that has failed this many times.
    fn wait_after(&self, failures: i32) -> Duration {
        let doublings = u32::try_from(failures - 1).unwrap_or(0).min(16);
        (self.wait * 2_u32.pow(doublings)).min(JobSettings::LONGEST_WAIT)
    }
}

impl Default for JobSettings {
    fn default() -> Self {
        JobSettings {
            lease: Duration::from_mins(1),
            wait: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_doubles_the_wait() {
        let settings = JobSettings::default();
        let waits = [1, 2, 3, 7, 8, 1000].map(|failures| settings.wait_after(failures).as_secs());
        assert_eq!(waits, [10, 20, 40, 600, 600, 600]);
    }
}
