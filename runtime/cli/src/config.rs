//! `endpoint.toml`: what adapters always get, so that nobody has to type it each time. It is read
//! completely at the start, and any mistake in it is an error: it must grant exactly what its
//! author intends.
//!
//! ```toml
//! [adapters.folder]
//! dir = ["/jobs/inbox=/inbox:ro", "/jobs/publish=/publish"]
//! connect = []
//! env = ["SHOW"]
//! set = { digest = true }
//!
//! [adapters.tracker]
//! file = "/opt/studio/tracker.wasm"
//! connect = ["tracker.studio:443"]
//! network = ["10.20.0.0/16"]
//!
//! [adapters.blender]
//! bridge = ["blender"]
//!
//! [limits]
//! memory = "2G"
//! cpu = 1800
//! ```

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use directories::ProjectDirs;
use serde::Deserialize;
use serde_json::Value;

use crate::stderr::Error;
use pyblish_adapter::AdapterLimits;
use pyblish_platform::trusted::{self, FileError, Trust, TrustedFolder};
use pyblish_session::StandingGrants;

/// The largest size of the file, in bytes.
const LARGEST: u64 = 1 << 20;

/// The content of the file; none if there is no file.
#[derive(Debug, Default)]
pub struct Config {
    path: PathBuf,
    tables: Tables,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    #[serde(default)]
    adapters: BTreeMap<String, Adapter>,
    #[serde(default)]
    limits: BTreeMap<String, Value>,
}

/// Each in the form that the flag of the same name takes.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Adapter {
    /// The adapter's file, instead of one in a folder of adapters.
    file: Option<PathBuf>,
    dir: Vec<String>,
    connect: Vec<String>,
    network: Vec<String>,
    env: Vec<String>,
    bridge: Vec<String>,
    set: BTreeMap<String, Value>,
}

impl Config {
    /// Reads this file, or by default the user's own, which is optional.
    pub fn read(chosen: Option<PathBuf>) -> Result<Self, Error> {
        // A file that is named on the command line is trusted. The default file must belong to the
        // user.
        let (must_be_there, trust) = match chosen {
            Some(_) => (true, Trust::Any),
            None => (false, Trust::Owned),
        };
        let of_user = || {
            let user = ProjectDirs::from("", "", "pyblish-endpoint")?;
            Some(user.config_dir().join("endpoint.toml"))
        };
        let Some(path) = chosen.or_else(of_user) else {
            return Ok(Config::default());
        };
        let text = match read(&path, trust) {
            Ok(text) => text,
            Err(error) if error.is_missing() && !must_be_there => return Ok(Config::default()),
            Err(error) => return Err(format!("the configuration cannot be read: {error}").into()),
        };
        let tables = toml::from_str(&text).map_err(|error| {
            let error = error.to_string();
            format!("{} has a mistake: {}", path.display(), error.trim_end())
        })?;
        Ok(Config { path, tables })
    }

    /// What each adapter always gets, by its name.
    pub fn standing(&self) -> Result<HashMap<String, StandingGrants>, Error> {
        let adapters = self.tables.adapters.iter();
        let standing = adapters.map(|(name, adapter)| {
            let folders = self.parsed(name, "dir", &adapter.dir)?;
            let addresses = self.parsed(name, "connect", &adapter.connect)?;
            let settings = adapter.set.iter();
            let settings = settings.map(|(key, value)| (key.clone(), text(value)));
            let standing = StandingGrants {
                settings: settings.collect(),
                folders,
                addresses,
                networks: self.parsed(name, "network", &adapter.network)?,
                environment: adapter.env.clone(),
                bridges: adapter.bridge.clone(),
                pid: None,
            };
            Ok((name.clone(), standing))
        });
        standing.collect()
    }

    /// The files of adapters, by the names that this file gives them.
    pub fn files(&self) -> Result<BTreeMap<String, PathBuf>, Error> {
        let named = self.tables.adapters.iter();
        let named = named.filter_map(|(name, adapter)| Some((name, adapter.file.as_ref()?)));
        let files = named.map(|(name, file)| match file.is_absolute() {
            true => Ok((name.clone(), file.clone())),
            // A relative path would mean another file in each working folder.
            false => Err(format!(
                "{}, file of [adapters.{name}], {file:?}: write the whole path",
                self.path.display()
            )
            .into()),
        });
        files.collect()
    }

    /// The limits of each adapter.
    pub fn limits(&self) -> Result<AdapterLimits, Error> {
        let mut limits = AdapterLimits::default();
        for (name, value) in &self.tables.limits {
            limits.set(name, &text(value)).map_err(|reason| {
                format!("{}, {name} of [limits]: {reason}", self.path.display())
            })?;
        }
        Ok(limits)
    }

