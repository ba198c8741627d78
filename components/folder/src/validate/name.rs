//! Checks that the name of a file matches the studio's pattern, and that every disk takes it. The
//! repair renames the files: it says the new name before it does anything, never takes a name that
//! is in use, and can be undone.

use std::rc::Rc;

use pyblish_sdk::{
    Action, ActionCondition, Failure, Instance, InstancePlugin, Meta, Repair, Result, Target, fail,
    log,
};

use crate::config::Config;
use crate::disk;
use crate::item::Item;
use crate::name::{self, LONGEST, MANIFEST, show};
use crate::version::Thing;
use crate::{portable, reference, rename};

/// The id of the action that gives files their old names back.
pub(super) const UNDO: &str = "undo";

/// How many numbers are tried at the end of a name that is taken.
const MOST_NUMBERS: usize = 99;

const IS_MANIFEST: &str = "is the name of the description in every version";

pub struct ValidateName {
    pub config: Rc<Config>,
}

impl ValidateName {
    pub const NAME: &str = "ValidateName";

    /// What is wrong with the names of an item that is published under this name.
    fn fault(&self, item: &Item, asset: &str) -> Option<String> {
        let files = item.files();
        let longest = files.iter().max_by_key(|file| file.len())?;
        let pattern = &self.config.pattern;
        // The name of files that are only numbers is that of their folder.
        let stem = match item.stem.is_empty() {
            true => asset,
            false => &item.stem,
        };
        Some(if longest.len() > LONGEST {
            format!(
                "is {} bytes long; use at most {LONGEST}, so that programs can append to it",
                longest.len()
            )
        } else if stem.contains(char::is_control) {
            "contains a hidden character, for example a line break".into()
        } else if longest.eq_ignore_ascii_case(MANIFEST) {
            IS_MANIFEST.into()
        } else if !self.config.fits(stem) {
            format!("does not match the pattern {pattern} (without its number and extension)")
        } else if let Some(fault) = portable::fault(longest).or_else(|| portable::fault(stem)) {
            fault
        } else {
            return self.too_long(item, stem, longest);
        })
    }

    /// Whether the path of a published file is too long for Windows.
    fn too_long(&self, item: &Item, asset: &str, longest: &str) -> Option<String> {
        let thing = Thing::new(&self.config, item.family(), asset);
        // A template with other keys is checked when the version is made.
        let version = thing.path(1).ok()?;
        let path = self.config.shown(&format!("{version}/{longest}"));
        let (length, most) = (portable::length(&path), self.config.longest_path);
        (length > most).then(|| {
            format!(
                "makes a path of {length} characters, and Windows takes {most} (the setting \
                 longest-path): {path}"
            )
        })
    }

    /// What is wrong with the names of the other files that belong to an item, for the first of them
    /// that has a fault. The studio's pattern is not for them: programs name them.
    fn part_fault(&self, instance: &Instance, item: &Item, asset: &str) -> Result<Option<String>> {
        let parts = reference::parts(instance)?;
        let mut faults = parts.iter().filter_map(|part| {
            let mut words = part.split('/');
            let fault = match words.find_map(word_fault) {
                Some(fault) => fault,
                None if part.eq_ignore_ascii_case(MANIFEST) => IS_MANIFEST.into(),
                None => self.too_long(item, asset, part)?,
            };
            Some(format!("{} {fault}", show(part)))
        });
        Ok(faults.next())
    }

    /// The failure for a name of a part. It is not repaired, because the item names it.
    fn must_have_good_parts(&self, instance: &Instance, item: &Item, asset: &str) -> Result {
        let Some(fault) = self.part_fault(instance, item, asset)? else {
            return Ok(());
        };
        let message = format!(
            "{} names a file that not every disk can keep: {fault}. It is not repaired here, because \
             the name would lead nowhere then: rename it in the program that wrote {}",
            shown(item),
            shown(item)
        );
        Err(Failure::new(message).title("The name of a part cannot be used"))
    }

    /// The item with the best name that has no fault and is not taken.
    fn repaired(&self, item: &Item, asset: &str) -> Option<Item> {
        let own = item.files();
        let stem = match item.stem.is_empty() {
            true => asset,
            false => &item.stem,
        };
        let named = |stem: String| Item {
            stem,
            ..item.clone()
        };
        for stem in name::cleaned(stem) {
            let numbered = (2..=MOST_NUMBERS).map(|number| format!("{stem}_{number}"));
            for stem in std::iter::once(stem.clone()).chain(numbered) {
                let better = named(stem);
                if self.fault(&better, &better.stem).is_none()
                    && self.config.taken.are_free(&better.files(), &own)
                {
                    return Some(better);
                }
            }
        }
        None
    }

    /// Renames the files of an instance, and keeps the names for an undo.
    fn rename(&self, instance: &mut Instance, from: &[String], to: &[String]) -> Result {
        let names: Vec<_> = from.iter().cloned().zip(to.iter().cloned()).collect();
        rename::all(&self.config.inbox, &names)?;
        self.config.taken.rename(from, to);
        instance.set("files", to.to_vec());
        let item = Item::of(instance)?;
        instance.set("label", item.label());
        let mut members = item.members(&self.config);
        let parts = reference::parts(instance)?;
        members.extend(parts.iter().map(|part| self.config.source(part)));
        instance.set_members(members);
        instance.set("renamed", serde_json::to_value(&names)?);
        Ok(())
    }

