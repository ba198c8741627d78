//! How many files this process may have open; a connection is one. Only Unix has such a limit; on
//! other systems these functions do nothing. And what only some systems tell of a file.

/// Too few files can be opened.
#[derive(Debug, thiserror::Error)]
#[error(
    "{wanted} more open files are needed, but the system allows {opened} ({reason}); raise the limit with \
     `ulimit -n`, or close other programs"
)]
pub struct TooFewFiles {
    wanted: usize,
    opened: usize,
    reason: std::io::Error,
}

/// Makes sure that `wanted` more files can be opened, by opening them: code that needs a file in
/// the middle of its work cannot handle a failure well.
///
/// # Errors
/// There are not enough.
#[cfg(unix)]
pub fn expect(wanted: usize) -> Result<(), TooFewFiles> {
    let mut open = Vec::new();
    while open.len() < wanted {
        match std::fs::File::open("/dev/null") {
            Ok(file) => open.push(file),
            Err(reason) => {
                return Err(TooFewFiles {
                    wanted,
                    opened: open.len(),
                    reason,
                });
            }
        }
    }
    Ok(())
}

/// Does nothing: there is no such limit here.
#[cfg(not(unix))]
pub fn expect(_: usize) -> Result<(), TooFewFiles> {
    Ok(())
}

/// How many names a file has.
#[cfg(unix)]
pub fn links(found: &cap_std::fs::Metadata) -> u64 {
    cap_std::fs::MetadataExt::nlink(found)
}

/// Windows only tells it of an open file. Nearly all have one name.
#[cfg(windows)]
pub fn links(_: &cap_std::fs::Metadata) -> u64 {
    1
}

/// Whether locking failed because the file system has no locks, as NFS without its lock service.
#[cfg(unix)]
pub fn has_no_locks(error: &std::io::Error) -> bool {
    use rustix::io::Errno;
    let no_locks = [Errno::NOLCK, Errno::NOTSUP, Errno::NOSYS, Errno::INVAL];
    error
        .raw_os_error()
        .is_some_and(|code| no_locks.iter().any(|it| it.raw_os_error() == code))
}

/// Whether locking failed because the file system has no locks, as some servers for network drives.
#[cfg(windows)]
pub fn has_no_locks(error: &std::io::Error) -> bool {
    use windows_sys::Win32::Foundation::{ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED};
    let no_locks = [ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED];
    error
        .raw_os_error()
        .is_some_and(|code| no_locks.contains(&code.cast_unsigned()))
}

/// Makes a write beyond the limit of a file's size (`ulimit -f`) fail like a full disk. By default
/// the system ends the process. Call it inside an event loop.
///
/// # Errors
/// The signal cannot be handled.
#[cfg(unix)]
pub fn refuse_large() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    // It is enough to handle the signal for as long as the process lives.
    let kind = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
    signal(kind).map(drop)
}

/// Does nothing: there is no such limit here.
#[cfg(not(unix))]
pub fn refuse_large() -> std::io::Result<()> {
    Ok(())
}

/// Raises the limit to `wanted`, as far as the system allows. Answers the limit.
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

/// Raises the limit to `wanted`, as far as the system allows. Answers the limit.
#[cfg(not(unix))]
pub fn allow(_: u64) -> u64 {
    u64::MAX
}
