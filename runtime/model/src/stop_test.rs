use super::PluginId;

/// Where a run stops by the host's own test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The plug-in before whose turn it stops.
    pub plugin: PluginId,
    /// Why, as frontends show it behind "Stopped due to".
    pub reason: String,
}

/// What decides when a run stops because plug-ins failed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum StopTest {
    /// The test of Pyblish.
    #[default]
    Pyblish,
    /// A test of the host's own: where it stops a run, by what has happened so far.
    Host(Vec<Stop>),
}
