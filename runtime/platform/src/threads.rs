//! Whether threads can be started. Code that needs one in the middle of its work cannot handle a
//! failure well, so this is checked before work begins.

use std::io;
use std::sync::Mutex;
use std::thread;

/// Too few threads can be started.
#[derive(Debug, thiserror::Error)]
#[error(
    "{wanted} threads are needed, but the system starts {started} ({reason}); raise the limits with \
     `ulimit -u` and `ulimit -v`, or close other programs"
)]
pub struct TooFewThreads {
    wanted: usize,
    started: usize,
    reason: io::Error,
}

/// Makes sure that `wanted` threads can be started, by starting them.
///
/// # Errors
/// There are not enough.
pub fn expect(wanted: usize) -> Result<(), TooFewThreads> {
    let gate = Mutex::new(());
    // Nobody holds it, so it is not poisoned.
    let closed = gate.lock();
    thread::scope(|scope| {
        for started in 0..wanted {
            // None of them ends before all are there.
            let wait = || drop(gate.lock());
            if let Err(reason) = thread::Builder::new().spawn_scoped(scope, wait) {
                drop(closed);
                return Err(TooFewThreads {
                    wanted,
                    started,
                    reason,
                });
            }
        }
        drop(closed);
        Ok(())
    })
}

/// How many threads compute at once: one for each processor.
pub fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_start_and_end() {
        expect(0).unwrap();
        expect(8).unwrap();
    }
}
