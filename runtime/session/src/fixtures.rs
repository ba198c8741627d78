//! Plain data for unit tests.

use pyblish_model::Plugin;
use serde_json::json;

/// A mandatory validator of instances, of which nothing but its name is special.
pub(crate) fn plugin(name: &str) -> Plugin {
    let plugin = json!({
        "id": name, "name": name, "version": [], "order": 1.0, "families": [], "hosts": [],
        "targets": [], "match": "intersection", "optional": false, "active": true,
        "processes": {"context": false, "instance": true},
        "repairs": {"context": false, "instance": false}, "actions": [], "base": "",
    });
    serde_json::from_value(plugin).expect("it is a plug-in")
}
