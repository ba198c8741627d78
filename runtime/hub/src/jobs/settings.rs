//! The times of jobs.

use std::time::Duration;

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
    pub(super) fn wait_after(&self, failures: i32) -> Duration {
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
