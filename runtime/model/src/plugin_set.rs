use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Failure, Plugin};

/// A plug-in, or a file of plug-ins, that cannot be used: somebody has to mend it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BrokenPlugin {
    /// The file, as the adapter names it.
    pub file: String,
    /// Why it cannot be used.
    pub failure: Failure,
}

/// A plug-in, a file or a folder of plug-ins that does not take part, though nothing is wrong with
/// it: a plug-in for another host, for example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutPlugin {
    /// The name of its class; none for a file or a folder.
    pub name: Option<String>,
    /// The file, as the adapter names it.
    pub file: Option<String>,
    /// Why, and what to do if it was not meant, as a sentence.
    pub reason: String,
}

impl LeftOutPlugin {
    /// The reasons, each with the names of what was left out for it: a studio may have hundreds of
    /// plug-ins for other hosts.
    pub fn by_reason(left_out: &[LeftOutPlugin]) -> BTreeMap<&str, Vec<&str>> {
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for entry in left_out {
            let name = entry.name.as_ref().or(entry.file.as_ref());
            let names = reasons.entry(&entry.reason).or_default();
            names.extend(name.map(String::as_str));
        }
        reasons
    }
}

/// What was discovered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PluginSet {
    /// The plug-ins, in the order in which Pyblish runs them.
    pub plugins: Arc<[Plugin]>,
    /// What cannot be used.
    pub broken: Arc<[BrokenPlugin]>,
    /// What does not take part.
    pub left_out: Arc<[LeftOutPlugin]>,
    /// The targets that are registered in the host.
    pub targets: Arc<[String]>,
}
