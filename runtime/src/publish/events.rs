use std::fmt;

/// What Pyblish tells those who listen, by the names that its callbacks are registered under.
///
/// Source: pyblish-base 1.8.12, the calls of `emit` in plugin.py and util.py; the two of toggling come
/// from its frontends (pyblish-qml 1.11, control.py).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// After each pair, failed or not; after its `PluginFailed`.
    PluginProcessed,
    /// After a pair that failed.
    PluginFailed,
    Collected,
    Validated,
    Extracted,
    Integrated,
    /// The end of a whole publish, failed or not: say with it whether the run succeeded.
    Published,
    InstanceToggled,
    PluginToggled,
}

impl Event {
    pub const ALL: [Event; 9] = [
        Event::PluginProcessed,
        Event::PluginFailed,
        Event::Collected,
        Event::Validated,
        Event::Extracted,
        Event::Integrated,
        Event::Published,
        Event::InstanceToggled,
        Event::PluginToggled,
    ];

    /// Pyblish's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Event::PluginProcessed => "pluginProcessed",
            Event::PluginFailed => "pluginFailed",
            Event::Collected => "collected",
            Event::Validated => "validated",
            Event::Extracted => "extracted",
            Event::Integrated => "integrated",
            Event::Published => "published",
            Event::InstanceToggled => "instanceToggled",
            Event::PluginToggled => "pluginToggled",
        }
    }

    /// What a pair tells when it has ended, in order.
    ///
    /// Source: pyblish-base 1.8.12, plugin.py: process, `__explicit_process`.
    pub fn of_pair(success: bool) -> &'static [Event] {
        if success {
            &[Event::PluginProcessed]
        } else {
            &[Event::PluginFailed, Event::PluginProcessed]
        }
    }
}

impl fmt::Display for Event {
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
            Event::ALL.map(Event::name).join(" "),
            "pluginProcessed pluginFailed collected validated extracted integrated published \
             instanceToggled pluginToggled"
        );
    }

    #[test]
    fn plugin_failed_comes_before_plugin_processed() {
        assert_eq!(Event::of_pair(true), [Event::PluginProcessed]);
        assert_eq!(
            Event::of_pair(false),
            [Event::PluginFailed, Event::PluginProcessed]
        );
    }
}
