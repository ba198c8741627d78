//! What keeps the mirror as the session is: a thread that reads the session's events and makes each change as it comes,
//! so that nothing waits in memory while QML asks for nothing.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::mirror::{Effect, Mirror};
use crate::http::client::{Event, Events};

/// How long an event may take that the server has told of.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
pub struct Feed(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    mirror: Mirror,
    /// The number of the last event that is in it.
    seen: u64,
    /// The plug-ins are to be asked for anew.
    plugins: bool,
    /// Why all of it is to be read anew.
    stale: Option<String>,
    /// Which thread this is kept by: one that was replaced ends.
    reader: u64,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A thread that panicked has its mirror read anew by nobody; what it holds is whole, change by change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Feed {
    /// One that holds nothing yet.
    pub fn new() -> Self {
        let feed = Feed::default();
        feed.0.state().stale = Some("nothing was read yet".into());
        feed
    }

    /// Goes on with this mirror, which has everything up to an event, and the events behind it.
    pub fn begin(&self, mut mirror: Mirror, seen: u64, events: Events) {
        let mut state = self.0.state();
        state.reader += 1;
        let before = std::mem::take(&mut state.mirror);
        mirror.inherit(before);
        (state.mirror, state.seen) = (mirror, seen);
        (state.plugins, state.stale) = (false, None);
        let (shared, reader) = (self.0.clone(), state.reader);
        drop(state);
        thread::spawn(move || read(&shared, reader, events));
    }

    /// Has all of it read anew: it was another server's.
    pub fn read_anew(&self) {
        self.0.state().stale = Some("it was another server's".into());
    }

    /// Why all of it is to be read anew, if it is.
    pub fn stale(&self) -> Option<String> {
        self.0.state().stale.clone()
    }

    /// Waits until it holds this event; whether it does.
    pub fn wait(&self, event: u64) -> bool {
        let began = Instant::now();
        let mut state = self.0.state();
        while state.seen < event && state.stale.is_none() {
            let Some(left) = PATIENCE.checked_sub(began.elapsed()) else {
                state.stale = Some("an event that there is did not come".into());
                break;
            };
            let waited = self.0.moved.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.stale.is_none()
    }

    /// Whether the plug-ins are to be asked for anew; whoever is told so does it.
    pub fn take_plugins(&self) -> bool {
        std::mem::take(&mut self.0.state().plugins)
    }

    /// Looks at the mirror, or changes it.
    pub fn with<T>(&self, act: impl FnOnce(&mut Mirror) -> T) -> T {
        act(&mut self.0.state().mirror)
    }
}

fn read(shared: &Shared, reader: u64, mut events: Events) {
    loop {
        let next = events.wait();
        let mut state = shared.state();
        if state.reader != reader {
            return;
        }
        match next {
            Ok(event) => state.take(&event),
            Err(error) => state.stale = Some(format!("its events broke off: {error}")),
        }
        let ends = state.stale.is_some();
        drop(state);
        if ends || !events.has_more() {
            shared.moved.notify_all();
        }
        if ends {
            return;
        }
    }
}

impl State {
    fn take(&mut self, event: &Event) {
        match self.mirror.apply(&event.name, &event.data) {
            Ok(Effect::None) => {}
            Ok(Effect::Plugins) => self.plugins = true,
            Ok(Effect::All) => self.stale = Some("the host was found anew".into()),
            Err(error) => {
                self.stale = Some(format!(
                    "the event {} cannot be read: {error}",
                    event.number
                ));
            }
        }
        self.seen = event.number;
    }
}
