//! The plug-ins of a scenario: the name of each, and a unique id if names are equal. It is built
//! before any step is read, so that a step can name a later plug-in.

use std::collections::{HashMap, HashSet};

pub(crate) struct Roster {
    /// Name and id, in the order of the file.
    entries: Vec<(String, String)>,
}

impl Roster {
    /// An id is the name, with the next free number if another plug-in has that name.
    pub fn new(names: Vec<String>) -> Self {
        let known: HashSet<&String> = names.iter().collect();
        let mut taken: HashSet<String> = HashSet::new();
        // The last number of each name, because thousands may have the same name.
        let mut numbers: HashMap<&String, usize> = HashMap::new();
        let mut ids = Vec::new();
        for name in &names {
            let number = numbers.entry(name).or_insert(1);
            let mut id = name.clone();
            while taken.contains(&id) || (*number > 1 && known.contains(&id)) {
                *number += 1;
                id = format!("{name}#{number}");
            }
            taken.insert(id.clone());
            ids.push(id);
        }
        let entries = names.into_iter().zip(ids).collect();
        Roster { entries }
    }

    /// The id of the plug-in at this position in the file, counted from 0.
    pub fn id(&self, index: usize) -> Option<&str> {
        Some(&self.entries.get(index)?.1)
    }

    /// The ids of all plug-ins with this name.
    pub fn ids(&self, name: &str) -> Vec<String> {
        let named = self.entries.iter().filter(|entry| entry.0 == name);
        named.map(|(_, id)| id.clone()).collect()
    }
}
