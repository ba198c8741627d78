//! Which plug-ins a scenario has: the name of each, and an id of its own where names are equal. It is known
//! before any step is read, so that a step can name a plug-in that comes later.

use std::collections::{HashMap, HashSet};

pub(crate) struct Roster {
    /// Name and id, in the file's order.
    entries: Vec<(String, String)>,
}

impl Roster {
    /// An id is the name, with the next number that is free where another has that name.
    pub fn new(names: Vec<String>) -> Self {
        let known: HashSet<&String> = names.iter().collect();
        let mut taken: HashSet<String> = HashSet::new();
        // The last number that each name got: thousands may have the same one.
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

    /// The id of the plug-in at this place in the file, counted from 0.
    pub fn id(&self, index: usize) -> Option<&str> {
        Some(&self.entries.get(index)?.1)
    }

    /// The ids of all plug-ins of this name.
    pub fn ids(&self, name: &str) -> Vec<String> {
        let named = self.entries.iter().filter(|entry| entry.0 == name);
        named.map(|(_, id)| id.clone()).collect()
    }
}
