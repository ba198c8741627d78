//! One file of configuration. It is read completely, and any mistake in it is an error: it must
//! grant exactly what its author intends.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::keys::unknown;
use super::source::{Source, VARIABLE};
use super::trust::TrustTable;
use crate::exit::UsageError;
use pyblish_adapter::AdapterLimits;
use pyblish_farm::Storages;
use pyblish_model::JsonText;
use pyblish_platform::trusted::{self, FileError, FileReason, Trust, TrustedFolder};
use pyblish_session::{PolicyRule, StandingGrants};

/// The largest size of the file, in bytes.
const LARGEST: u64 = 1 << 20;

/// A table of the file.
type Table = Map<String, Value>;

/// The content of a file.
#[derive(Debug, PartialEq)]
pub struct ConfigFile {
    pub path: PathBuf,
    adapters: BTreeMap<String, Adapter>,
    limits: Table,
    policy: Vec<Rule>,
    /// What the entry in the menu of a host starts. It reads this by itself
    /// (`bridge/pyblish_endpoint_program.py`); here it is only checked and shown.
    menu: Option<Menu>,
    /// Which adapters may be used, and whose signatures count.
    pub(super) trust: TrustTable,
    /// Where the folders are that other machines have, too, by their names.
    pub(super) storage: BTreeMap<String, PathBuf>,
    /// How a worker starts hosts: the words of a command, by the host's name.
    pub(super) start: BTreeMap<String, Vec<String>>,
    /// The flags of commands: the other tables, by the name of the command.
    pub flags: BTreeMap<String, Table>,
}

/// Each in the form that the flag of the same name takes.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Adapter {
    /// The adapter's file, instead of one in a folder of adapters.
    file: Option<PathBuf>,
    dir: Vec<String>,
    connect: Vec<String>,
    network: Vec<String>,
    env: Vec<String>,
    bridge: Vec<String>,
    tool: Vec<String>,
    set: BTreeMap<String, Value>,
}

/// The entry in the menu of a host.
#[derive(Debug, PartialEq, Deserialize)]
struct Menu {
    program: Option<Programs>,
}

/// One program, or several, of which the first that fits is taken.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Programs {
    One(String),
    Several(Vec<String>),
}

/// The keys of the menu's table.
const MENU: [&str; 1] = ["program"];

/// A rule of policy.
#[derive(Debug, PartialEq, Deserialize)]
struct Rule {
    plugins: Vec<String>,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    families: Vec<String>,
    #[serde(default)]
    projects: Vec<String>,
    #[serde(default)]
    tasks: Vec<String>,
    active: Option<bool>,
    optional: Option<bool>,
    order: Option<f64>,
    #[serde(default)]
    attributes: Table,
    reason: Option<String>,
}

/// The keys of a rule.
const RULE: [&str; 10] = [
    "plugins",
    "hosts",
    "families",
    "projects",
    "tasks",
    "active",
    "optional",
    "order",
    "attributes",
    "reason",
];

/// The keys of an adapter's table.
const ADAPTER: [&str; 8] = [
    "file", "dir", "connect", "network", "env", "bridge", "tool", "set",
];

impl ConfigFile {
    /// Reads the file; none if there is none and nobody has named it.
    pub fn read(source: &Source) -> Result<Option<ConfigFile>, UsageError> {
        let text = match read(&source.path, source.trust()) {
            Ok(text) => text,
            Err(error) if error.is_missing() && !source.is_named => return Ok(None),
            Err(error) if source.is_named && matches!(error.reason, FileReason::Io(_)) => {
                return Err(UsageError(format!(
                    "the configuration cannot be read: {error}. Put it there, mount its share, or name another file \
                     with --config or {VARIABLE}"
                )));
            }
            Err(error) => {
                return Err(UsageError(format!(
                    "the configuration cannot be read: {error}"
                )));
            }
        };
        let wrong = |what: String| UsageError(format!("{}: {what}", source.path.display()));
        let file = ConfigFile::parse(&source.path, &text).map_err(wrong)?;
        file.standing().map_err(wrong)?;
        file.limits(&mut AdapterLimits::default()).map_err(wrong)?;
        file.adapter_files().map_err(wrong)?;
        Ok(Some(file))
    }

