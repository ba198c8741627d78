//! What is published: a number of instances and plug-ins that do nothing.
//!
//! Policy: only the runtime's own work is measured, so the plug-ins do nothing: they have an empty
//! list of steps, and in Python a `process` with `pass`. The first plug-in collects; it is one
//! additional pair.

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::place;

/// The collector's name, which is also its id.
const COLLECTOR: &str = "Collect";

/// The amount of work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Play {
    pub instances: u64,
    pub plugins: u64,
}

impl Play {
    pub const fn new(instances: u64, plugins: u64) -> Self {
        Play { instances, plugins }
    }

    /// How many pairs of plug-in and instance, without the collector.
    pub fn pairs(self) -> u64 {
        self.instances * self.plugins
    }

    /// Writes it as a scenario to this folder.
    pub fn write(self, folder: &Path) -> Result<()> {
        self.write_with(folder, |_| Vec::new())
    }

    /// The same, with these steps for each plug-in, by its number.
    pub fn write_with(self, folder: &Path, steps: impl Fn(u64) -> Vec<Value>) -> Result<()> {
        let create = |number| json!({"create": format!("instance{number}")});
        let collector = json!({
            "name": COLLECTOR, "order": 0, "context": (0..self.instances).map(create).collect::<Vec<_>>(),
        });
        let others = (0..).zip(self.ids());
        let others = others
            .map(|(number, name)| json!({"name": name, "order": 1, "instance": steps(number)}));
        let plugins: Vec<Value> = std::iter::once(collector).chain(others).collect();
        let text = json!({"plugins": plugins}).to_string();
        place::write(&folder.join("scenario.json"), text.as_bytes())
    }

    /// The plug-ins without the collector.
    fn ids(self) -> Vec<String> {
        (0..self.plugins)
            .map(|number| format!("Plugin{number}"))
            .collect()
    }

    /// The request for a run of all plug-ins except the collector, on the existing instances.
    pub fn without_collecting(self) -> Value {
        json!({"pluginIds": self.ids()})
    }
}
