//! Collects the inbox. Running it again in the same context updates the instances, and never
//! creates duplicates.

use std::collections::HashMap;
use std::rc::Rc;

use pyblish_sdk::{Context, ContextPlugin, Instance, Meta, Result, log};

use crate::config::{Config, HOST};
use crate::correction::{self, Corrections};
use crate::item::Item;
use crate::meaning::Meaning;
use crate::name::{show, some_of};
use crate::naming::Naming;
use crate::reference::{self, Bundles};
use crate::{inbox, staging};

/// How many leftovers the context's data names; `leftOutCount` counts all of them.
const MOST_LEFT_OUT: usize = 50;

/// What a correction says to have the guess again.
const GUESS: &str = "guess";

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
             become one sequence, and UDIM tiles one texture. Hidden files, what programs left \
             behind, and folders are left out.",
        )
    }

    fn process(&self, context: &mut Context) -> Result {
        collect(&self.config, context)
    }
}

/// Makes the instances those of the inbox.
pub fn collect(config: &Config, context: &mut Context) -> Result {
    context.set("inbox", config.shown(&config.inbox));
    context.set("root", config.shown(&config.root));
    context.set("user", config.user.clone());
    context.set("machine", config.machine.clone());
    context.set("host", HOST);
    staging::sweep(config);

    let corrections = corrections(config, context);
    let mut inbox = inbox::read(config, &corrections)?;
    let bundles = Bundles::of(config, &inbox.items)?;
    inbox.items.retain(|item| !bundles.is_part(item));
    let left_out = &inbox.left_out;
    context.set("leftOutCount", left_out.len());
    let named = left_out.iter().take(MOST_LEFT_OUT).map(|name| show(name));
    context.set("leftOut", named.collect::<Vec<_>>());
    let mut there = collected(context);
    let (known, new): (Vec<Item>, Vec<Item>) = inbox
        .items
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

    let names = Naming::new(config, context).all(&new, context);
    for (item, names) in new.iter().zip(names) {
        let mut data = item.data();
        bundles.describe(item, &mut data);
        data.insert("asset".into(), names.asset.into());
        data.insert("publish".into(), true.into());
        context.create_with(names.instance, data, bundles.members(config, item));
    }
    log::info!(
        "Found {} new and {} known items in {}",
        new.len(),
        known.len(),
        config.shown(&config.inbox)
    );
    Ok(())
}

/// What artists said of items: before, and in the data of instances since then, which is kept.
fn corrections(config: &Config, context: &mut Context) -> Corrections {
    let mut corrections = correction::all(config);
    for id in context.ids() {
        let Some(mut instance) = context.instance(&id) else {
            continue;
        };
        let Some(text) = instance.get::<String>("correction") else {
            continue;
        };
        let Ok(item) = Item::of(&instance) else {
            continue;
        };
        let pattern = item.number_pattern();
        let said = match text.trim() {
            GUESS => None,
            text => match Meaning::read(text) {
                Some(meaning) => Some(meaning),
                None => {
                    log::warn!(
                        "The correction {:?} of {} is unknown: write files, frames, frames by 5, \
                         tiles, or guess",
                        show(text),
                        item.label()
                    );
                    continue;
                }
            },
        };
        instance.unset("correction");
        let kept = match said {
            Some(meaning) => {
                corrections.insert(pattern.clone(), meaning);
                correction::keep(config, &pattern, meaning)
            }
            None => {
                corrections.remove(&pattern);
                correction::forget(config, &pattern)
            }
        };
        if let Err(failure) = kept {
            log::warn!(
                "The correction of {} holds only for now: {}",
                item.label(),
                failure.message()
            );
        }
    }
    corrections
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
