//! What a client can change in a session, and what it expects to be unchanged when it does.

use std::fmt;

use pyblish_model::{InstanceId, PluginId};

/// A part of a session that a client can change, and that has a revision of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The context's own data, without its instances.
    Context,
    /// One instance, with its data.
    Instance(InstanceId),
    /// One plug-in: whether it takes part.
    Plugin(PluginId),
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Resource::Context => f.write_str("the context"),
            Resource::Instance(id) => write!(f, "the instance {:?}", id.0),
            Resource::Plugin(id) => write!(f, "the plug-in {:?}", id.0),
        }
    }
}

/// The condition under which a client's change is made: none of these resources has changed since
/// this revision, which is what `If-Match` of HTTP asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precondition {
    /// What the client looked at before it decided.
    pub resources: Vec<Resource>,
    /// The session's revision at that time.
    pub revision: u64,
}
