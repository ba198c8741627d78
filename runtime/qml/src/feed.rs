//! Keeps the mirror current: a thread reads the session's events and applies each at once, so
//! nothing piles up in memory while QML is idle.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::mirror::{Effect, Mirror};
use pyblish_client::{EventStream, ServerEvent};

/// How long to wait for an event that the server has announced.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(crate) struct Feed(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    mirror: Mirror,
    /// The number of the last event that was applied.
    seen: u64,
    /// Whether the plug-ins must be read again.
    plugins: bool,
    /// Why the mirror must be read again, if it must.
    stale: Option<String>,
    /// Which thread updates this: a thread that was replaced ends.
    reader: u64,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic cannot leave the mirror half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Feed {
    /// An empty feed.
    pub(crate) fn new() -> Self {
        let feed = Feed::default();
        feed.0.state().stale = Some("nothing was read yet".into());
        feed
    }

    /// Continues with this mirror, which has everything up to an event, and applies the events
    /// after it.
    pub(crate) fn begin(&self, mut mirror: Mirror, seen: u64, events: EventStream) {
        let mut state = self.0.state();
        state.reader += 1;
        let before = std::mem::take(&mut state.mirror);
        mirror.inherit(before);
        (state.mirror, state.seen) = (mirror, seen);
        (state.plugins, state.stale) = (false, None);
        let (shared, reader) = (self.0.clone(), state.reader);
        drop(state);
        let reading = thread::Builder::new().spawn(move || read(&shared, reader, events));
        if let Err(error) = reading {
            self.0.state().stale = Some(format!("no thread reads its events: {error}"));
        }
    }

    /// Marks the mirror as stale, because it belongs to another server.
    pub(crate) fn read_anew(&self) {
        self.0.state().stale = Some("it belongs to another server".into());
    }

    /// Why the mirror must be read again, if it must.
    pub(crate) fn stale(&self) -> Option<String> {
        self.0.state().stale.clone()
    }

    /// Waits until this event was applied; returns whether it was.
    pub(crate) fn wait(&self, event: u64) -> bool {
        let began = Instant::now();
        let mut state = self.0.state();
        while state.seen < event && state.stale.is_none() {
            let Some(left) = PATIENCE.checked_sub(began.elapsed()) else {
                state.stale = Some("an event did not arrive in time".into());
                break;
            };
            let waited = self.0.moved.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.stale.is_none()
    }

    /// Whether the plug-ins must be read again. The caller that gets true does it.
    pub(crate) fn take_plugins(&self) -> bool {
        std::mem::take(&mut self.0.state().plugins)
    }

    /// Reads or changes the mirror.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Mirror) -> T) -> T {
        act(&mut self.0.state().mirror)
    }
}

fn read(shared: &Shared, reader: u64, mut events: EventStream) {
    loop {
        let next = events.wait();
        let mut state = shared.state();
        if state.reader != reader {
            return;
        }
        match next {
            Ok(event) => state.take(&event),
            Err(error) => state.stale = Some(format!("its events ended: {error}")),
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
    fn take(&mut self, event: &ServerEvent) {
        if event.number > self.seen + 1 {
            // The history has removed them, or could not save them.
            self.stale = Some(format!("events before {} are gone", event.number));
        }
        match self.mirror.apply(&event.name, &event.data) {
            Ok(Effect::None) => {}
            Ok(Effect::Plugins) => self.plugins = true,
            Ok(Effect::All) => self.stale = Some("the host was found again".into()),
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
