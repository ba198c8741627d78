//! What calls of an adapter take and answer.

use std::sync::Arc;

use super::host_connector::HostConnector;
use pyblish_model::{
    BrokenPlugin, Change, Data, InstanceId, LeftOutPlugin, Plugin, PluginId, StopTest,
};

/// A plug-in to run, and the instance to run it on; none for the context.
pub type PairIds = (PluginId, Option<InstanceId>);

/// The user and the machine that an adapter works for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user's name on this machine.
    pub user: String,
    /// The name of this machine.
    pub machine: String,
}

/// What an adapter's `open` gets.
#[derive(Clone)]
pub struct OpenArguments {
    /// One value for each setting of the description.
    pub settings: Data,
    /// On whose behalf it works.
    pub identity: Identity,
    /// Connects to the host that the user granted; none where none is granted.
    pub connector: Option<Arc<dyn HostConnector>>,
    /// Whether that host is running. Then the addresses with which the adapter starts one are not
    /// needed.
    pub is_host_running: bool,
}

/// The host that a session was opened with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OpenedSession {
    /// What is known of the host, for people to read.
    pub host: Data,
    /// The context that the host still holds, as changes to an empty one.
    pub context: Vec<Change>,
}

/// The plug-ins that were discovered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Discovery {
    /// The plug-ins, in the order in which they were found.
    pub plugins: Vec<Plugin>,
    /// What cannot be used.
    pub broken: Vec<BrokenPlugin>,
    /// What does not take part.
    pub left_out: Vec<LeftOutPlugin>,
    /// The hosts that plug-ins may be for; none: those of the description.
    pub hosts: Vec<String>,
    /// The targets that are registered in the host.
    pub targets: Vec<String>,
    /// What decides when a run stops.
    pub stop_test: StopTest,
}