    fn parsed<T: FromStr<Err = String>>(
        &self,
        adapter: &str,
        key: &str,
        texts: &[String],
    ) -> Result<Vec<T>, Error> {
        let parsed = texts.iter().map(|text| {
            let path = self.path.display();
            let place = format!("{path}, {key} of [adapters.{adapter}], {text:?}");
            text.parse()
                .map_err(|reason| format!("{place}: {reason}").into())
        });
        parsed.collect()
    }
}

/// The text of the file. The default file's folder must belong to the user, too: otherwise another
/// user could put a link there.
fn read(path: &Path, trust: Trust) -> Result<String, FileError> {
    let text = trusted::read_text(path, trust, LARGEST)?;
    if trust == Trust::Owned
        && let Some(folder) = path.parent()
    {
        TrustedFolder::open(folder, trust)?;
    }
    Ok(text)
}

/// A setting in the form that its flag takes.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use pyblish_adapter::Limit;

    fn standing(text: &str) -> Result<HashMap<String, StandingGrants>, String> {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("endpoint.toml");
        fs::write(&path, text).unwrap();
        let config = Config::read(Some(path)).and_then(|config| config.standing());
        config.map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_granted_is_what_the_flags_say() {
        let text = r#"
            [adapters.folder]
            dir = ["in=/inbox:ro", "out=/publish"]
            env = ["SHOW"]
            set = { digest = true, count = 3, names = ["a", "b,c"] }
            [adapters.maya]
            connect = ["127.0.0.1:7001"]
            network = ["10.20.0.0/16"]
            bridge = ["maya"]
        "#;
        let standing = standing(text).unwrap();
        let folder = &standing["folder"];
        assert_eq!(folder.folders.len(), 2);
        assert!(!folder.folders[0].writable);
        assert_eq!(folder.environment, ["SHOW"]);
        let settings = [
            ("count", "3"),
            ("digest", "true"),
            ("names", r#"["a","b,c"]"#),
        ];
        let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(folder.settings, settings);
        let maya = &standing["maya"];
        assert_eq!(maya.addresses[0].to_string(), "127.0.0.1:7001");
        assert_eq!(maya.networks[0].to_string(), "10.20.0.0/16");
        assert_eq!(maya.bridges, ["maya"]);
    }

    #[test]
    fn the_file_of_an_adapter_is_named_by_its_whole_path() {
        let files = |text: &str| {
            let place = tempfile::tempdir().unwrap();
            let path = place.path().join("endpoint.toml");
            fs::write(&path, text).unwrap();
            let config = Config::read(Some(path)).and_then(|config| config.files());
            config.map_err(|error| error.to_string())
        };
        let whole = std::env::temp_dir().join("mine.wasm");
        let named = files(&format!(
            "[adapters.mine]\nfile = {whole:?}\n[adapters.folder]"
        ));
        assert_eq!(named.unwrap(), BTreeMap::from([("mine".to_owned(), whole)]));
        let said = files("[adapters.mine]\nfile = \"mine.wasm\"").unwrap_err();
        assert!(said.contains("file of [adapters.mine]"), "{said}");
    }

    fn limits(text: &str) -> Result<AdapterLimits, String> {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("endpoint.toml");
        fs::write(&path, text).unwrap();
        let config = Config::read(Some(path)).and_then(|config| config.limits());
        config.map_err(|error| error.to_string())
    }

    #[test]
    fn limits_are_what_the_flag_takes() {
        let set = limits("[limits]\nmemory = \"2G\"\ncpu = 7").unwrap();
        assert_eq!(set.get(Limit::Memory), 2 << 30);
        assert_eq!(set.get(Limit::Cpu), 7);
        assert_eq!(
            set.get(Limit::Queue),
            AdapterLimits::default().get(Limit::Queue)
        );
        for (text, said) in [
            (
                "[limits]\nmemry = 1",
                "endpoint.toml, memry of [limits]: there is no limit",
            ),
            (
                "[limits]\nmemory = \"much\"",
                "memory of [limits]: the limit memory must be",
            ),
            ("[limits]\ncpu = 0.5", "a whole number of seconds"),
        ] {
            let message = limits(text).unwrap_err();
            assert!(message.contains(said), "{message}");
        }
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        for (text, said) in [
            ("[adapters.folder]\ndirs = []", "dirs"),
            ("[adapter.folder]", "adapter"),
            (
                "[adapters.folder]\ndir = [\"in\"]",
                "dir of [adapters.folder], \"in\"",
            ),
            ("[adapters.maya]\nconnect = [\"x\"]", "HOST:PORT"),
            (
                "[adapters.maya]\nnetwork = [\"8.8.8.8\"]",
                "private network",
            ),
            ("adapters =", "line 1"),
        ] {
            let message = standing(text).unwrap_err();
            assert!(
                message.contains(said) && message.contains("endpoint.toml"),
                "{message}"
            );
        }
        let missing = Config::read(Some("no/such/endpoint.toml".into())).unwrap_err();
        assert!(
            missing.to_string().contains("no/such/endpoint.toml"),
            "{missing}"
        );
    }
}
