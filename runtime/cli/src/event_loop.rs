//! The event loop of the commands that wait for something: a session, a server, a child process.

use pyblish_platform::{files, threads};

use super::stderr::Error;

/// How many threads a command needs besides the event loop: for sessions, their histories, and
/// files.
const OTHER_THREADS: usize = 6;

/// How many files a command has open: those of the event loop, a session and its history.
const FILES: usize = 32;

/// Runs a command that waits for something.
pub fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let workers = threads::processors();
    // Without this check, the event loop would panic, and a history that cannot be opened would
    // look broken.
    files::expect(FILES)?;
    threads::expect(workers + OTHER_THREADS)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
        .map_err(|error| {
            format!("the event loop cannot start: {error}; allow more open files with `ulimit -n`")
        })?;
    let result = runtime.block_on(async {
        if let Err(error) = files::refuse_large() {
            tracing::debug!("writing too large a file will end the program: {error}");
        }
        work.await
    });
    // Do not wait for work that still compiles or reads: a user who gave up wants to leave.
    runtime.shutdown_background();
    result
}