    fn parse(path: &Path, text: &str) -> Result<ConfigFile, String> {
        let tables: Table = toml::from_str(text)
            .map_err(|error| format!("it has a mistake: {}", error.to_string().trim_end()))?;
        let mut file = ConfigFile {
            path: path.to_owned(),
            adapters: BTreeMap::new(),
            limits: Table::new(),
            policy: Vec::new(),
            menu: None,
            trust: TrustTable::default(),
            storage: BTreeMap::new(),
            start: BTreeMap::new(),
            flags: BTreeMap::new(),
        };
        for (name, value) in tables {
            match name.as_str() {
                "limits" => file.limits = table(&name, value)?,
                "trust" => file.trust = TrustTable::parse(table(&name, value)?)?,
                "storage" => {
                    let read = serde_json::from_value(Value::Object(table(&name, value)?));
                    file.storage = read.map_err(|_| "each key of [storage] must be a path")?;
                    Storages::new(file.storage.clone())
                        .map_err(|reason| format!("[storage]: {reason}"))?;
                }
                "start" => {
                    let read = serde_json::from_value(Value::Object(table(&name, value)?));
                    file.start = read.map_err(|_| "each key of [start] must be a list of texts")?;
                    if let Some((host, _)) = file.start.iter().find(|(_, it)| it.is_empty()) {
                        return Err(format!("{host} of [start] is empty: write a command"));
                    }
                }
                "policy" => {
                    let Value::Array(rules) = value else {
                        return Err("policy must be a list of tables: write [[policy]]".into());
                    };
                    for rule in rules {
                        let rule = table(&name, rule)?;
                        check_keys(&name, &rule, &RULE)?;
                        let read = serde_json::from_value(Value::Object(rule));
                        let read = read.map_err(|error| format!("[[policy]]: {error}"))?;
                        file.policy.push(read);
                    }
                }
                "menu" => {
                    let menu = table(&name, value)?;
                    check_keys(&name, &menu, &MENU)?;
                    let read: Menu = serde_json::from_value(Value::Object(menu))
                        .map_err(|_| "program of [menu] must be a text, or a list of texts")?;
                    if let Some(program) = read.programs().find(|it| !is_whole_path(it)) {
                        return Err(format!(
                            "program of [menu], {program:?}: write the whole path"
                        ));
                    }
                    file.menu = Some(read);
                }
                "adapters" => {
                    for (adapter, value) in table(&name, value)? {
                        let place = format!("adapters.{adapter}");
                        let value = table(&place, value)?;
                        check_keys(&place, &value, &ADAPTER)?;
                        let read = serde_json::from_value(Value::Object(value));
                        let read = read.map_err(|error| format!("[{place}]: {error}"))?;
                        file.adapters.insert(adapter, read);
                    }
                }
                _ => add_flags(&mut file.flags, &name, table(&name, value)?),
            }
        }
        Ok(file)
    }

    /// What each adapter always gets, by its name.
    pub fn standing(&self) -> Result<HashMap<String, StandingGrants>, String> {
        let standing = self.adapters.iter().map(|(name, adapter)| {
            let settings = adapter.set.iter();
            let standing = StandingGrants {
                settings: settings.map(|(key, it)| (key.clone(), text(it))).collect(),
                folders: parsed(name, "dir", &adapter.dir)?,
                addresses: parsed(name, "connect", &adapter.connect)?,
                networks: parsed(name, "network", &adapter.network)?,
                environment: adapter.env.clone(),
                bridges: adapter.bridge.clone(),
                tools: parsed(name, "tool", &adapter.tool)?,
                pid: None,
            };
            Ok((name.clone(), standing))
        });
        standing.collect()
    }

    /// The files of adapters, by the names that this file gives them.
    pub fn adapter_files(&self) -> Result<BTreeMap<String, PathBuf>, String> {
        let named = self.adapters.iter();
        let named = named.filter_map(|(name, adapter)| Some((name, adapter.file.as_ref()?)));
        let files = named.map(|(name, file)| match file.is_absolute() {
            true => Ok((name.clone(), file.clone())),
            // A relative path would mean another file in each working folder.
            false => Err(format!(
                "file of [adapters.{name}], {file:?}: write the whole path"
            )),
        });
        files.collect()
    }

    /// Sets the limits of adapters.
    pub fn limits(&self, limits: &mut AdapterLimits) -> Result<(), String> {
        for (name, value) in &self.limits {
            if !AdapterLimits::names().any(|known| known == name) {
                return Err(unknown("limit", name, "limits", AdapterLimits::names()));
            }
            limits
                .set(name, &text(value))
                .map_err(|reason| format!("{name} of [limits]: {reason}"))?;
        }
        Ok(())
    }

    /// The rules of policy, in their order.
    pub fn policy(&self) -> impl Iterator<Item = PolicyRule> {
        self.policy.iter().map(|rule| PolicyRule {
            plugins: rule.plugins.clone(),
            hosts: rule.hosts.clone(),
            families: rule.families.clone(),
            projects: rule.projects.clone(),
            tasks: rule.tasks.clone(),
            active: rule.active,
            optional: rule.optional,
            order: rule.order,
            attributes: rule
                .attributes
                .iter()
                .map(|(key, value)| (key.clone(), JsonText::of_value(value)))
                .collect(),
            reason: rule.reason.clone(),
            source: self.path.display().to_string(),
        })
    }

