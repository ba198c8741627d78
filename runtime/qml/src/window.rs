use serde_json::{Value, json};

/// Options of QML's window.
#[derive(Debug, Clone)]
pub struct WindowOptions {
    /// The targets that select the plug-ins.
    pub targets: Vec<String>,
    /// The host's name, for the title.
    pub host: String,
    /// What to start after the first collection, if anything.
    pub then: Option<AutoStart>,
}

/// What QML starts after its first collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoStart {
    /// Publishes.
    Publish,
    /// Validates.
    Validate,
}

impl WindowOptions {
    /// The settings for QML's `show`, which needs all of them.
    pub(super) fn settings(&self) -> Value {
        json!({
            "ContextLabel": self.host,
            "WindowTitle": format!("Pyblish ({})", self.host),
            "WindowSize": [430, 600],
            "WindowPosition": [100, 100],
            "HeartbeatInterval": 60,
            "HiddenSections": ["Collect"],
            "autoPublish": self.then == Some(AutoStart::Publish),
            "autoValidate": self.then == Some(AutoStart::Validate),
        })
    }
}
