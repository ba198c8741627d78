//! The plug-ins of a run, as the column `list` of the table `plugins` has them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use pyblish_model::{BrokenPlugin, LeftOutPlugin, Plugin, PluginSet};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    plugins: &'a [Plugin],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    broken: &'a [BrokenPlugin],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    left_out: &'a [LeftOutPlugin],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    targets: &'a [String],
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Read {
    /// Before runs kept what was broken and left out.
    Plugins(Vec<Plugin>),
    #[serde(rename_all = "camelCase")]
    Set {
        plugins: Vec<Plugin>,
        #[serde(default)]
        broken: Vec<BrokenPlugin>,
        #[serde(default)]
        left_out: Vec<LeftOutPlugin>,
        #[serde(default)]
        targets: Vec<String>,
    },
}

pub(super) fn write(set: &PluginSet) -> serde_json::Result<String> {
    serde_json::to_string(&Written {
        plugins: &set.plugins,
        broken: &set.broken,
        left_out: &set.left_out,
        targets: &set.targets,
    })
}

pub(super) fn read(list: &str) -> serde_json::Result<PluginSet> {
    Ok(match serde_json::from_str(list)? {
        Read::Plugins(plugins) => PluginSet {
            plugins: plugins.into(),
            ..PluginSet::default()
        },
        Read::Set {
            plugins,
            broken,
            left_out,
            targets,
        } => PluginSet {
            plugins: plugins.into(),
            broken: Arc::from(broken),
            left_out: Arc::from(left_out),
            targets: Arc::from(targets),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyblish_model::Failure;

    #[test]
    fn set_round_trips() {
        let set = PluginSet {
            plugins: Arc::default(),
            broken: Arc::new([BrokenPlugin {
                file: "a.py".into(),
                failure: Failure::new("SyntaxError", "no"),
            }]),
            left_out: Arc::new([LeftOutPlugin {
                name: Some("B".into()),
                file: None,
                reason: "It is for nuke.".into(),
            }]),
            targets: Arc::new(["farm".into()]),
        };
        assert_eq!(read(&write(&set).unwrap()).unwrap(), set);
    }

    #[test]
    fn list_of_an_earlier_build_is_read() {
        assert_eq!(read("[]").unwrap(), PluginSet::default());
    }
}