    /// The names in the inbox may be others by now.
    fn refresh_taken(&self) {
        if let Ok(listed) = disk::list(&self.config.inbox) {
            let names: Vec<_> = listed
                .into_iter()
                .flatten()
                .map(|entry| entry.name)
                .collect();
            self.config.taken.update(names.iter().map(String::as_str));
        }
    }
}

impl InstancePlugin for ValidateName {
    fn meta(&self) -> Meta {
        let undo = Action::new(UNDO, "Undo the renaming");
        Meta::validator(Self::NAME)
            .label("Names")
            .doc(
                "The names of files follow the studio's rule: by default lower-case letters, digits \
                 and underscores. Every system takes them. Repair renames the files for you, never \
                 over another file.",
            )
            .action(undo.on(ActionCondition::Processed))
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let item = Item::of(instance)?;
        let asset = asset(instance, &item);
        let Some(fault) = self.fault(&item, &asset) else {
            // People can give an instance another name than that of its files.
            return match portable::fault(&asset) {
                None => self.must_have_good_parts(instance, &item, &asset),
                Some(fault) => Err(Failure::new(format!(
                    "The name {} {fault}: set another name as asset in its data",
                    show(&asset)
                ))
                .title("The name cannot be used")),
            };
        };
        if let Some(others) = reference::named_by(instance) {
            let message = format!(
                "The name of {} {fault}. It is not repaired here, because it is named in {others}, \
                 where the name would lead nowhere then: rename it in the program that wrote these",
                shown(&item)
            );
            return Err(Failure::new(message).title("The name does not match"));
        }
        let next = match self.repaired(&item, &asset) {
            Some(better) => {
                self.config.taken.promise(&better.files(), &item.files());
                let (count, more) = (item.files().len(), "the others likewise");
                let rest = match count {
                    1 => String::new(),
                    _ => format!(" ({count} files, {more})"),
                };
                format!(
                    "repair it, or rename it, for example to {}{rest}",
                    shown(&better)
                )
            }
            None => "rename it by hand, and collect again".into(),
        };
        let message = format!("The name of {} {fault}: {next}", shown(&item));
        Err(Failure::new(message).title("The name does not match"))
    }

    fn act(&self, action: &str, target: Target<'_>) -> Result {
        if action != UNDO {
            fail!("there is no action {action:?}");
        }
        let context = match target {
            Target::Instance(instance) => return self.undo(instance),
            Target::Context(context) => context,
        };
        // Without an instance, all names are meant.
        for id in context.ids() {
            if let Some(instance) = context.instance(&id)
                && instance.data().contains_key("renamed")
            {
                self.undo(instance)?;
            }
        }
        Ok(())
    }
}

impl ValidateName {
    /// Gives the files of an instance their old names back.
    fn undo(&self, mut instance: Instance<'_>) -> Result {
        let renamed: Vec<(String, String)> = instance.get("renamed").unwrap_or_default();
        if renamed.is_empty() {
            fail!(
                "the files of {} were not renamed since they were collected",
                show(instance.name())
            );
        }
        let (old, new): (Vec<String>, Vec<String>) = renamed.into_iter().unzip();
        if name::files(&instance)? != new {
            fail!(
                "{} has other files by now: collect again",
                show(instance.name())
            );
        }
        self.rename(&mut instance, &new, &old)?;
        instance.unset("renamed");
        if let Some(asset) = instance.get::<String>("assetBefore") {
            instance.set("asset", asset);
            instance.unset("assetBefore");
        }
        log::info!("{} has its old name back: {}", show(&new[0]), show(&old[0]));
        Ok(())
    }
}

impl Repair for ValidateName {
    fn repair(&self, instance: &mut Instance) -> Result {
        let item = Item::of(instance)?;
        let asset = asset(instance, &item);
        if self.fault(&item, &asset).is_none() {
            self.must_have_good_parts(instance, &item, &asset)?;
            log::info!("{} is already right", shown(&item));
            return Ok(());
        }
        if let Some(others) = reference::named_by(instance) {
            fail!(
                "{} is not renamed, because it is named in {others}, where the name would lead \
                 nowhere then: rename it in the program that wrote these",
                shown(&item)
            );
        }
        self.refresh_taken();
        let Some(better) = self.repaired(&item, &asset) else {
            fail!(
                "{} cannot be renamed to match the pattern {}: rename it by hand, and collect \
                 again",
                shown(&item),
                self.config.pattern
            );
        };
        self.rename(instance, &item.files(), &better.files())?;
        log::info!("{} was renamed to {}", shown(&item), shown(&better));
        // Keep the suffix of the collector that distinguishes it from another item.
        let rest = asset.strip_prefix(&item.stem).unwrap_or_default();
        let rest = if item.stem.is_empty() { "" } else { rest };
        instance.set("assetBefore", asset.clone());
        instance.set("asset", format!("{}{rest}", better.stem));
        Ok(())
    }
}

/// The name that an instance is published under.
fn asset(instance: &Instance, item: &Item) -> String {
    let asset: Option<String> = instance.get("asset");
    asset.unwrap_or_else(|| item.stem.clone())
}

/// What is wrong with one word of a part's path.
fn word_fault(word: &str) -> Option<String> {
    if word.len() > LONGEST {
        return Some(format!(
            "has a name of {} bytes; use at most {LONGEST}, so that programs can append to it",
            word.len()
        ));
    }
    if word.contains(char::is_control) {
        return Some("contains a hidden character, for example a line break".into());
    }
    portable::fault(word)
}

/// The name of its first file.
fn shown(item: &Item) -> String {
    show(&item.files().swap_remove(0))
}
