//! The published versions of a thing: where they are, which is the newest, and what is in it.

use std::fs;

use pyblish_sdk::{Context, Data, Instance, Result, fail};
use serde::Deserialize;

use crate::config::Config;
use crate::disk;
use crate::handed::RunIdentity;
use crate::name::MANIFEST;
use crate::staging::Transfer;

/// Whose versions: the values of the template's keys.
pub struct Thing<'a> {
    pub config: &'a Config,
    pub family: &'a str,
    pub name: &'a str,
    /// The data of the instance and of the context, for other keys.
    pub data: [Option<&'a Data>; 2],
}

/// What the manifest of a version says. Manifests of earlier releases have no `item`.
#[derive(Debug, Deserialize)]
pub struct Published {
    pub item: Option<String>,
    pub thumbnail: Option<String>,
    /// Which run of a farm published it.
    pub job: Option<RunIdentity>,
    #[serde(default)]
    pub files: Vec<Transfer>,
}

impl<'a> Thing<'a> {
    /// A thing of which nothing but its family and name is known.
    pub fn new(config: &'a Config, family: &'a str, name: &'a str) -> Self {
        Thing {
            config,
            family,
            name,
            data: [None, None],
        }
    }

    /// The thing that an instance is published as.
    pub fn of(config: &'a Config, family: &'a str, name: &'a str, instance: &'a Instance) -> Self {
        Thing {
            config,
            family,
            name,
            data: [Some(instance.data()), Some(instance.context().data())],
        }
    }

    /// With the context's values.
    pub fn in_context(mut self, context: &'a Context) -> Self {
        self.data[1] = Some(context.data());
        self
    }

    /// The folder of its versions, inside the sandbox.
    pub fn folder(&self) -> Result<String> {
        let beneath = self.config.template.folder(&|key| self.value(key))?;
        let root = &self.config.root;
        Ok(match beneath.is_empty() {
            true => root.clone(),
            false => format!("{root}/{beneath}"),
        })
    }

    /// The path of a version, inside the sandbox.
    pub fn path(&self, number: u64) -> Result<String> {
        let name = self
            .config
            .template
            .version(number, &|key| self.value(key))?;
        Ok(format!("{}/{name}", self.folder()?))
    }

    /// The number of the newest version and its path; none if there is no version.
    pub fn newest(&self) -> Result<Option<(u64, String)>> {
        Ok(self.all()?.pop())
    }

    /// The numbers of all versions and their paths, the newest last.
    fn all(&self) -> Result<Vec<(u64, String)>> {
        let folder = self.folder()?;
        let listed = match disk::list(&folder) {
            Ok(listed) => listed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(disk::cannot_read(&folder, &error)),
        };
        let number = |name: &str| self.config.template.number(name, &|key| self.value(key));
        let versions = listed.into_iter().flatten();
        let versions = versions.filter_map(|entry| Some((number(&entry.name)?, entry.name)));
        let mut versions: Vec<_> = versions.collect();
        versions.sort();
        let versions = versions.into_iter();
        Ok(versions
            .map(|(number, name)| (number, format!("{folder}/{name}")))
            .collect())
    }

    /// The version that this run has published already, in an attempt before this one.
    pub fn of_run(&self, run: &str) -> Result<Option<(u64, String)>> {
        let versions = self.all()?.into_iter().rev();
        let is_of_run = |path: &str| {
            let job = read(path).and_then(|published| published.job);
            job.is_some_and(|job| job.run == run)
        };
        Ok(versions.into_iter().find(|(_, path)| is_of_run(path)))
    }

    /// The number of the version after the newest.
    pub fn next(&self) -> Result<u64> {
        let highest = self.newest()?.map_or(0, |(number, _)| number);
        match highest.checked_add(1) {
            Some(next) => Ok(next),
            None => fail!(
                "{} has a version {highest}, the highest possible number: rename that folder",
                self.config.shown(&self.folder()?)
            ),
        }
    }

    /// The pattern of the item that the newest version was made of. `Some(None)` if that is not
    /// known, and `None` if there is no version.
    pub fn owner(&self) -> Option<Option<String>> {
        let (_, path) = self.newest().ok()??;
        Some(read(&path).and_then(|published| published.item))
    }

    /// The value of a key of the template.
    fn value(&self, key: &str) -> Option<String> {
        let known = match key {
            "family" => Some(self.family.to_owned()),
            "name" => Some(self.name.to_owned()),
            "user" => Some(self.config.user.clone()),
            _ => None,
        };
        let held = || {
            let mut held = self.data.iter().flatten().filter_map(|data| data.get(key));
            held.find_map(|value| match value {
                serde_json::Value::String(text) if !text.is_empty() => Some(text.clone()),
                serde_json::Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
        };
        known
            .or_else(held)
            .or_else(|| self.config.values.get(key).cloned())
    }
}

/// What the manifest of a version says; none if it cannot be read.
pub fn read(path: &str) -> Option<Published> {
    let text = fs::read(format!("{path}/{MANIFEST}")).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Whether the versions of this family and name were made of an item with this pattern.
pub fn is_of(config: &Config, family: &str, name: &str, pattern: &str) -> bool {
    let owner = Thing::new(config, family, name).owner();
    owner.flatten().is_some_and(|item| item == pattern)
}
