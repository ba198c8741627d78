//! What a session is opened with, and what a client may ask for.
//!
//! Only the user grants, on the command line and in `endpoint.toml`. A client of the REST API opens
//! sessions with what the user has granted already. It may say nothing about that, or repeat it in
//! the same words. It can add nothing, and it cannot change a setting that says where a grant
//! leads, or what an adapter does outside of the sandbox.

use crate::standing_grants::StandingGrants;
use pyblish_adapter::{
    AddressGrant, Description, FolderGrant, Settings, location_settings, resolve_settings,
};

/// What a session is opened with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SessionRequest {
    /// The adapter's name, or the path of its file.
    pub adapter: String,
    /// What the adapter gets.
    pub grants: StandingGrants,
}

/// What a client of the REST API asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClientRequest {
    /// The adapter's name, or the path of its file.
    pub adapter: String,
    /// Values for the adapter's settings.
    pub settings: Settings,
    /// Folders that the user must have granted.
    pub folders: Vec<FolderGrant>,
    /// Addresses that the user must have granted.
    pub addresses: Vec<AddressGrant>,
    /// Environment variables that the user must have granted.
    pub environment: Vec<String>,
    /// The process of the running host, where several of its kind run.
    pub pid: Option<u32>,
}

/// What a client asked for and only the user can grant. The messages say how the user can.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestDenied {
    /// A grant, or a setting that is as much as a grant.
    #[error(
        "{what} is not granted to the adapter {adapter}, and a client cannot grant it. The user can: when the server \
         starts, with {flag}, or in endpoint.toml, with {entry} in [adapters.{}]",
        toml_key(.adapter)
    )]
    Grant {
        /// The adapter, as the client named it.
        adapter: String,
        /// What was asked for, for people to read.
        what: String,
        /// The flag of `serve` that grants it.
        flag: String,
        /// The entry of `endpoint.toml` that grants it.
        entry: String,
    },
    /// An adapter that is not installed.
    #[error(
        "{adapter} is the file of an adapter that is not installed, and a client cannot bring one. The user can: in \
         endpoint.toml, with file = \"/path/to/NAME.wasm\" in [adapters.NAME], or in a folder of adapters \
         (`pyblish-endpoint doctor --about adapters` shows them); or the server can be started with \
         --allow-adapter-files"
    )]
    AdapterFile {
        /// The path that the client named.
        adapter: String,
    },
}

/// A key as TOML writes it: a path needs quotes.
fn toml_key(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if !name.is_empty() && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        format!("{name:?}")
    }
}

/// A grant that is missing: in words, as a flag of `serve`, and as an entry of `endpoint.toml`.
struct MissingGrant {
    what: String,
    flag: String,
    entry: String,
}

impl MissingGrant {
    fn new(what: &str, value: &str, flag: &str, key: &str) -> Self {
        MissingGrant {
            what: format!("{what} {value}"),
            flag: format!("--{flag} {value}"),
            entry: format!("{key} = [{value:?}]"),
        }
    }
}

impl ClientRequest {
    /// The session that the client may have: with what the user has granted to the adapter, and
    /// with the client's settings.
    ///
    /// # Errors
    /// The client asks for more than the user has granted.
    pub(crate) fn within(
        self,
        granted: StandingGrants,
        description: &Description,
    ) -> Result<SessionRequest, RequestDenied> {
        if let Some(missing) = self.missing_grant(&granted, description) {
            let MissingGrant { what, flag, entry } = missing;
            return Err(RequestDenied::Grant {
                adapter: self.adapter,
                what,
                flag,
                entry,
            });
        }
        let mut request = SessionRequest {
            adapter: self.adapter,
            grants: granted,
        };
        request.grants.settings.extend(self.settings);
        request.grants.pid = request.grants.pid.or(self.pid);
        Ok(request)
    }

    /// Something that this asks for and the user has not granted.
    fn missing_grant(
        &self,
        granted: &StandingGrants,
        description: &Description,
    ) -> Option<MissingGrant> {
        if let Some(folder) = first_missing(&self.folders, &granted.folders) {
            return Some(MissingGrant::new(
                "the folder",
                &folder.to_string(),
                "dir",
                "dir",
            ));
        }
        if let Some(address) = first_missing(&self.addresses, &granted.addresses) {
            let address = address.to_string();
            return Some(MissingGrant::new(
                "the connection to",
                &address,
                "connect",
                "connect",
            ));
        }
        if let Some(name) = first_missing(&self.environment, &granted.environment) {
            return Some(MissingGrant::new(
                "the environment variable",
                name,
                "env",
                "env",
            ));
        }
        if let (Some(pid), Some(granted)) = (self.pid, granted.pid)
            && pid != granted
        {
            return Some(MissingGrant {
                what: format!("the host with the process {pid}"),
                flag: format!("--pid {pid}"),
                entry: "bridge = [\"HOST\"]".into(),
            });
        }
        let (name, value) = self.users_setting(granted, description)?;
        Some(MissingGrant {
            what: format!(
                "{value:?} as the setting {name}, which says where a grant leads, or what the adapter does outside of \
                 its sandbox,"
            ),
            flag: format!("--set {name}={value}"),
            entry: format!("set = {{ {name} = {value:?} }}"),
        })
    }

