//! The names that are taken in the inbox, so that a repair never suggests one of them.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::portable::fold;

/// Names by what they are on a disk that minds neither case nor spelling.
#[derive(Debug, Default)]
pub struct Taken {
    /// How many files have such a name.
    names: RefCell<HashMap<String, usize>>,
    /// For which item a new name was suggested, by the name of its first file.
    promised: RefCell<HashMap<String, String>>,
}

impl Taken {
    /// Begins anew with these names.
    pub fn fill<'a>(&self, names: impl IntoIterator<Item = &'a str>) {
        self.promised.borrow_mut().clear();
        self.update(names);
    }

    /// The names in the inbox are these by now; what was suggested stays.
    pub fn update<'a>(&self, names: impl IntoIterator<Item = &'a str>) {
        let mut taken = self.names.borrow_mut();
        taken.clear();
        for name in names {
            *taken.entry(fold(name)).or_default() += 1;
        }
    }

    /// Whether these names are free for an item that has these files now.
    pub fn are_free(&self, names: &[String], own: &[String]) -> bool {
        let (taken, promised) = (self.names.borrow(), self.promised.borrow());
        let mut mine: HashMap<String, usize> = HashMap::new();
        for name in own {
            *mine.entry(fold(name)).or_default() += 1;
        }
        names.iter().all(|name| {
            let name = fold(name);
            let others = taken.get(&name).copied().unwrap_or_default();
            others <= mine.get(&name).copied().unwrap_or_default()
                && promised.get(&name).is_none_or(|to| *to == own[0])
        })
    }

    /// Keeps names for an item, to which they were suggested.
    pub fn promise(&self, names: &[String], own: &[String]) {
        let mut promised = self.promised.borrow_mut();
        for name in names {
            promised.insert(fold(name), own[0].clone());
        }
    }

    /// Files were renamed.
    pub fn rename(&self, from: &[String], to: &[String]) {
        let mut taken = self.names.borrow_mut();
        for name in from {
            if let Some(count) = taken.get_mut(&fold(name)) {
                *count = count.saturating_sub(1);
            }
        }
        for name in to {
            *taken.entry(fold(name)).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_in_any_spelling_and_once_promised() {
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let taken = Taken::default();
        taken.fill(["Old Map.txt", "OLD_map.txt", "Hero.png"]);
        let own = names(&["Old Map.txt"]);
        assert!(!taken.are_free(&names(&["old_map.txt"]), &own));
        assert!(taken.are_free(&names(&["hero.png"]), &names(&["Hero.png"])));
        assert!(!taken.are_free(&names(&["hero.png"]), &own));
        let free = names(&["old_map_2.txt"]);
        assert!(taken.are_free(&free, &own));
        taken.promise(&free, &own);
        assert!(taken.are_free(&free, &own));
        assert!(!taken.are_free(&free, &names(&["Hero.png"])));
        taken.rename(&own, &free);
        assert!(taken.are_free(&own, &names(&["Hero.png"])));
        assert!(!taken.are_free(&free, &names(&["Hero.png"])));
    }
}
