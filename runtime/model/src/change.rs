use super::{DataKey, Instance, InstanceId, JsonText, PluginId, Selection};

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
}