    /// A setting that only the user may change and that this request would change, with the value
    /// asked for.
    fn users_setting<'a>(
        &'a self,
        granted: &StandingGrants,
        description: &Description,
    ) -> Option<&'a (String, String)> {
        let leading = location_settings(description);
        // An adapter with a bridge does in the host what its settings say, such as loading plug-ins
        // from a folder.
        let has_bridge = description.bridges().next().is_some();
        let (users, free): (Vec<_>, Vec<_>) = self
            .settings
            .iter()
            .partition(|(name, _)| has_bridge || leading.contains(name.as_str()));
        let with = |settings: Vec<&(String, String)>| {
            let all = granted.settings.iter().chain(settings).cloned();
            resolve_settings(description, &all.collect()).ok()
        };
        let before = with(free);
        // Settings that are wrong open no session, and are reported when it is opened.
        let after = with(self.settings.iter().collect())?;
        let changes = |name: &str| {
            let before = before.as_ref();
            before.is_none_or(|before| before.get(name) != after.get(name))
        };
        users.into_iter().find(|(name, _)| changes(name))
    }
}

/// The first of these that is not granted.
fn first_missing<'a, T: PartialEq>(asked: &'a [T], granted: &[T]) -> Option<&'a T> {
    asked.iter().find(|one| !granted.contains(one))
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise;
    use serde_json::json;

    use super::*;
    use pyblish_adapter::{BridgeRequest, GrantRequest as Asked, Setting, SettingKind};

    fn description(grants: Vec<Asked>) -> Description {
        let setting = |name: &str, default| Setting {
            name: name.into(),
            kind: SettingKind::Text,
            doc: "Matters.".into(),
            default,
        };
        Description {
            name: "tracker".into(),
            version: "1.0.0".into(),
            doc: String::new(),
            hosts: Vec::new(),
            host_versions: Default::default(),
            settings: vec![
                setting("server", Some(json!("one.studio").into())),
                setting("show", None),
            ],
            grants,
        }
    }

    fn granted() -> StandingGrants {
        StandingGrants {
            folders: vec!["in=/inbox:ro".parse().unwrap()],
            addresses: vec!["one.studio:443".parse().unwrap()],
            environment: vec!["SHOW".into()],
            ..StandingGrants::default()
        }
    }

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let pairs = pairs.iter();
        let owned = pairs.map(|(name, text)| (name.to_string(), text.to_string()));
        owned.collect()
    }

    /// The session that this request opens, or why it is denied.
    fn within(request: ClientRequest, grants: Vec<Asked>) -> Result<SessionRequest, String> {
        let request = ClientRequest {
            adapter: "tracker".into(),
            ..request
        };
        let within = request.within(granted(), &description(grants));
        within.map_err(|refused| refused.to_string())
    }

    #[test]
    fn client_gets_what_the_user_granted() {
        let same = ClientRequest {
            folders: granted().folders,
            addresses: granted().addresses,
            environment: granted().environment,
            ..ClientRequest::default()
        };
        for request in [ClientRequest::default(), same] {
            assert_eq!(within(request, Vec::new()).unwrap().grants, granted());
        }
    }

    #[test]
    fn client_grants_nothing() {
        let folder = |text: &str| ClientRequest {
            folders: vec![text.parse().unwrap()],
            ..ClientRequest::default()
        };
        let others = [
            (folder("in=/inbox"), "--dir in=/inbox,"),
            (folder("other=/inbox:ro"), "--dir other=/inbox:ro"),
            (
                ClientRequest {
                    addresses: vec!["127.0.0.1:1".parse().unwrap()],
                    ..ClientRequest::default()
                },
                "connect = [\"127.0.0.1:1\"]",
            ),
            (
                ClientRequest {
                    environment: vec!["HOME".into()],
                    ..ClientRequest::default()
                },
                "--env HOME",
            ),
        ];
        for (request, flag) in others {
            let said = within(request, Vec::new()).unwrap_err();
            assert!(said.contains(flag), "{said}");
            assert!(said.contains("in [adapters.tracker]"), "{said}");
        }
    }

    #[test]
    fn client_changes_harmless_settings() {
        let address = || vec![Asked::Address("{server}:443".into())];
        let set = |pairs: &[(&str, &str)]| ClientRequest {
            settings: settings(pairs),
            ..ClientRequest::default()
        };
        let show = [("show", "hero")];
        let request = within(set(&show), address()).unwrap();
        assert_eq!(request.grants.settings, settings(&show));
        // The same value as before leads where it led before.
        let same = [("show", "hero"), ("server", "one.studio")];
        assert!(within(set(&same), address()).is_ok());
        let other = [("show", "hero"), ("server", "two.studio")];
        let said = within(set(&other), address()).unwrap_err();
        assert!(said.contains("--set server=two.studio"), "{said}");
        promise!(
            "ACCESS-20",
            within(set(&other), Vec::new()).is_ok(),
            "no grant has it"
        );
    }

    #[test]
    fn bridge_settings_are_fixed() {
        let bridge = || {
            vec![Asked::Bridge(BridgeRequest {
                host: "maya".into(),
                optional: true,
                start: None,
            })]
        };
        let request = ClientRequest {
            settings: settings(&[("show", "/tmp")]),
            ..ClientRequest::default()
        };
        let said = within(request, bridge()).unwrap_err();
        promise!("ACCESS-20", said.contains("--set show=/tmp"), "{said}");
    }

    #[test]
    fn client_chooses_an_open_host() {
        let pid = |pid| ClientRequest {
            adapter: "tracker".into(),
            pid: Some(pid),
            ..ClientRequest::default()
        };
        assert_eq!(within(pid(7), Vec::new()).unwrap().grants.pid, Some(7));
        let chosen = || StandingGrants {
            pid: Some(7),
            ..StandingGrants::default()
        };
        let description = description(Vec::new());
        assert!(pid(7).within(chosen(), &description).is_ok());
        assert!(pid(8).within(chosen(), &description).is_err());
    }
}
