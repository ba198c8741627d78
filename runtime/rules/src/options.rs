use std::collections::HashSet;

use pyblish_model::{Instance, InstanceId, Plugin, PluginId};

use super::{Until, hosts_match};

/// What a run is asked to do. The default is `util.publish` without arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Which part of a publish it is.
    pub until: Until,
    /// None at all stands for `default` and those that are registered in the host; see
    /// [`session_targets`](super::session_targets).
    pub targets: Vec<String>,
    /// Leaves out plug-ins that are for none of these. Pyblish has done so when it discovered them,
    /// so `None` asks nothing.
    pub hosts: Option<Vec<String>>,
    /// The run sees no instance but these, so none that is made in mid-run either. Pyblish has no
    /// such choice.
    pub instances: Option<HashSet<InstanceId>>,
    /// The run sees no plug-in but these, collectors included. Pyblish has no such choice.
    pub plugins: Option<HashSet<PluginId>>,
}

impl RunOptions {
    /// Whether the run sees this plug-in at all.
    pub fn sees_plugin(&self, plugin: &Plugin) -> bool {
        let hosts = self.hosts.as_deref();
        let chosen = self.plugins.as_ref();
        self.until.takes(plugin.order)
            && hosts.is_none_or(|hosts| hosts_match(plugin, hosts))
            && chosen.is_none_or(|chosen| chosen.contains(&plugin.id))
    }

    /// Whether the run sees this instance at all.
    pub(super) fn sees_instance(&self, instance: &Instance) -> bool {
        let chosen = self.instances.as_ref();
        chosen.is_none_or(|chosen| chosen.contains(&instance.id))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{data, instance, plugin, texts};
    use super::*;

    #[test]
    fn hosts_are_checked_only_when_given() {
        let maya = Plugin {
            hosts: texts(&["maya"]),
            ..plugin("P", 1.0)
        };
        let options = RunOptions::default();
        assert!(options.sees_plugin(&maya));
        let options = RunOptions {
            hosts: Some(texts(&["nuke"])),
            ..options
        };
        assert!(!options.sees_plugin(&maya));
        assert!(options.sees_plugin(&plugin("P", 1.0)));
    }

    #[test]
    fn run_sees_only_the_chosen() {
        let options = RunOptions {
            plugins: Some([plugin("P", 1.0).id].into()),
            instances: Some([instance("i", data! {}).id].into()),
            ..RunOptions::default()
        };
        assert!(options.sees_plugin(&plugin("P", 1.0)));
        assert!(!options.sees_plugin(&plugin("Q", 1.0)));
        assert!(options.sees_instance(&instance("i", data! {})));
        assert!(!options.sees_instance(&instance("j", data! {})));
    }
}
