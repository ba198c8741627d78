use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bindings::exports::pyblish::endpoint::service;
use crate::bindings::pyblish::endpoint::types::Datum;
use crate::{Data, Failure, Plugins, Result};

/// An adapter: what it is, and the plug-ins that it brings.
pub trait Adapter: Sized + 'static {
    /// Who it is, and what it needs. Must not depend on anything outside.
    fn describe() -> Description;

    /// Begins a session.
    fn open(opening: Opening) -> Result<Self>;

    /// Finds the plug-ins; asked each time a session starts anew.
    fn plugins(&self) -> Result<Plugins>;

    /// What is known of the host, for people to read.
    fn host(&self) -> Data {
        Data::new()
    }

    /// Is told of one of Pyblish's events.
    fn notify(&mut self, event: &str, arguments: Value) -> Result {
        let _ = (event, arguments);
        Ok(())
    }
}

/// With what a session begins.
#[derive(Debug, Clone)]
pub struct Opening {
    pub settings: Settings,
    /// The user's name on this machine.
    pub user: String,
    /// This machine's name.
    pub machine: String,
}

/// The values of the settings that the adapter described; the runtime has checked their kinds.
#[derive(Debug, Clone, Default)]
pub struct Settings(pub(crate) Data);

impl Settings {
    /// The settings as they cross the border.
    pub fn read(settings: Vec<Datum>) -> Result<Settings> {
        let mut data = Data::new();
        for setting in settings {
            data.insert(setting.key, serde_json::from_str(&setting.value)?);
        }
        Ok(Settings(data))
    }

    /// The value of the setting of this name.
    #[track_caller]
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let value = self.0.get(name).unwrap_or(&Value::Null);
        T::deserialize(value)
            .map_err(|error| Failure::new(format!("the setting {name} cannot be used: {error}")))
    }
}

/// Who an adapter is, and what it needs.
#[derive(Debug, Clone)]
pub struct Description(pub(crate) service::Description);

impl Description {
    /// `name` is what `--adapter` takes; `version` is usually `env!("CARGO_PKG_VERSION")`.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Description(service::Description {
            name: name.into(),
            version: version.into(),
            doc: String::new(),
            hosts: Vec::new(),
            settings: Vec::new(),
            grants: Vec::new(),
        })
    }

    /// What it is for, in one sentence.
    pub fn doc(mut self, doc: impl Into<String>) -> Self {
        self.0.doc = doc.into();
        self
    }

    /// A host that it serves, by the name that plug-ins use.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.0.hosts.push(host.into());
        self
    }

    pub fn setting(mut self, setting: Setting) -> Self {
        self.0.settings.push(setting.0);
        self
    }

    pub fn folder(mut self, folder: Folder) -> Self {
        self.0.grants.push(service::Grant::Folder(folder.0));
        self
    }

    /// An address that it connects to, `host:port`.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.0.grants.push(service::Grant::Address(address.into()));
        self
    }

    /// The bridge inside a running host of this name.
    pub fn bridge(self, host: impl Into<String>) -> Self {
        self.bridge_grant(host, false)
    }

    /// Likewise, but the adapter can start one by itself.
    pub fn optional_bridge(self, host: impl Into<String>) -> Self {
        self.bridge_grant(host, true)
    }

    fn bridge_grant(mut self, host: impl Into<String>, optional: bool) -> Self {
        let host = host.into();
        let bridge = service::Bridge { host, optional };
        self.0.grants.push(service::Grant::Bridge(bridge));
        self
    }

    /// An environment variable that it reads.
    pub fn environment(mut self, name: impl Into<String>) -> Self {
        self.0.grants.push(service::Grant::Environment(name.into()));
        self
    }
}

impl From<Description> for service::Description {
    fn from(description: Description) -> Self {
        description.0
    }
}

/// A setting that the adapter takes. It must be given unless it has a default.
#[derive(Debug, Clone)]
pub struct Setting(service::Setting);

impl Setting {
    pub fn text(name: impl Into<String>, doc: impl Into<String>) -> Self {
        Setting::of_kind(name, doc, service::SettingKind::Text)
    }

    pub fn boolean(name: impl Into<String>, doc: impl Into<String>) -> Self {
        Setting::of_kind(name, doc, service::SettingKind::Boolean)
    }

    pub fn integer(name: impl Into<String>, doc: impl Into<String>) -> Self {
        Setting::of_kind(name, doc, service::SettingKind::Integer)
    }

    pub fn number(name: impl Into<String>, doc: impl Into<String>) -> Self {
        Setting::of_kind(name, doc, service::SettingKind::Number)
    }

    pub fn texts(name: impl Into<String>, doc: impl Into<String>) -> Self {
        Setting::of_kind(name, doc, service::SettingKind::Texts)
    }

    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.0.default = Some(value.into().to_string());
        self
    }

    fn of_kind(
        name: impl Into<String>,
        doc: impl Into<String>,
        kind: service::SettingKind,
    ) -> Self {
        Setting(service::Setting {
            name: name.into(),
            kind,
            doc: doc.into(),
            default: None,
        })
    }
}

/// A folder that the adapter needs, by its path inside the sandbox.
#[derive(Debug, Clone)]
pub struct Folder(service::Folder);

impl Folder {
    pub fn readable(path: impl Into<String>, doc: impl Into<String>) -> Self {
        Folder(service::Folder {
            path: path.into(),
            writable: false,
            optional: false,
            doc: doc.into(),
        })
    }

    pub fn writable(path: impl Into<String>, doc: impl Into<String>) -> Self {
        let mut folder = Folder::readable(path, doc);
        folder.0.writable = true;
        folder
    }

    /// The adapter can work without it.
    pub fn optional(mut self) -> Self {
        self.0.optional = true;
        self
    }
}
