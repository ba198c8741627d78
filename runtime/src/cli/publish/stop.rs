use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::super::Error;
use super::super::screen::Screen;
use super::super::signal::Signals;
use super::Ending;
use crate::session::Session;

/// How long a plug-in may take to stop by itself before it is stopped by force.
const GRACE: Duration = Duration::from_secs(10);

/// Ctrl-C: the first cancels the run under way in order, a second one ends the program at once. It is heard
/// beside the work, so that an output that nobody takes keeps it from nothing.
#[derive(Clone)]
pub struct Stop {
    wanted: watch::Sender<bool>,
    session: Arc<Mutex<Option<Session>>>,
}

impl Stop {
    /// Listens from now on.
    pub fn listen(screen: Screen) -> Result<Self, Error> {
        let mut signals = Signals::listen()?;
        let stop = Stop {
            wanted: watch::Sender::new(false),
            session: Arc::default(),
        };
        let heard = stop.clone();
        tokio::spawn(async move {
            signals.next().await;
            heard.wanted.send_replace(true);
            screen.say("cancelling; Ctrl-C once more to end at once");
            heard.cancel();
            signals.next().await;
            // The history shows the run as interrupted from the next look on.
            let _ = screen.bars().clear();
            screen.say("ended at once");
            std::process::exit(130);
        });
        Ok(stop)
    }

    /// Whether it was asked for.
    pub fn is_wanted(&self) -> bool {
        *self.wanted.borrow()
    }

    /// Does this, unless the user wants to stop first.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T, Ending> {
        let mut wanted = self.wanted.subscribe();
        tokio::select! {
            biased;
            _ = wanted.wait_for(|wanted| *wanted) => Err(Ending::Interrupted),
            done = work => Ok(done),
        }
    }

    /// What is cancelled from now on.
    pub fn watch_over(&self, session: Option<Session>) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = session;
    }

    /// Cancels the run under way, if there is one.
    pub fn cancel(&self) {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(session) = session.as_ref() else {
            return;
        };
        if let Some(run) = session.snapshot().run
            && let Err(error) = session.cancel_run(run.id, GRACE)
        {
            tracing::warn!("the run {} is not cancelled: {error}", run.id);
        }
    }
}
