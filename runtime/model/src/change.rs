use super::{DataKey, Instance, InstanceId, JsonText, Plugin, PluginId, Selection, StopTest};

/// One change of the context or of a plug-in.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Appended after the instances that are there.
    InstanceAdded {
        /// The new instance.
        instance: Instance,
    },
    /// An instance was removed.
    InstanceRemoved {
        /// Which one.
        instance: InstanceId,
    },
    /// The members of an instance changed.
    MembersSet {
        /// Which one.
        instance: InstanceId,
        /// All of its members.
        members: Vec<String>,
    },
    /// Pyblish's rules see an instance in another way.
    SelectionSet {
        /// Which one.
        instance: InstanceId,
        /// How they see it now.
        selection: Selection,
    },
    /// A value was set.
    DataSet {
        /// Which one.
        place: DataKey,
        /// The new value.
        value: JsonText,
    },
    /// A value was removed.
    DataUnset {
        /// Which one.
        place: DataKey,
    },
    /// A plug-in was switched on or off.
    PluginActivated {
        /// Which one.
        plugin: PluginId,
        /// Whether it takes part.
        active: bool,
    },
    /// Plug-ins are described anew.
    PluginsChanged {
        /// As they are now, with the ids that they had.
        plugins: Vec<Plugin>,
    },
    /// Other targets are registered in the host.
    TargetsSet {
        /// All of them.
        targets: Vec<String>,
    },
    /// Something else decides when a run stops, or decides otherwise than before.
    StopTestSet {
        /// What decides now.
        test: StopTest,
    },
}
