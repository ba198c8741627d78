//! Uses of this machine's clock: the time of an event, and numbers that are higher than all
//! assigned ones. A number that a client saw is never assigned again, even if data was lost.

use std::time::SystemTime;

use super::claim::HighestNumbers;
use pyblish_model::seconds;

/// The current time: seconds since 1970-01-01 UTC.
pub(super) fn now() -> f64 {
    seconds(SystemTime::now())
}

/// How many revisions are reserved at a time, with one write. Even if the session ends suddenly, no
/// reader has seen a higher revision.
pub const REVISIONS: u64 = 1 << 20;

/// Numbers that are higher than all assigned ones, for a history whose numbers are lost: no session
/// has a thousand events or one run per second all the time.
pub(super) fn by_clock() -> HighestNumbers {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let millis = u64::try_from(since.as_millis()).unwrap_or(0);
    HighestNumbers {
        event: millis,
        run: since.as_secs(),
        revision: 0,
    }
}

/// The first revision of a process: higher than all that were seen, and at least a number from the
/// clock, because the history may have been removed. No session changes a million times per second.
pub(super) fn first_revision(reserved: u64) -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let micros = u64::try_from(since.as_micros()).unwrap_or(0);
    micros.max(reserved + 1)
}
