//! How many files this process may have open; a connection is one. What only Unix has is here, with the other side
//! written: elsewhere there is no such limit.

/// Allows so many, if the system lets a user do so; answers how many may be open.
#[cfg(unix)]
pub fn allow(wanted: u64) -> u64 {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let possible = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if limit.current.is_some_and(|current| current < possible) {
        limit.current = Some(possible);
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::debug!("no more files can be opened: {error}");
        }
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Allows so many, if the system lets a user do so; answers how many may be open.
#[cfg(not(unix))]
pub fn allow(_: u64) -> u64 {
    u64::MAX
}
