//! Plug-ins for other hosts, of which a shared folder is full.

use pyblish_model::{LeftOutPlugin, Plugin};

/// A plug-in that is for none of these hosts.
pub(crate) fn left_out(plugin: Plugin, hosts: &[String]) -> LeftOutPlugin {
    LeftOutPlugin {
        reason: format!(
            "It is for the hosts {}, and this is {}.",
            words(&plugin.hosts),
            words(hosts)
        ),
        name: Some(plugin.name.to_string()),
        file: plugin.file,
    }
}

fn words(names: &[String]) -> String {
    if names.is_empty() {
        return "(none)".into();
    }
    names.join(", ")
}
