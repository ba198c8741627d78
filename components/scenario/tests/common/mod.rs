//! Shared code of the tests: a scenario in a temporary file, and a session that plays it.

#![allow(dead_code, reason = "each test file uses what it needs")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use pyblish_scenario::Player;
use pyblish_sdk::Data;
use pyblish_sdk::bindings::pyblish::endpoint::model::{Change, Failure, Outcome, Plugin};
use pyblish_sdk::testing::Harness;
use serde_json::{Value, json};

/// A temporary file, removed when this is dropped.
pub struct File(pub PathBuf);

impl File {
    pub fn new(content: impl AsRef<[u8]>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("scenario-{}-{number}.json", std::process::id());
        let file = File(std::env::temp_dir().join(name));
        file.write(content);
        file
    }

    pub fn write(&self, content: impl AsRef<[u8]>) {
        std::fs::write(&self.0, content).unwrap();
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// An open session with a scenario.
pub struct Session {
    harness: Harness<Player>,
    pub file: File,
}

impl Session {
    pub fn open(content: impl AsRef<[u8]>) -> Result<Self, String> {
        let file = File::new(content);
        let mut settings = Data::new();
        settings.insert("file".into(), file.0.to_str().unwrap().into());
        let harness = Harness::open(settings)?;
        pyblish_sdk::testing::take_records();
        Ok(Session { harness, file })
    }

    /// A session with these plug-ins.
    pub fn with(plugins: Value) -> Self {
        Session::open(json!({ "plugins": plugins }).to_string()).unwrap()
    }

    /// One plug-in that plays these steps on the context.
    pub fn on_context(steps: Value) -> Self {
        Session::with(json!([{"name": "P", "order": 0, "context": steps}]))
    }

    /// A collector `C` that creates the instances x and y, and a plug-in `P` with steps for them.
    pub fn on_instances(steps: Value) -> Self {
        let create = json!([{"create": "x", "data": {"k": 1}}, {"create": "y", "data": {"k": 2}}]);
        let session = Session::with(json!([
            {"name": "C", "order": 0, "context": create},
            {"name": "P", "order": 1, "instance": steps},
        ]));
        session.succeed("C", None);
        session
    }

    pub fn process(&self, plugin: &str, instance: Option<&str>) -> Outcome {
        self.harness.process(plugin, instance)
    }

    pub fn repair(&self, plugin: &str, instance: Option<&str>) -> Outcome {
        self.harness.repair(plugin, instance)
    }

    /// The changes of a plug-in that succeeds.
    #[track_caller]
    pub fn succeed(&self, plugin: &str, instance: Option<&str>) -> Vec<Change> {
        let outcome = self.process(plugin, instance);
        assert!(outcome.failure.is_none(), "{:?}", outcome.failure);
        outcome.changes
    }

    /// The failure of a plug-in that fails.
    pub fn fail(&self, plugin: &str, instance: Option<&str>) -> Failure {
        self.process(plugin, instance).failure.unwrap()
    }

    pub fn act(&self, plugin: &str, action: &str, instance: Option<&str>) -> Outcome {
        self.harness.act(plugin, action, instance)
    }

    #[allow(clippy::result_large_err, reason = "the type is the contract's")]
    pub fn discover(&self) -> Result<Vec<Plugin>, Failure> {
        self.harness.discover()
    }

    pub fn plugins(&self) -> Vec<Plugin> {
        self.discover().unwrap()
    }

    /// The data of the instance with this name, or of the context.
    pub fn data(&self, instance: Option<&str>) -> Value {
        self.harness.context(|context| match instance {
            None => Value::Object(context.data().clone()),
            Some(name) => {
                let id = context.find(name).unwrap();
                Value::Object(context.instance(&id).unwrap().data().clone())
            }
        })
    }

    /// The names of all instances.
    pub fn names(&self) -> Vec<String> {
        self.harness.context(|context| {
            let ids = context.ids().into_iter();
            ids.map(|id| context.instance(&id).unwrap().name().to_owned())
                .collect()
        })
    }
}
