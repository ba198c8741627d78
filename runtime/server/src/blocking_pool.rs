//! A limited number of threads for answers whose time grows with the session.
//!
//! On a thread of the event loop, such an answer would delay all other requests. Here it only
//! delays other large answers.

use std::fmt::Display;
use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::Semaphore;

use super::refusal::Refusal;

/// A limit of threads for one kind of work. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct BlockingPool(Arc<Semaphore>);

impl BlockingPool {
    /// A pool of at most this many threads; more work waits for its turn.
    pub(crate) fn new(threads: usize) -> Self {
        BlockingPool(Arc::new(Semaphore::new(threads)))
    }

    /// Does this work on a thread of its own. The work continues to its end even if the request is
    /// dropped.
    ///
    /// # Errors
    /// The work panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let permit = self.0.clone().acquire_owned().await;
        let permit = permit.map_err(|error| failed(&error))?;
        let done = tokio::task::spawn_blocking(move || {
            // Held until the work ends, because a dropped request does not free the thread.
            let _permit = permit;
            work()
        });
        done.await.map_err(|error| failed(&error))
    }
}

fn failed(error: &dyn Display) -> Refusal {
    Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "No answer",
        format!("the answer cannot be created: {error}"),
    )
}
