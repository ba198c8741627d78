//! Collects the inbox. Running it again in the same context updates the instances, and never
//! creates duplicates.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use pyblish_sdk::{Context, ContextPlugin, Instance, Meta, Result, log};

use crate::config::{Config, HOST};
use crate::item::Item;
use crate::name::{show, some_of};
use crate::reference::{self, Bundles};
use crate::{inbox, staging};

pub struct CollectFiles {
    pub config: Rc<Config>,
}

impl CollectFiles {
    pub const NAME: &str = "CollectFiles";
}

impl ContextPlugin for CollectFiles {
    fn meta(&self) -> Meta {
        Meta::collector(Self::NAME).label("Collect files").doc(
            "Finds the files in the inbox. Numbered frames, like hero.1001.exr and hero.1002.exr, \
             become one sequence. Hidden and temporary files and folders are left out.",
        )
    }

    fn process(&self, context: &mut Context) -> Result {
        let config = &self.config;
        context.set("inbox", config.inbox.clone());
        context.set("root", config.root.clone());
        context.set("user", config.user.clone());
        context.set("machine", config.machine.clone());
        context.set("host", HOST);
        staging::sweep(config);

        let mut items = inbox::items(config)?;
        let bundles = Bundles::of(config, &items)?;
        items.retain(|item| !bundles.is_part(item));
        let mut there = collected(context);
        let mut stems: HashMap<String, usize> = HashMap::new();
        for item in &items {
            *stems.entry(item.stem.clone()).or_default() += 1;
        }
        let (known, new): (Vec<Item>, Vec<Item>) = items
            .into_iter()
            .partition(|item| there.contains_key(&item.key()));
        let mut unchanged = Vec::new();
        for item in &known {
            let id = there.remove(&item.key());
            if let Some(mut instance) = id.and_then(|id| context.instance(&id))
                && !refresh(config, &mut instance, item, &bundles)
            {
                unchanged.push(item.label());
            }
        }
        if !unchanged.is_empty() {
            let labels = unchanged.iter().map(String::as_str);
            log::debug!(
                "{} items have not changed: {}",
                labels.len(),
                some_of(labels)
            );
        }
        for (_, id) in there {
            if let Some(instance) = context.instance(&id) {
                log::info!(
                    "{} is gone from the inbox, and was removed",
                    show(instance.name())
                );
                staging::discard(config, &instance);
                context.remove(&id);
            }
        }

        let mut used = names(context);
        let alone = |item: &Item| stems.get(&item.stem) == Some(&1);
        // These names are reserved for items that have no other choice, so that no item gets one
        // through its extension.
        let kept: HashSet<String> = new
            .iter()
            .filter(|item| alone(item))
            .map(|item| item.stem.clone())
            .collect();
        let count = new.len();
        for item in new {
            let asset = match alone(&item) && !used.contains(&item.stem) {
                true => item.stem.clone(),
                false => free(&item, |name| used.contains(name) || kept.contains(name)),
            };
            used.insert(asset.clone());
            let mut data = item.data();
            bundles.describe(&item, &mut data);
            data.insert("asset".into(), asset.clone().into());
            data.insert("publish".into(), true.into());
            context.create_with(show(&asset), data, bundles.members(config, &item));
        }
        log::info!(
            "Found {count} new and {} known items in {}",
            known.len(),
            config.inbox
        );
        Ok(())
    }
}

/// The instances that were collected before, by their item's key.
fn collected(context: &mut Context) -> HashMap<String, String> {
    let mut there = HashMap::new();
    for id in context.ids() {
        let key = context
            .instance(&id)
            .and_then(|instance| Item::of(&instance).ok())
            .map(|item| item.key());
        // Instances that frontends created have no files, and are not changed.
        if let Some(key) = key {
            there.insert(key, id);
        }
    }
    there
}

/// The names of all instances, and the names that they are published under.
fn names(context: &mut Context) -> HashSet<String> {
    let mut names = HashSet::new();
    for id in context.ids() {
        if let Some(instance) = context.instance(&id) {
            names.extend(instance.get::<String>("asset"));
            names.insert(instance.name().to_owned());
        }
    }
    names
}

/// The stem with the extension appended, and a number if that name is in use, too.
fn free(item: &Item, taken: impl Fn(&str) -> bool) -> String {
    let extension = item.extension.to_ascii_lowercase().replace('.', "_");
    let name = match extension.is_empty() {
        true => item.stem.clone(),
        false => format!("{}_{extension}", item.stem),
    };
    let mut free = name.clone();
    let mut number = 1;
    while taken(&free) {
        number += 1;
        free = format!("{name}_{number}");
    }
    free
}

/// Updates an instance from its files, and returns whether anything changed. Choices of users stay:
/// whether to publish it, and its family.
fn refresh(config: &Config, instance: &mut Instance, item: &Item, bundles: &Bundles) -> bool {
    let mut changed = Vec::new();
    let mut data = item.data();
    bundles.describe(item, &mut data);
    for key in [reference::PARTS, reference::NAMED_BY] {
        if !data.contains_key(key) && instance.data().contains_key(key) {
            instance.unset(key);
            changed.push(key.to_owned());
        }
    }
    for (key, value) in data {
        if key != "family" && instance.data().get(&key) != Some(&value) {
            instance.set(key.clone(), value);
            changed.push(key);
        }
    }
    if changed.is_empty() {
        return false;
    }
    instance.set_members(bundles.members(config, item));
    log::info!(
        "{} was refreshed: {} changed",
        item.label(),
        changed.join(", ")
    );
    true
}
