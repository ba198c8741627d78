//! An event loop of its own for each client, on the thread that waits for it.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// The runtime of Tokio on one thread. None only while it is dropped.
pub(crate) struct EventLoop(Option<Runtime>);

impl EventLoop {
    /// # Errors
    /// The system has no more files for it.
    pub(crate) fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(EventLoop(Some(runtime)))
    }

    /// Waits for this work on this thread. Connections are served meanwhile, and only then.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        let runtime = self.0.as_ref();
        runtime
            .expect("it is there until it is dropped")
            .block_on(work)
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        // Dropping a runtime waits for its threads. Inside another runtime that panics.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_inside_another_event_loop() {
        let inner = EventLoop::new().unwrap();
        assert_eq!(inner.wait(async { 1 }), 1);
        EventLoop::new().unwrap().wait(async { drop(inner) });
    }
}
