//! The settings of a session, read and checked once, when it opens.
//!
//! Mistakes in them are reported then, because later they would look like mistakes in the files.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::ErrorKind;

use pyblish_sdk::{Failure, Opening, Result, fail};
use regex_lite::Regex;

use crate::exception::Exceptions;
use crate::paths;
use crate::session_folder::SessionFolder;
use crate::taken::Taken;
use crate::template::Template;

/// The host that plug-ins name.
pub const HOST: &str = "folder";

/// The defaults of the settings.
pub const INBOX: &str = "/inbox";
pub const ROOT: &str = "/publish";
pub const PATTERN: &str = "[a-z][a-z0-9_]*";
pub const TEMPLATE: &str = "{family}/{name}/v{version:03}/{file}";
pub const OPTIONAL: [&str; 1] = ["ValidateSequence"];

/// The longest path that Windows takes: 260 characters with the one that ends it.
pub const LONGEST_PATH: u64 = 259;

/// The configuration of the session, for every plug-in.
pub struct Config {
    /// The folder whose files are published, without a slash at its end.
    pub inbox: String,
    /// The folder that versions are published to, without a slash at its end.
    pub root: String,
    /// The pattern as it was set, for messages.
    pub pattern: String,
    /// The pattern, which must match a whole name.
    whole: Regex,
    /// The names of plug-ins that are left out.
    off: Vec<String>,
    /// Where versions go.
    pub template: Template,
    /// Values for keys of the template that are in no data.
    pub values: HashMap<String, String>,
    /// Patterns of names that are left out beside the known ones.
    pub leftovers: Vec<String>,
    /// Which validators do not hold for which items.
    pub exceptions: Exceptions,
    /// How long a published path may be.
    pub longest_path: usize,
    /// On which instances validators failed last, by the plug-in's name and the instance's id.
    pub failed: RefCell<HashSet<(&'static str, String)>>,
    /// The names in the inbox as they were collected.
    pub taken: Taken,
    /// Where the copies of this session are, if there are any.
    pub staging: RefCell<Option<SessionFolder>>,
    /// The user's name on this machine.
    pub user: String,
    /// This machine's name.
    pub machine: String,
}

impl Config {
    /// Reads the settings; `known` are the names of all plug-ins.
    pub fn read(opening: Opening, known: &[&str]) -> Result<Self> {
        paths::keep(&opening);
        let settings = &opening.settings;
        let pattern: String = settings.get("pattern")?;
        let off: Vec<String> = settings.get("off")?;
        if let Some(name) = off.iter().find(|name| !known.contains(&name.as_str())) {
            fail!(
                "the setting off names {name:?}, which is not a plug-in of this adapter; it has {}",
                known.join(", ")
            );
        }
        let list = |name: &str| settings.get::<Vec<String>>(name);
        let longest_path: u64 = settings.get("longest-path")?;
        let config = Config {
            inbox: folder(settings.get("inbox")?),
            root: folder(settings.get("root")?),
            whole: whole(&pattern)?,
            pattern,
            off,
            template: Template::read(&settings.get::<String>("template")?)?,
            values: values(&list("values")?)?,
            leftovers: list("leave-out")?,
            exceptions: Exceptions::read(&list("optional")?, &list("exceptions")?, known)?,
            longest_path: longest_path.try_into().unwrap_or(usize::MAX),
            failed: RefCell::default(),
            taken: Taken::default(),
            staging: RefCell::default(),
            user: opening.user,
            machine: opening.machine,
        };
        must_be_folder("inbox", &config.inbox, ":ro")?;
        must_be_folder("root", &config.root, "")?;
        Ok(config)
    }

    /// Whether the plug-in with this name is left out.
    pub fn is_off(&self, plugin: &str) -> bool {
        self.off.iter().any(|name| name == plugin)
    }

    /// Whether a name matches the pattern as a whole.
    pub fn fits(&self, name: &str) -> bool {
        self.whole.is_match(name)
    }

    /// The path as people know it, on their machine.
    pub fn shown(&self, path: &str) -> String {
        paths::shown(path)
    }

    /// The name of the inbox's own folder, on the machine: what files that are only numbers are
    /// called by.
    pub fn inbox_name(&self) -> String {
        let path = self.shown(&self.inbox);
        let name = path.rsplit(['/', '\\']).find(|part| !part.is_empty());
        name.unwrap_or("frames").to_owned()
    }

    /// The path of a file of the inbox, inside the sandbox.
    pub fn source(&self, file: &str) -> String {
        format!("{}/{file}", self.inbox)
    }
}

/// The setting `values`: a list of `key=value`.
fn values(list: &[String]) -> Result<HashMap<String, String>> {
    let pairs = list.iter().map(|text| match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() && !value.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(Failure::new(format!(
            "the setting values has {text:?}, which is no KEY=VALUE: write for example \
             project=bunny"
        ))),
    });
    pairs.collect()
}

fn folder(path: String) -> String {
    path.trim_end_matches('/').to_owned()
}

/// The pattern between anchors. It is parsed alone first, because `a)(b` would be valid between
/// anchors.
fn whole(pattern: &str) -> Result<Regex> {
    Regex::new(pattern)
        .and_then(|_| Regex::new(&format!("^(?:{pattern})$")))
        .map_err(|error| {
            Failure::new(format!(
                "the setting pattern, {pattern:?}, is not a regular expression: {error}; \
                 the default is {PATTERN:?}"
            ))
        })
}

fn must_be_folder(setting: &str, path: &str, mode: &str) -> Result {
    let grant = format!("grant it with --dir HOST_PATH={path}{mode}");
    if !path.starts_with('/') {
        fail!(
            "the setting {setting} must be the full path of a folder inside the sandbox, and not / \
             itself: for example {INBOX}"
        );
    }
    // List the folder, because a folder that cannot be listed cannot be used, either.
    match fs::read_dir(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.kind() {
            ErrorKind::NotFound => Failure::new(format!(
                "there is no folder {path} (the setting {setting}) inside the sandbox: {grant}"
            )),
            ErrorKind::NotADirectory => Failure::new(format!(
                "{path} (the setting {setting}) is not a folder: {grant}, where HOST_PATH is a \
                 folder"
            )),
            _ => Failure::new(format!(
                "the folder {path} (the setting {setting}) cannot be read: {error}; check that you \
                 may read it, and {grant}"
            )),
        }),
    }
}
