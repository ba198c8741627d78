use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::exit::Exit;
use crate::screen::Screen;
use crate::signal::Signals;
use crate::stderr::Error;
use pyblish_session::Session;

/// Cancels the current run.
pub type Cancel = Arc<dyn Fn() + Send + Sync>;

/// How long a plug-in may take to stop before it is stopped by force.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// Ctrl-C: the first cancels the current run cleanly, a second one ends the program at once. A task
/// of its own listens for it, so that it works even while the output is blocked.
#[derive(Clone)]
pub struct StopSignal {
    wanted: watch::Sender<bool>,
    cancel: Arc<Mutex<Option<Cancel>>>,
}

impl StopSignal {
    /// Listens from now on. The first Ctrl-C is answered with these words.
    pub fn listen(screen: Screen, words: &'static str) -> Result<Self, Error> {
        let mut signals = Signals::listen()?;
        let stop = StopSignal {
            wanted: watch::Sender::new(false),
            cancel: Arc::default(),
        };
        let heard = stop.clone();
        tokio::spawn(async move {
            signals.next().await;
            heard.wanted.send_replace(true);
            screen.say(words);
            heard.cancel();
            signals.next().await;
            // From now on the history shows the run as interrupted.
            let _ = screen.bars().clear();
            screen.say("ended at once");
            std::process::exit(Exit::Interrupted.code().into());
        });
        Ok(stop)
    }

    /// One that nobody listens for: only [`StopSignal::ask`] asks.
    pub fn quiet() -> Self {
        StopSignal {
            wanted: watch::Sender::new(false),
            cancel: Arc::default(),
        }
    }

    /// Asks to stop, as the user would.
    pub fn ask(&self) {
        self.wanted.send_replace(true);
        self.cancel();
    }

    /// Whether the user asked to stop.
    pub fn is_wanted(&self) -> bool {
        *self.wanted.borrow()
    }

    /// Waits until the user asks to stop.
    pub async fn wanted(&self) {
        let mut wanted = self.wanted.subscribe();
        // The sender lives as long as this.
        let _ = wanted.wait_for(|wanted| *wanted).await;
    }

    /// Awaits this, unless the user asks to stop first.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T, Exit> {
        let mut wanted = self.wanted.subscribe();
        tokio::select! {
            biased;
            _ = wanted.wait_for(|wanted| *wanted) => Err(Exit::Interrupted),
            done = work => Ok(done),
        }
    }

    /// Sets what a stop does from now on.
    pub fn watch_over(&self, cancel: Option<Cancel>) {
        *self.cancel.lock().unwrap_or_else(PoisonError::into_inner) = cancel;
    }

    /// Cancels the current run, if there is one.
    pub fn cancel(&self) {
        let cancel = self.cancel.lock().unwrap_or_else(PoisonError::into_inner);
        let cancel = cancel.clone();
        if let Some(cancel) = cancel {
            cancel();
        }
    }
}

/// Cancels the current run of this session, if there is one.
pub fn cancel_run_of(session: Session) -> Cancel {
    Arc::new(move || {
        if let Some(run) = session.snapshot().run
            && let Err(error) = session.cancel_run(run.id, GRACE)
        {
            tracing::warn!("the run {} cannot be cancelled: {error}", run.id);
        }
    })
}
