//! `endpoint.toml`: what adapters get in any case, so that nobody types it each time. It is read whole at the start,
//! and a mistake in it is an error: what it grants must never be less or more than its author thinks.
//!
//! ```toml
//! [adapters.folder]
//! dir = ["/jobs/inbox=/inbox:ro", "/jobs/publish=/publish"]
//! connect = []
//! env = ["SHOW"]
//! set = { digest = true }
//!
//! [limits]
//! memory = "2G"
//! cpu = 1800
//! ```

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::str::FromStr;

use directories::ProjectDirs;
use serde::Deserialize;
use serde_json::Value;

use super::Error;
use crate::adapter::Limits;
use crate::session::StandingGrants;

/// What is in the file; none where there is no file.
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

/// Each as the flag of the same name takes it.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Adapter {
    dir: Vec<String>,
    connect: Vec<String>,
    env: Vec<String>,
    set: BTreeMap<String, Value>,
}

impl Config {
    /// Reads this file, or the user's, which need not be there.
    pub fn read(chosen: Option<PathBuf>) -> Result<Self, Error> {
        let must_be_there = chosen.is_some();
        let of_user = || {
            let user = ProjectDirs::from("", "", "pyblish-endpoint")?;
            Some(user.config_dir().join("endpoint.toml"))
        };
        let Some(path) = chosen.or_else(of_user) else {
            return Ok(Config::default());
        };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound && !must_be_there => {
                return Ok(Config::default());
            }
            Err(error) => {
                return Err(format!("{} cannot be read: {error}", path.display()).into());
            }
        };
        let tables = toml::from_str(&text).map_err(|error| {
            let error = error.to_string();
            format!("{} is not understood: {}", path.display(), error.trim_end())
        })?;
        Ok(Config { path, tables })
    }

    /// What each adapter gets in any case, by its name.
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
                environment: adapter.env.clone(),
            };
            Ok((name.clone(), standing))
        });
        standing.collect()
    }

    /// What each adapter may use at most.
    pub fn limits(&self) -> Result<Limits, Error> {
        let mut limits = Limits::default();
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

/// A setting as its flag takes it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::Limit;

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
        assert_eq!(standing["maya"].addresses[0].to_string(), "127.0.0.1:7001");
    }

    fn limits(text: &str) -> Result<Limits, String> {
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
        assert_eq!(set.get(Limit::Queue), Limits::default().get(Limit::Queue));
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