    /// Each key with its table, and its value as text.
    pub fn values(&self) -> Vec<(String, String)> {
        let mut values = Vec::new();
        let mut add = |table: &str, key: &str, value: &Value| match value {
            Value::Array(list) if list.is_empty() => {}
            value => values.push((format!("[{table}] {key}"), text(value))),
        };
        for (name, adapter) in &self.adapters {
            let table = format!("adapters.{name}");
            let lists = [
                ("dir", &adapter.dir),
                ("connect", &adapter.connect),
                ("network", &adapter.network),
                ("env", &adapter.env),
                ("bridge", &adapter.bridge),
                ("tool", &adapter.tool),
            ];
            if let Some(file) = &adapter.file {
                add(&table, "file", &Value::from(file.to_string_lossy()));
            }
            for (key, list) in lists {
                add(&table, key, &Value::from(list.as_slice()));
            }
            for (key, value) in &adapter.set {
                add(&table, &format!("set.{key}"), value);
            }
        }
        for (key, value) in &self.limits {
            add("limits", key, value);
        }
        for rule in &self.policy {
            let effects = [
                ("active", rule.active.map(Value::from)),
                ("optional", rule.optional.map(Value::from)),
                ("order", rule.order.map(Value::from)),
            ];
            let plugins = rule.plugins.join(", ");
            for (key, value) in &rule.attributes {
                add("policy", &format!("{plugins}: attributes.{key}"), value);
            }
            for (key, value) in effects {
                value
                    .iter()
                    .for_each(|it| add("policy", &format!("{plugins}: {key}"), it));
            }
        }
        let programs: Vec<_> = self.menu.iter().flat_map(Menu::programs).collect();
        add("menu", "program", &Value::from(programs));
        for (table, key, value) in self.trust.values() {
            add(&table, key, &value);
        }
        for (name, folder) in &self.storage {
            add("storage", name, &Value::from(folder.to_string_lossy()));
        }
        for (host, words) in &self.start {
            add("start", host, &Value::from(words.as_slice()));
        }
        for (command, flags) in &self.flags {
            for (key, value) in flags {
                add(command, key, value);
            }
        }
        values
    }
}

impl Menu {
    fn programs(&self) -> impl Iterator<Item = &str> {
        let programs: &[String] = match &self.program {
            None => &[],
            Some(Programs::One(one)) => std::slice::from_ref(one),
            Some(Programs::Several(several)) => several,
        };
        programs.iter().map(String::as_str)
    }
}

/// Whether this is a whole path on any system: one file may be for several.
fn is_whole_path(path: &str) -> bool {
    let drive = path.as_bytes();
    let is_drive =
        matches!(drive, [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    is_drive || path.starts_with('/') || path.starts_with(r"\\")
}

/// The flags of a command, and of those below it: `[host.install]`.
fn add_flags(flags: &mut BTreeMap<String, Table>, command: &str, keys: Table) {
    let mut own = Table::new();
    for (key, value) in keys {
        match value {
            // These two flags take pairs of a name and a value.
            Value::Object(below) if key != "set" && key != "limit" => {
                add_flags(flags, &format!("{command}.{key}"), below);
            }
            value => drop(own.insert(key, value)),
        }
    }
    flags.insert(command.to_owned(), own);
}

fn table(name: &str, value: Value) -> Result<Table, String> {
    match value {
        Value::Object(table) => Ok(table),
        _ => Err(format!("{name} must be a table: write [{name}]")),
    }
}

fn check_keys(place: &str, table: &Table, known: &[&str]) -> Result<(), String> {
    let mut keys = table.keys();
    match keys.find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(unknown("key", key, place, known.iter().copied())),
        None => Ok(()),
    }
}

fn parsed<T: FromStr<Err = String>>(
    adapter: &str,
    key: &str,
    texts: &[String],
) -> Result<Vec<T>, String> {
    let parsed = texts.iter().map(|text| {
        text.parse()
            .map_err(|reason| format!("{key} of [adapters.{adapter}], {text:?}: {reason}"))
    });
    parsed.collect()
}

/// The text of the file. The folder of a file that nobody has named must be trusted, too: otherwise
/// another user could put a link there.
fn read(path: &Path, trust: Trust) -> Result<String, FileError> {
    let text = trusted::read_text(path, trust, LARGEST)?;
    if trust == Trust::Owned
        && let Some(folder) = path.parent()
    {
        TrustedFolder::open(folder, trust)?;
    }
    Ok(text)
}

/// A value in the form that its flag takes.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
