//! Decides what comes first: a run that begins, or the end of the session. A session with a run
//! under way is not closed, and nothing begins in one that is closing. The answer is immediate,
//! however busy the actor is.

use tokio::sync::watch;

use crate::error::SessionError;
use pyblish_model::RunId;

/// Whether the session is closing, and which run is under way. All clones share one state.
#[derive(Debug, Clone)]
pub(crate) struct Lifecycle(watch::Sender<LifecycleState>);

#[derive(Debug, Clone, Copy, Default)]
struct LifecycleState {
    closing: bool,
    /// The run under way.
    run: Option<RunId>,
}

impl Lifecycle {
    pub(crate) fn new() -> Self {
        Lifecycle(watch::Sender::new(LifecycleState::default()))
    }

    /// Begins a run.
    ///
    /// # Errors
    /// The session is closing.
    pub(crate) fn begin_run(&self, run: RunId) -> Result<(), SessionError> {
        let begun = self.0.send_if_modified(|state| {
            if !state.closing {
                state.run = Some(run);
            }
            !state.closing
        });
        if begun {
            Ok(())
        } else {
            Err(SessionError::Closed)
        }
    }

    /// The run ended, or did not begin after all.
    pub(crate) fn end_run(&self) {
        self.0.send_modify(|state| state.run = None);
    }

    /// Closes the session.
    ///
    /// # Errors
    /// A run is under way, or the session is closing already.
    pub(crate) fn close(&self) -> Result<(), SessionError> {
        let mut refused = Ok(());
        self.0.send_if_modified(|state| {
            refused = match (state.closing, state.run) {
                (true, _) => Err(SessionError::Closing),
                (false, Some(run)) => Err(SessionError::Running(run)),
                (false, None) => Ok(()),
            };
            state.closing |= refused.is_ok();
            refused.is_ok()
        });
        refused
    }

    /// Closes the session, whatever is under way.
    pub(crate) fn shut_down(&self) {
        self.0.send_modify(|state| state.closing = true);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.0.borrow().closing
    }

    /// Waits until the session is closing.
    pub(crate) async fn until_closing(&self) {
        // It cannot fail: `self` is one of the senders.
        let _ = self.0.subscribe().wait_for(|state| state.closing).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_keeps_the_session_open() {
        let lifecycle = Lifecycle::new();
        lifecycle.begin_run(RunId(1)).unwrap();
        let refused = lifecycle.close();
        assert!(matches!(refused, Err(SessionError::Running(RunId(1)))));
        assert!(!lifecycle.is_closing());
        lifecycle.end_run();
        lifecycle.close().unwrap();
    }

    #[test]
    fn closed_session_starts_nothing() {
        let lifecycle = Lifecycle::new();
        lifecycle.close().unwrap();
        assert!(lifecycle.is_closing());
        assert!(matches!(lifecycle.close(), Err(SessionError::Closing)));
        let refused = lifecycle.begin_run(RunId(1));
        assert!(matches!(refused, Err(SessionError::Closed)));
    }

    #[test]
    fn session_shuts_down_during_a_run() {
        let lifecycle = Lifecycle::new();
        lifecycle.begin_run(RunId(1)).unwrap();
        lifecycle.shut_down();
        assert!(lifecycle.is_closing());
    }
}
