//! The exit codes of all commands, as one table. `--help` and the book print it.

use std::process::ExitCode;

use super::remote_error::RemoteError;
use super::stderr::Error;
use pyblish_session::{OpenError, SessionError};

/// How a command ended. Of two endings, the later one in this list is the worse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything succeeded.
    Done,
    /// Published, with warnings, under `--strict`.
    Warned,
    /// No instance was published, under `--fail-if-empty`.
    Empty,
    /// Only validators failed, which an artist can fix.
    Invalid,
    /// Plug-in files could not be used, without `--allow-broken-plugins`.
    Broken,
    /// A plug-in of another stage failed.
    Failed,
    /// The host or the adapter is gone, or cannot be reached.
    HostLost,
    /// Something else went wrong.
    Error,
    /// The command line or the configuration is wrong.
    Usage,
    /// The user stopped it.
    Interrupted,
}

/// A mistake in the command line, in a file that it names, or in the configuration.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

impl UsageError {
    /// The same error, as a mistake of the user.
    pub fn of(error: Error) -> Error {
        UsageError(error.to_string()).into()
    }
}

impl Exit {
    /// All of them, in the order of their codes.
    const ALL: [Exit; 10] = [
        Exit::Done,
        Exit::Invalid,
        Exit::Failed,
        Exit::Warned,
        Exit::Empty,
        Exit::Broken,
        Exit::HostLost,
        Exit::Usage,
        Exit::Error,
        Exit::Interrupted,
    ];

    /// The number that the system gets. 64 and 70 are those of sysexits.h, 130 is that of shells.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Invalid => 1,
            Exit::Failed => 2,
            Exit::Warned => 3,
            Exit::Empty => 4,
            Exit::Broken => 5,
            Exit::HostLost => 6,
            Exit::Usage => 64,
            Exit::Error => 70,
            Exit::Interrupted => 130,
        }
    }

    /// The ending with this code.
    pub fn of_code(code: u8) -> Option<Exit> {
        Exit::ALL.into_iter().find(|exit| exit.code() == code)
    }

    /// What it means for `publish` and `watch`.
    const fn meaning(self) -> &'static str {
        match self {
            Exit::Done => "published",
            Exit::Invalid => "validation failed: an artist can fix it",
            Exit::Failed => "collection, extraction or integration failed",
            Exit::Warned => "published, with warnings (only with --strict)",
            Exit::Empty => "there was nothing to publish (only with --fail-if-empty)",
            Exit::Broken => "plug-in files cannot be used (not with --allow-broken-plugins)",
            Exit::HostLost => "the host or the adapter was lost or not found: try again",
            Exit::Usage => "the command line or the configuration is wrong",
            Exit::Error => "something else went wrong; the reason is on stderr",
            Exit::Interrupted => "interrupted, by Ctrl-C or SIGTERM",
        }
    }

    /// The table of the codes, for `--help`.
    pub fn table() -> String {
        let row = |exit: Exit| format!("  {:>3}  {}\n", exit.code(), exit.meaning());
        Exit::ALL.map(row).concat()
    }

    /// How `publish` and `watch` end if they cannot do their work for this reason.
    pub fn of_error(error: &Error) -> Exit {
        if error.is::<UsageError>() {
            return Exit::Usage;
        }
        if let Some(error) = error.downcast_ref::<RemoteError>() {
            return Exit::of_remote(error);
        }
        if let Some(error) = error.downcast_ref::<SessionError>() {
            return Exit::of_session(error);
        }
        match error.downcast_ref::<OpenError>() {
            Some(OpenError::Session(error)) => Exit::of_session(error),
            Some(
                OpenError::Adapter(_)
                | OpenError::Denied(_)
                | OpenError::NoAdapter { .. }
                | OpenError::OtherHostVersion { .. }
                | OpenError::SeveralAdapters { .. },
            ) => Exit::Usage,
            Some(OpenError::Load(_) | OpenError::History(_) | OpenError::TooMany(_)) | None => {
                Exit::Error
            }
        }
    }

    fn of_remote(error: &RemoteError) -> Exit {
        match error {
            RemoteError::NotFound(_) | RemoteError::NoAnswer(_) | RemoteError::Lost { .. } => {
                Exit::HostLost
            }
            RemoteError::Choice(_) | RemoteError::Refused { status: 401, .. } => Exit::Usage,
            RemoteError::Refused { status: 503, .. } => Exit::HostLost,
            RemoteError::Refused { .. } | RemoteError::Strange(..) => Exit::Error,
        }
    }

    fn of_session(error: &SessionError) -> Exit {
        match error {
            SessionError::NoHost(_) | SessionError::Down(_) => Exit::HostLost,
            SessionError::NotGranted(_) => Exit::Usage,
            _ => Exit::Error,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ending_has_its_own_code() {
        let mut codes = Exit::ALL.map(Exit::code).to_vec();
        codes.dedup();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 64, 70, 130]);
        assert_eq!(Exit::table().lines().count(), codes.len());
    }

    #[test]
    fn failure_of_a_server_has_its_exit_code() {
        let refused = |status| RemoteError::Refused {
            address: "http://a:1".into(),
            status,
            detail: "no".into(),
        };
        for (error, exit) in [
            (RemoteError::NotFound("no".into()), Exit::HostLost),
            (RemoteError::Choice("which".into()), Exit::Usage),
            (refused(401), Exit::Usage),
            (refused(503), Exit::HostLost),
            (refused(409), Exit::Error),
        ] {
            assert_eq!(Exit::of_error(&error.into()), exit);
        }
    }

    #[test]
    fn a_lost_host_can_be_tried_again() {
        let of = |error: SessionError| Exit::of_error(&OpenError::from(error).into());
        assert_eq!(of(SessionError::NoHost("no".into())), Exit::HostLost);
        assert_eq!(of(SessionError::NotGranted("no".into())), Exit::Usage);
        assert_eq!(of(SessionError::Closed), Exit::Error);
        assert_eq!(Exit::of_error(&UsageError("no".into()).into()), Exit::Usage);
        assert_eq!(Exit::of_error(&"no".into()), Exit::Error);
    }
}
