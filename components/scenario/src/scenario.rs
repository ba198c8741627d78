//! A whole scenario: the outermost object of the file, and checks that concern all plug-ins.

use std::path::Path;

use pyblish_sdk::{Failure, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::file;
use crate::plugin::Played;
use crate::roster::Roster;

pub(crate) struct Scenario {
    pub description: Option<String>,
    pub plugins: Vec<Played>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with a list of `plugins`")]
struct Fields {
    description: Option<String>,
    plugins: Vec<Value>,
}

impl Scenario {
    /// Reads and checks the file.
    pub fn load(path: &Path) -> Result<Self> {
        let name = match path.file_name() {
            Some(name) => name.to_string_lossy(),
            None => path.to_string_lossy(),
        };
        let text = file::read(path)?;
        // Editors on Windows put a byte order mark before the text.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Scenario::parse(text, &name).map_err(|problem| {
            Failure::new(format!("{name}: {problem}")).title("The scenario cannot be played")
        })
    }

    pub fn parse(text: &str, file: &str) -> Result<Self, String> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| format!("this is not JSON: {error}"))?;
        let fields = Fields::deserialize(value).map_err(|error| error.to_string())?;
        let mut names = Vec::new();
        for (index, value) in fields.plugins.iter().enumerate() {
            match value.get("name") {
                Some(Value::String(name)) if !name.is_empty() => names.push(name.clone()),
                _ => return Err(format!("plug-in {} has no name", index + 1)),
            }
        }
        let roster = Roster::new(names.clone());
        let mut plugins = Vec::new();
        for (index, (value, name)) in fields.plugins.into_iter().zip(names).enumerate() {
            let mut plugin = Played::parse(value, file, &roster)
                .map_err(|problem| format!("plug-in {name:?}: {problem}"))?;
            if let Some(id) = roster.id(index) {
                plugin.meta = plugin.meta.id(id);
            }
            plugins.push(plugin);
        }
        Ok(Scenario {
            description: fields.description,
            plugins,
        })
    }
}
