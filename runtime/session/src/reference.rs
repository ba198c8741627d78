//! How a command names the plug-in or the instance that it is about.

use pyblish_model::{Instance, InstanceId, Plugin, PluginId};

/// A plug-in of a session, by its id or by its name. Of several with one name the first is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PluginRef {
    /// The plug-in with this id.
    Id(PluginId),
    /// The first plug-in with this name.
    Name(String),
}

impl PluginRef {
    /// Whether this plug-in is meant.
    pub(crate) fn matches(&self, plugin: &Plugin) -> bool {
        match self {
            PluginRef::Id(id) => *id == plugin.id,
            PluginRef::Name(name) => *name == plugin.name,
        }
    }

    /// The id or the name, for messages.
    pub(crate) fn text(&self) -> &str {
        match self {
            PluginRef::Id(id) => &id.0,
            PluginRef::Name(name) => name,
        }
    }
}

/// An instance of a session's context, by its id or by its name. Of several with one name the first
/// is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstanceRef {
    /// The instance with this id.
    Id(InstanceId),
    /// The first instance with this name.
    Name(String),
}

impl InstanceRef {
    /// Whether this instance is meant.
    pub(crate) fn matches(&self, instance: &Instance) -> bool {
        match self {
            InstanceRef::Id(id) => *id == instance.id,
            InstanceRef::Name(name) => *name == instance.name,
        }
    }

    /// The id or the name, for messages.
    pub(crate) fn text(&self) -> &str {
        match self {
            InstanceRef::Id(id) => &id.0,
            InstanceRef::Name(name) => name,
        }
    }
}
