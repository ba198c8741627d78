use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bindings::exports::pyblish::endpoint::service;
use crate::bindings::pyblish::endpoint::model::Datum;
use crate::value::{from_model, to_model};
use crate::{Data, Failure, Plugins, Result};

/// An adapter: its description and its plug-ins.
pub trait Adapter: Sized + 'static {
    /// Its description and what it needs. Must not depend on anything outside of the adapter.
    fn describe() -> Description;

    /// Opens a session.
    fn open(opening: Opening) -> Result<Self>;

    /// Finds the plug-ins; called at each reset of a session.
    fn plugins(&self) -> Result<Plugins>;

    /// Facts about the host, for users.
    fn host(&self) -> Data {
        Data::new()
    }

    /// Handles an event of Pyblish.
    fn notify(&mut self, event: &str, arguments: Value) -> Result {
        let _ = (event, arguments);
        Ok(())
    }
}

/// The data for opening a session.
#[derive(Debug, Clone)]
pub struct Opening {
    pub settings: Settings,
    /// The user's name on this machine.
    pub user: String,
    /// This machine's name.
    pub machine: String,
    /// The folders that were granted.
    pub folders: Vec<GrantedFolder>,
}

impl Opening {
    /// The path on the host's machine of a path inside the sandbox, for a tool that works there; none
    /// for a path in no granted folder.
    pub fn host_path(&self, path: &str) -> Option<String> {
        self.folders.iter().find_map(|folder| {
            let rest = path.strip_prefix(&folder.path)?;
            let is_inside = rest.is_empty() || rest.starts_with('/');
            is_inside.then(|| format!("{}{rest}", folder.host_path))
        })
    }

    /// The data in the form of the service interface.
    #[doc(hidden)]
    pub fn read(opening: service::Opening) -> Result<Self> {
        Ok(Opening {
            settings: Settings::read(opening.settings)?,
            user: opening.user,
            machine: opening.machine,
            folders: opening.folders,
        })
    }
}

/// A folder that was granted: its path inside the sandbox, its path on the host's machine, and
/// whether the adapter may write there.
pub use service::GrantedFolder;

/// The values of the settings that the adapter described; the runtime has checked their kinds.
#[derive(Debug, Clone, Default)]
pub struct Settings(pub(crate) Data);

impl Settings {
    /// The settings in the form of the service interface.
    pub fn read(settings: Vec<Datum>) -> Result<Settings> {
        let mut data = Data::new();
        for setting in settings {
            data.insert(setting.key, from_model(setting.value)?);
        }
        Ok(Settings(data))
    }

    /// The value of the setting with this name.
    #[track_caller]
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let value = self.0.get(name).unwrap_or(&Value::Null);
        T::deserialize(value)
            .map_err(|error| Failure::new(format!("the setting {name} cannot be used: {error}")))
    }
}

/// The description of an adapter, and what it needs.
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

    /// A host that it is for, by the name that plug-ins use.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.0.hosts.push(host.into());
        self
    }

    pub fn setting(mut self, setting: Setting) -> Self {
        self.0.settings.push(setting.0);
        self
    }

    pub fn folder(mut self, folder: Folder) -> Self {
        self.0.grants.push(service::GrantRequest::Folder(folder.0));
        self
    }

    /// An address that it connects to, `host:port`.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.0
            .grants
            .push(service::GrantRequest::Address(address.into()));
        self
    }

    /// A running host of this name with the bridge in it.
    pub fn running_host(self, host: RunningHost) -> Self {
        let mut description = self;
        let request = service::GrantRequest::Host(host.0);
        description.0.grants.push(request);
        description
    }

    /// ffmpeg, for [`movies::picture`](crate::movies::picture). The user grants it with `--tool
    /// ffmpeg`; the adapter must work without.
    pub fn ffmpeg(self) -> Self {
        self.environment("PYBLISH_ENDPOINT_FFMPEG")
    }

    /// An environment variable that it reads.
    pub fn environment(mut self, name: impl Into<String>) -> Self {
        self.0
            .grants
            .push(service::GrantRequest::Environment(name.into()));
        self
    }
}

impl From<Description> for service::Description {
    fn from(description: Description) -> Self {
        description.0
    }
}

/// A running host that the adapter needs, with the bridge in it.
#[derive(Debug, Clone)]
pub struct RunningHost(service::HostRequest);

impl RunningHost {
    /// The host whose bridge announces itself by this name.
    pub fn new(name: impl Into<String>) -> Self {
        RunningHost(service::HostRequest {
            name: name.into(),
            optional: false,
            start: None,
        })
    }

    /// The adapter can work where none is running.
    pub fn optional(mut self) -> Self {
        self.0.optional = true;
        self
    }

    /// What the user does to start one, as one sentence.
    pub fn start(mut self, start: impl Into<String>) -> Self {
        self.0.start = Some(start.into());
        self
    }
}

/// A setting of the adapter. It is required unless it has a default.
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
        self.0.default = Some(to_model(&value.into()));
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
pub struct Folder(service::FolderRequest);

impl Folder {
    pub fn readable(path: impl Into<String>, doc: impl Into<String>) -> Self {
        Folder(service::FolderRequest {
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

    /// Makes it optional: the adapter can work without it.
    pub fn optional(mut self) -> Self {
        self.0.optional = true;
        self
    }
}
