//! Runs an adapter in its own tests, outside of the sandbox, in the same way as the runtime.
//!
//! It replaces only the runtime: the plug-ins are the real ones, and work on the data of the test.
//! See the example at the top of the crate.

use serde_json::Value;

use crate::bindings::exports::pyblish::endpoint::service;
use crate::bindings::pyblish::endpoint::model::{self, Change, DataOwner, DataSet};
use crate::recorded;
pub use crate::recorded::{take_declared, take_progress, take_records};
use crate::session::Exported;
use crate::value::to_model;
use crate::{Adapter, Context, Data};

/// Does something while the user asks every call to stop.
pub fn cancelled<T>(work: impl FnOnce() -> T) -> T {
    recorded::set_cancelled(true);
    let done = work();
    recorded::set_cancelled(false);
    done
}

/// A session with an adapter.
pub struct Harness<A: Adapter>(Exported<A>);

impl<A: Adapter> Harness<A> {
    /// Opens a session with these settings, defaults filled in, and discovers the plug-ins.
    ///
    /// # Errors
    /// The adapter's own message, if opening or discovery fails.
    pub fn open(settings: Data) -> Result<Self, String> {
        let described = A::describe().0.settings.into_iter();
        let defaults = described.filter_map(|s| Some((s.name, s.default?)));
        let mut all: indexmap::IndexMap<String, model::Value> = defaults.collect();
        all.extend(settings.iter().map(|(key, v)| (key.clone(), to_model(v))));
        let settings = all.into_iter();
        let opening = service::Opening {
            settings: settings
                .map(|(key, value)| model::Datum { key, value })
                .collect(),
            user: "tester".into(),
            machine: "test-machine".into(),
            folders: Vec::new(),
        };
        let (session, _) =
            Exported::<A>::begin(opening).map_err(|failure| failure.message().to_owned())?;
        session.reset_context();
        let found = session.find_plugins();
        found.map_err(|failure| failure.message)?;
        Ok(Harness(session))
    }

    /// Finds the plug-ins again, as a reset does.
    ///
    /// # Errors
    /// The adapter's own failure.
    #[expect(clippy::result_large_err, reason = "the type is the contract's")]
    pub fn discover(&self) -> Result<Vec<model::Plugin>, model::Failure> {
        self.0.find_plugins().map(|found| found.plugins)
    }

    /// Runs a plug-in on the instance of this name, or on the context.
    pub fn process(&self, plugin: &str, instance: Option<&str>) -> model::Outcome {
        self.0.process_pair(&self.pair(plugin, instance))
    }

    /// Runs a plug-in's repair.
    pub fn repair(&self, plugin: &str, instance: Option<&str>) -> model::Outcome {
        self.0.repair_pair(&self.pair(plugin, instance))
    }

    /// Runs one of a plug-in's actions, on the instance of this name or on the context.
    pub fn act(&self, plugin: &str, action: &str, instance: Option<&str>) -> model::Outcome {
        self.0.run_action(&service::ActionCall {
            plugin: plugin.into(),
            action: action.into(),
            instance: self.id(instance),
        })
    }

    /// Sets a value as a frontend does: of the instance of this name, or of the context.
    pub fn set(
        &self,
        instance: Option<&str>,
        key: &str,
        value: impl Into<Value>,
    ) -> model::Outcome {
        let owner = match self.id(instance) {
            Some(id) => DataOwner::Instance(id),
            None => DataOwner::Context,
        };
        self.0.make_changes(vec![Change::DataSet(DataSet {
            owner,
            key: key.into(),
            value: to_model(&value.into()),
        })])
    }

    /// Tells the adapter of one of Pyblish's events.
    pub fn notify(&self, event: &str, arguments: &Value) -> model::Outcome {
        self.0.hear(&service::Event {
            name: event.into(),
            arguments: arguments.to_string(),
        })
    }

    /// Does something while the user asks every call to stop.
    pub fn cancelled<T>(&self, work: impl FnOnce(&Self) -> T) -> T {
        cancelled(|| work(self))
    }

    /// Reads the context.
    pub fn context<T>(&self, look: impl FnOnce(&mut Context) -> T) -> T {
        look(&mut self.0.session().context)
    }

    fn pair(&self, plugin: &str, instance: Option<&str>) -> model::Pair {
        model::Pair {
            plugin: plugin.into(),
            instance: self.id(instance),
        }
    }

    fn id(&self, name: Option<&str>) -> Option<String> {
        let found = |name: &str| self.context(|context| context.find(name));
        name.map(|name| found(name).unwrap_or_else(|| name.into()))
    }
}
