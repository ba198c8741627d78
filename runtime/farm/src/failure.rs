//! Why a task was not done, and whether another attempt may help.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a task was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// Validation failed: an artist can fix it.
    Invalid,
    /// A plug-in of another stage failed.
    Failed,
    /// The worker may not or cannot do this job: the scene changed, the adapter is another one, the
    /// signature is wrong.
    Refused,
    /// The host or the adapter was lost.
    HostLost,
    /// The worker was lost: its lease ran out.
    WorkerLost,
    /// The worker was asked to end, by its farm or its user.
    Interrupted,
    /// Somebody cancelled the job.
    Cancelled,
    /// Something else went wrong.
    Error,
}

impl FailureKind {
    /// All of them.
    pub const ALL: [FailureKind; 8] = [
        FailureKind::Invalid,
        FailureKind::Failed,
        FailureKind::Refused,
        FailureKind::HostLost,
        FailureKind::WorkerLost,
        FailureKind::Interrupted,
        FailureKind::Cancelled,
        FailureKind::Error,
    ];

    /// Its name in the API and the database.
    pub fn name(self) -> &'static str {
        match self {
            FailureKind::Invalid => "invalid",
            FailureKind::Failed => "failed",
            FailureKind::Refused => "refused",
            FailureKind::HostLost => "host-lost",
            FailureKind::WorkerLost => "worker-lost",
            FailureKind::Interrupted => "interrupted",
            FailureKind::Cancelled => "cancelled",
            FailureKind::Error => "error",
        }
    }

    /// Whether the task is tried again without anybody asking. What plug-ins decide stays decided.
    pub fn is_retried(self) -> bool {
        match self {
            FailureKind::HostLost
            | FailureKind::WorkerLost
            | FailureKind::Interrupted
            | FailureKind::Error => true,
            FailureKind::Invalid
            | FailureKind::Failed
            | FailureKind::Refused
            | FailureKind::Cancelled => false,
        }
    }

    /// Whether the next attempt waits for a while. A worker that had to go says nothing about the
    /// job.
    pub fn backs_off(self) -> bool {
        self.is_retried() && self != FailureKind::Interrupted
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for FailureKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = FailureKind::ALL.into_iter().find(|it| it.name() == text);
        known.ok_or_else(|| format!("{text:?} is no kind of failure"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_get_better_is_retried() {
        let retried = FailureKind::ALL.map(FailureKind::is_retried);
        assert_eq!(
            retried,
            [false, false, false, true, true, true, false, true]
        );
        assert!(!FailureKind::Interrupted.backs_off() && FailureKind::WorkerLost.backs_off());
        for kind in FailureKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
