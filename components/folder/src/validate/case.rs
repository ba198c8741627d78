//! Checks that no two names differ only by case: on Windows and macOS they are the same, and one
//! would replace the other.
//!
//! It checks the names of files and the names for publishing: two items must not have the same
//! published path. Each name is read once, so the time is proportional to the number of files.

use std::collections::{BTreeSet, HashMap};

use pyblish_sdk::{Context, ContextPlugin, Failure, Meta, Result, VALIDATE};

use crate::name::{self, show, some_of};

pub struct ValidateCase;

impl ValidateCase {
    pub const NAME: &str = "ValidateCase";
}

/// Names that are the same on a disk that is not case-sensitive.
type Places = HashMap<String, BTreeSet<String>>;

impl ContextPlugin for ValidateCase {
    fn meta(&self) -> Meta {
        Meta::new(Self::NAME, VALIDATE + 0.4)
            .label("Names differ by more than case")
            .doc(
                "No two names differ only by upper and lower case, like Hero.png and hero.png: on \
             Windows and macOS they are the same file. No two items are published to the same \
             place.",
            )
    }

    fn process(&self, context: &mut Context) -> Result {
        let (mut files, mut assets) = (Places::new(), Places::new());
        for id in context.ids() {
            let Some(instance) = context.instance(&id) else {
                continue;
            };
            if instance.get("publish") == Some(false) {
                continue;
            }
            let (Ok(names), Some(asset)) =
                (name::files(&instance), instance.get::<String>("asset"))
            else {
                continue;
            };
            let family: String = instance.get("family").unwrap_or_default();
            let first = names[0].clone();
            for name in names {
                files.entry(name.to_lowercase()).or_default().insert(name);
            }
            let place = format!("{family}/{asset}").to_lowercase();
            assets.entry(place).or_default().insert(first);
        }
        fail_if_shared(
            &files,
            "differ only by upper and lower case, and are one file on some disks",
        )?;
        fail_if_shared(&assets, "would be published to the same place")
    }
}

fn fail_if_shared(places: &Places, what: &str) -> Result {
    let shared = places.values().filter(|names| names.len() > 1);
    let mut shared: Vec<String> = shared
        .map(|names| {
            names
                .iter()
                .map(|name| show(name))
                .collect::<Vec<_>>()
                .join(" and ")
        })
        .collect();
    if shared.is_empty() {
        return Ok(());
    }
    shared.sort();
    let message = format!(
        "{} {what}: rename all but one, or leave all but one out; then collect again",
        some_of(shared.iter().map(String::as_str))
    );
    Err(Failure::new(message).title("Names collide"))
}
