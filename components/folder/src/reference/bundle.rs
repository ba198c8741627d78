//! Which items of the inbox are parts of others.

use std::collections::{BTreeSet, HashMap, HashSet};

use pyblish_sdk::files::stat;
use pyblish_sdk::{Data, FileKind, Result, log};

use super::closure::Follower;
use super::{NAMED_BY, PARTS};
use crate::config::Config;
use crate::item::Item;
use crate::name::some_of;

/// What belongs to an item.
#[derive(Debug, Default, Clone)]
struct Bundle {
    parts: Vec<String>,
    /// Of the parts, in bytes.
    size: u64,
    named_by: BTreeSet<String>,
}

/// The parts of all items.
pub struct Bundles {
    bundles: HashMap<String, Bundle>,
    /// The keys of the items that are only published with others.
    hidden: HashSet<String>,
}

impl Bundles {
    /// Reads which files the items name.
    pub fn of(config: &Config, items: &[Item]) -> Result<Self> {
        let mut follower = Follower::new(config);
        let files: Vec<Vec<String>> = items.iter().map(Item::files).collect();
        let owners: HashMap<&str, usize> = files
            .iter()
            .enumerate()
            .flat_map(|(item, files)| files.iter().map(move |file| (file.as_str(), item)))
            .collect();
        // Who is named by another item, directly or through files in folders, is a candidate for a
        // part, and comes last.
        let mut is_named = vec![false; items.len()];
        for (item, files) in files.iter().enumerate() {
            for (part, is_frame) in follower.closure(files)?.parts {
                if let Some(owner) = owners.get(part.as_str()).filter(|owner| **owner != item) {
                    is_named[*owner] |= !is_frame;
                }
            }
        }
        let order = (0..items.len()).filter(|item| !is_named[*item]);
        let order: Vec<usize> = order
            .chain((0..items.len()).filter(|item| is_named[*item]))
            .collect();
        let mut found = Bundles {
            bundles: HashMap::new(),
            hidden: HashSet::new(),
        };
        let mut hidden = vec![false; items.len()];
        for item in order {
            // In a circle, the first item has the others as parts.
            if hidden[item] {
                continue;
            }
            let closure = follower.closure(&files[item])?;
            let mut held: HashMap<usize, usize> = HashMap::new();
            for (part, is_frame) in &closure.parts {
                if let Some(owner) = owners.get(part.as_str()).filter(|_| !is_frame) {
                    *held.entry(*owner).or_default() += 1;
                }
            }
            for (owner, count) in held {
                let is_root = found.bundles.contains_key(&items[owner].key());
                hidden[owner] |= count == files[owner].len() && owner != item && !is_root;
            }
            let parts: Vec<String> = closure.parts.into_keys().collect();
            let (parts, size) = sized(config, parts);
            let bundle = Bundle {
                parts,
                size,
                named_by: BTreeSet::new(),
            };
            found.bundles.insert(items[item].key(), bundle);
        }
        let hidden = items.iter().zip(hidden).filter(|(_, is_hidden)| *is_hidden);
        found.hidden.extend(hidden.map(|(item, _)| item.key()));
        found.tell(items, &files, &owners, &mut follower)?;
        Ok(found)
    }

    /// Whether an item is only published with another.
    pub fn is_part(&self, item: &Item) -> bool {
        self.hidden.contains(&item.key())
    }

    /// The paths of the files of an item and its parts, as an instance's members.
    pub fn members(&self, config: &Config, item: &Item) -> Vec<String> {
        let parts = self
            .bundles
            .get(&item.key())
            .map_or(&[][..], |bundle| &bundle.parts);
        let mut members = item.members(config);
        members.extend(parts.iter().map(|part| config.source(part)));
        members
    }

    /// Adds what is known of an item to its data.
    pub fn describe(&self, item: &Item, data: &mut Data) {
        let bundle = self.bundles.get(&item.key()).cloned().unwrap_or_default();
        if !bundle.parts.is_empty() {
            data.insert(PARTS.into(), bundle.parts.into());
            data.insert("size".into(), (item.size + bundle.size).into());
        }
        if !bundle.named_by.is_empty() {
            data.insert(
                NAMED_BY.into(),
                bundle.named_by.into_iter().collect::<Vec<_>>().into(),
            );
        }
    }

    /// Who names the files of an item that stays one; and a record of what became parts.
    fn tell(
        &mut self,
        items: &[Item],
        files: &[Vec<String>],
        owners: &HashMap<&str, usize>,
        follower: &mut Follower,
    ) -> Result {
        let all: BTreeSet<&String> = files
            .iter()
            .flatten()
            .chain(self.bundles.values().flat_map(|b| &b.parts))
            .collect();
        let all: Vec<String> = all.into_iter().cloned().collect();
        for file in all {
            let direct = follower.direct(&file)?.into_iter();
            let direct = direct.map(|(target, _)| target);
            for target in direct.chain(follower.mentions(&file)?) {
                let bundle = owners
                    .get(target.as_str())
                    .and_then(|owner| self.bundles.get_mut(&items[*owner].key()));
                if let Some(bundle) = bundle {
                    bundle.named_by.insert(file.clone());
                }
            }
        }
        if !self.hidden.is_empty() {
            let hidden = items
                .iter()
                .filter(|item| self.is_part(item))
                .map(Item::label);
            let hidden: Vec<String> = hidden.collect();
            log::info!(
                "{} of the files are published with those that name them: {}",
                hidden.len(),
                some_of(hidden.iter().map(String::as_str))
            );
        }
        Ok(())
    }
}

/// The parts that are files, and their size in bytes. Links can lead out of the granted folder.
fn sized(config: &Config, parts: Vec<String>) -> (Vec<String>, u64) {
    if parts.is_empty() {
        return (parts, 0);
    }
    let names: Vec<&str> = parts.iter().map(String::as_str).collect();
    let found: Vec<Option<u64>> = stat(&config.inbox, &names)
        .into_iter()
        .map(|found| {
            found
                .ok()
                .filter(|found| found.kind == FileKind::File)
                .map(|found| found.size)
        })
        .collect();
    let size = found.iter().flatten().sum();
    let parts = parts
        .into_iter()
        .zip(found)
        .filter_map(|(part, size)| size.map(|_| part));
    (parts.collect(), size)
}
