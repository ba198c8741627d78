//! The plug-ins of a run, as the column `list` of the table `plugins` has them.

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
#[serde(rename_all = "camelCase")]
struct Read {
    plugins: Vec<Plugin>,
    #[serde(default)]
    broken: Vec<BrokenPlugin>,
    #[serde(default)]
    left_out: Vec<LeftOutPlugin>,
    #[serde(default)]
    targets: Vec<String>,
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
    // Before runs kept what was broken and left out, it was a list of plug-ins.
    if list.trim_start().starts_with('[') {
        return Ok(PluginSet {
            plugins: serde_json::from_str::<Vec<Plugin>>(list)?.into(),
            ..PluginSet::default()
        });
    }
    let read: Read = serde_json::from_str(list)?;
    Ok(PluginSet {
        plugins: read.plugins.into(),
        broken: read.broken.into(),
        left_out: read.left_out.into(),
        targets: read.targets.into(),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use pyblish_model::{Attribute, Failure, JsonText};

    #[test]
    fn set_round_trips() {
        let attribute = Attribute {
            key: "tolerance".into(),
            default: Some(JsonText::of_value(&0.5)),
            ..Attribute::default()
        };
        let plugin = serde_json::json!({
            "id": "P", "name": "P", "version": [], "order": 1.0, "families": [], "hosts": [],
            "targets": [], "match": "intersection", "optional": false, "active": true,
            "processes": {"context": false, "instance": true},
            "repairs": {"context": false, "instance": false}, "actions": [], "base": "",
        });
        let plugin = Plugin {
            attributes: vec![attribute],
            ..serde_json::from_value(plugin).unwrap()
        };
        let set = PluginSet {
            plugins: [plugin].into(),
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
