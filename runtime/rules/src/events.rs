use std::fmt;

/// What Pyblish tells those who listen, by the names that its callbacks are registered under.
///
/// Source: pyblish-base 1.8.12, the calls of `emit` in plugin.py and util.py; the two of toggling
/// come from its frontends (pyblish-qml 1.11, control.py).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PyblishEvent {
    /// After each pair, failed or not; after its `PluginFailed`.
    PluginProcessed,
    /// After a pair that failed.
    PluginFailed,
    /// Collecting has ended.
    Collected,
    /// Validating has ended.
    Validated,
    /// Extracting has ended.
    Extracted,
    /// Integrating has ended.
    Integrated,
    /// The end of a whole publish, failed or not: say with it whether the run succeeded.
    Published,
    /// An instance was switched on or off.
    InstanceToggled,
    /// A plug-in was switched on or off.
    PluginToggled,
}

impl PyblishEvent {
    /// All of them.
    pub const ALL: [PyblishEvent; 9] = [
        PyblishEvent::PluginProcessed,
        PyblishEvent::PluginFailed,
        PyblishEvent::Collected,
        PyblishEvent::Validated,
        PyblishEvent::Extracted,
        PyblishEvent::Integrated,
        PyblishEvent::Published,
        PyblishEvent::InstanceToggled,
        PyblishEvent::PluginToggled,
    ];

    /// Pyblish's name for it.
    pub fn name(self) -> &'static str {
        match self {
            PyblishEvent::PluginProcessed => "pluginProcessed",
            PyblishEvent::PluginFailed => "pluginFailed",
            PyblishEvent::Collected => "collected",
            PyblishEvent::Validated => "validated",
            PyblishEvent::Extracted => "extracted",
            PyblishEvent::Integrated => "integrated",
            PyblishEvent::Published => "published",
            PyblishEvent::InstanceToggled => "instanceToggled",
            PyblishEvent::PluginToggled => "pluginToggled",
        }
    }

    /// What a pair tells when it has ended, in order.
    ///
    /// Source: pyblish-base 1.8.12, plugin.py: process, `__explicit_process`.
    pub fn of_pair(success: bool) -> &'static [PyblishEvent] {
        if success {
            &[PyblishEvent::PluginProcessed]
        } else {
            &[PyblishEvent::PluginFailed, PyblishEvent::PluginProcessed]
        }
    }
}

impl fmt::Display for PyblishEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_pyblish_names() {
        assert_eq!(
            PyblishEvent::ALL.map(PyblishEvent::name).join(" "),
            "pluginProcessed pluginFailed collected validated extracted integrated published \
             instanceToggled pluginToggled"
        );
    }

    #[test]
    fn plugin_failed_comes_before_plugin_processed() {
        assert_eq!(PyblishEvent::of_pair(true), [PyblishEvent::PluginProcessed]);
        assert_eq!(
            PyblishEvent::of_pair(false),
            [PyblishEvent::PluginFailed, PyblishEvent::PluginProcessed]
        );
    }
}
