//! What is published: so many instances, so many plug-ins that do nothing.
//!
//! Policy: what is measured is the house's own work, so a plug-in's is none: an empty list of steps, and in Python
//! a `process` that passes. The first plug-in collects; it is the pair that comes on top.

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::place;

/// The collector's name, which is its id too.
const COLLECTOR: &str = "Collect";

/// How much there is to do.
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

    /// Writes it as a scenario into this folder.
    pub fn write(self, folder: &Path) -> Result<()> {
        let create = |number| json!({"create": format!("instance{number}")});
        let collector = json!({
            "name": COLLECTOR, "order": 0, "context": (0..self.instances).map(create).collect::<Vec<_>>(),
        });
        let others = self.ids().into_iter();
        let others = others.map(|name| json!({"name": name, "order": 1, "instance": []}));
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

    /// What starts a run of all but the collector, on the instances that are there.
    pub fn without_collecting(self) -> Value {
        json!({"plugins": self.ids()})
    }
}
