//! Checks that the name of a file matches the studio's pattern. The repair renames the files.

use std::rc::Rc;

use pyblish_sdk::{Failure, Instance, InstancePlugin, Meta, Repair, Result, VALIDATE, fail, log};

use crate::config::Config;
use crate::item::Item;
use crate::name::{self, LONGEST, MANIFEST, show};
use crate::{reference, rename};

pub struct ValidateName {
    pub config: Rc<Config>,
}

impl ValidateName {
    pub const NAME: &str = "ValidateName";

    /// What is wrong with the name of an item.
    fn fault(&self, item: &Item) -> Option<String> {
        let longest = item
            .files()
            .into_iter()
            .max_by_key(String::len)
            .unwrap_or_default();
        let pattern = &self.config.pattern;
        Some(if longest.len() > LONGEST {
            format!(
                "is {} bytes long; use at most {LONGEST}, so that programs can append to it",
                longest.len()
            )
        } else if item.stem.contains(char::is_control) {
            "contains a hidden character, for example a line break".into()
        } else if longest.eq_ignore_ascii_case(MANIFEST) {
            "is the name of the description in every version".into()
        } else if !self.config.fits(&item.stem) {
            format!("does not match the pattern {pattern} (without its number and extension)")
        } else {
            return None;
        })
    }

    /// The item with the best name that has no fault.
    fn repaired(&self, item: &Item) -> Option<Item> {
        let stems = name::cleaned(&item.stem).into_iter();
        let mut items = stems.map(|stem| Item {
            stem,
            ..item.clone()
        });
        items.find(|item| self.fault(item).is_none())
    }
}

impl InstancePlugin for ValidateName {
    fn meta(&self) -> Meta {
        Meta::new(Self::NAME, VALIDATE).label("Names").doc(
            "The names of files follow the studio's rule: by default lower-case letters, digits \
             and underscores. Repair renames the files for you, never over another file.",
        )
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let item = Item::of(instance)?;
        let Some(fault) = self.fault(&item) else {
            return Ok(());
        };
        let next = match self.repaired(&item) {
            Some(better) => format!("repair it, or rename it, for example to {}", shown(&better)),
            None => "rename it by hand, and collect again".into(),
        };
        if let Some(others) = reference::named_by(instance) {
            let message = format!(
                "The name of {} {fault}. It is not repaired here, because it is named in {others}, \
                 where the name would lead nowhere then: rename it in the program that wrote these",
                shown(&item)
            );
            return Err(Failure::new(message).title("The name does not match"));
        }
        let message = format!("The name of {} {fault}: {next}", shown(&item));
        Err(Failure::new(message).title("The name does not match"))
    }
}

impl Repair for ValidateName {
    fn repair(&self, instance: &mut Instance) -> Result {
        let item = Item::of(instance)?;
        if self.fault(&item).is_none() {
            log::info!("{} is already right", shown(&item));
            return Ok(());
        }
        let Some(better) = self.repaired(&item) else {
            fail!(
                "{} cannot be renamed to match the pattern {}: rename it by hand, and collect \
                 again",
                shown(&item),
                self.config.pattern
            );
        };
        if let Some(others) = reference::named_by(instance) {
            fail!(
                "{} is not renamed, because it is named in {others}, where the name would lead \
                 nowhere then: rename it in the program that wrote these",
                shown(&item)
            );
        }
        let names: Vec<_> = item.files().into_iter().zip(better.files()).collect();
        rename::all(&self.config.inbox, &names)?;
        log::info!("{} was renamed to {}", shown(&item), shown(&better));
        // Keep the suffix of the collector that distinguishes it from another item.
        let asset: String = instance.get("asset").unwrap_or_else(|| item.stem.clone());
        let rest = asset.strip_prefix(&item.stem).unwrap_or_default();
        instance.set("asset", format!("{}{rest}", better.stem));
        instance.set("files", better.files());
        instance.set("label", better.label());
        instance.set_members(better.members(&self.config));
        Ok(())
    }
}

/// The name of its first file.
fn shown(item: &Item) -> String {
    show(&item.files().swap_remove(0))
}
