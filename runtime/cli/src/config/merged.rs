use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::file::ConfigFile;
use super::source::Source;
use crate::exit::UsageError;
use pyblish_adapter::AdapterLimits;
use pyblish_distribution::Trust;
use pyblish_farm::Storages;
use pyblish_session::{Policy, StandingGrants};

/// The content of all files.
#[derive(Debug, Default)]
pub struct Config {
    /// The weakest first.
    pub(super) files: Vec<ConfigFile>,
}

impl Config {
    /// Reads the files. `chosen` takes the place of the user's own file.
    pub fn read(chosen: Option<&Path>) -> Result<Self, UsageError> {
        let sources = Source::all(chosen);
        let files = sources.iter().map(ConfigFile::read);
        let files: Result<Vec<_>, _> = files.collect();
        Ok(Config {
            files: files?.into_iter().flatten().collect(),
        })
    }

    /// What each adapter always gets, by its name: what all files grant. For a setting and a folder,
    /// the later file wins.
    pub fn standing(&self) -> Result<HashMap<String, StandingGrants>, UsageError> {
        let mut all: HashMap<String, StandingGrants> = HashMap::new();
        for file in self.files.iter().rev() {
            for (name, standing) in file.standing().map_err(UsageError)? {
                all.entry(name).or_default().add(&standing);
            }
        }
        Ok(all)
    }

    /// The files of adapters, by their names.
    pub fn adapter_files(&self) -> Result<BTreeMap<String, PathBuf>, UsageError> {
        let mut all = BTreeMap::new();
        for file in &self.files {
            all.extend(file.adapter_files().map_err(UsageError)?);
        }
        Ok(all)
    }

    /// What the studio decides about plug-ins. The rules of a later file come later.
    pub fn policy(&self) -> Policy {
        Policy {
            rules: self.files.iter().flat_map(ConfigFile::policy).collect(),
        }
    }

    /// Whose signatures count. What any file requires or revokes counts; keys add up.
    pub fn trust(&self) -> Trust {
        let mut all = Trust::default();
        for file in &self.files {
            file.trust.add_to(&mut all);
        }
        all
    }

    /// The lock of adapters, and whether nothing else may be used. Any file can say the latter.
    pub fn lock(&self) -> (Option<PathBuf>, bool) {
        let files = self.files.iter();
        let path = files.clone().rev().find_map(|file| file.trust.lock.clone());
        (path, files.clone().any(|file| file.trust.locked))
    }

    /// The file with more certificate authorities for registries and web servers.
    pub fn authorities(&self) -> Option<PathBuf> {
        let files = self.files.iter().rev();
        files
            .map(|file| &file.trust)
            .find_map(|it| it.ca_file.clone())
    }

    /// Where the folders are that other machines have, too. Of two for one name, the later one wins.
    pub fn storages(&self) -> Result<Storages, UsageError> {
        let files = self.files.iter();
        let all = files.flat_map(|file| file.storage.clone()).collect();
        Storages::new(all).map_err(|reason| UsageError(format!("[storage]: {reason}")))
    }

    /// The command that starts this host without a window; none if no file has one.
    pub fn start_command(&self, host: &str) -> Option<Vec<String>> {
        let files = self.files.iter().rev();
        files.flat_map(|file| file.start.get(host)).next().cloned()
    }

    /// The hosts of which a file says how they are started without a window.
    pub fn started_hosts(&self) -> BTreeSet<String> {
        let files = self.files.iter();
        files.flat_map(|file| file.start.keys().cloned()).collect()
    }

    /// The limits of each adapter.
    pub fn limits(&self) -> Result<AdapterLimits, UsageError> {
        let mut limits = AdapterLimits::default();
        for file in &self.files {
            file.limits(&mut limits).map_err(UsageError)?;
        }
        Ok(limits)
    }
}
