//! Runs an adapter in its own tests, outside the sandbox, as the runtime would run it inside.
//!
//! It takes the place of the runtime, not of the adapter: plug-ins are the real ones, and touch what the
//! test gives them. See the example at the top of the crate.

use std::cell::RefCell;

use crate::bindings::exports::pyblish::endpoint::service;
use crate::bindings::pyblish::endpoint::types;
use crate::session::{Exported, Slot};
use crate::{Context, Data};
use service::Guest;

thread_local! {
    static RECORDS: RefCell<Vec<(u32, String)>> = const { RefCell::new(Vec::new()) };
    static PROGRESS: RefCell<Vec<(f64, String)>> = const { RefCell::new(Vec::new()) };
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn note_record(record: types::Record) {
    RECORDS.with_borrow_mut(|records| records.push((record.level, record.message)));
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn note_progress(fraction: f64, message: &str) {
    PROGRESS.with_borrow_mut(|progress| progress.push((fraction, message.into())));
}

/// The records of this thread since the last time, each with its level.
pub fn take_records() -> Vec<(u32, String)> {
    RECORDS.take()
}

/// The progress of this thread since the last time: fractions and messages.
pub fn take_progress() -> Vec<(f64, String)> {
    PROGRESS.take()
}

/// A session with an adapter. A thread holds one session of an adapter at a time.
pub struct Harness<A: Slot>(std::marker::PhantomData<A>);

impl<A: Slot> Harness<A> {
    /// Opens a session with these settings, defaults filled in, and discovers the plug-ins.
    ///
    /// # Errors
    /// The adapter's own message, if it does not open or finds no plug-ins.
    pub fn open(settings: Data) -> Result<Self, String> {
        let described = Exported::<A>::describe().settings.into_iter();
        let defaults = described.filter_map(|s| Some((s.name, s.default?)));
        let mut all: indexmap::IndexMap<String, String> = defaults.collect();
        all.extend(settings.into_iter().map(|(key, v)| (key, v.to_string())));
        let pairs = all.into_iter();
        let message = |failure: types::Failure| failure.message;
        Exported::<A>::open(service::Opening {
            settings: pairs
                .map(|(key, value)| types::Datum { key, value })
                .collect(),
            user: "tester".into(),
            machine: "test-machine".into(),
            bridge: None,
        })
        .map_err(message)?;
        Exported::<A>::reset();
        Exported::<A>::discover().map_err(message)?;
        Ok(Harness(std::marker::PhantomData))
    }

    /// Runs a plug-in on the instance of this name, or on the context.
    pub fn process(&self, plugin: &str, instance: Option<&str>) -> types::Outcome {
        Exported::<A>::process(plugin.into(), self.id(instance))
    }

    /// Runs a plug-in's repair.
    pub fn repair(&self, plugin: &str, instance: Option<&str>) -> types::Outcome {
        Exported::<A>::repair(plugin.into(), self.id(instance))
    }

    /// Looks at the context.
    pub fn context<T>(&self, look: impl FnOnce(&mut Context) -> T) -> T {
        A::slot().with_borrow_mut(|session| {
            look(
                &mut session
                    .as_mut()
                    .expect("a harness is open until it is dropped")
                    .context,
            )
        })
    }

    fn id(&self, name: Option<&str>) -> Option<String> {
        let found = |name: &str| self.context(|context| context.find(name));
        name.map(|name| found(name).unwrap_or_else(|| name.into()))
    }
}

impl<A: Slot> Drop for Harness<A> {
    fn drop(&mut self) {
        Exported::<A>::close();
    }
}
