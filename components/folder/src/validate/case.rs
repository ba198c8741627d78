//! Checks that no two names are one on some disk: on Windows and macOS, names that differ only by
//! case, by the spelling of an accent, or by dots at their ends are the same, and one would replace
//! the other.
//!
//! It checks the names of files and the names for publishing: two items must not have the same
//! published path. What files name, their parts, is checked as well. Each name is read once, so the time is proportional to the number of files.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use pyblish_sdk::{Context, ContextPlugin, Failure, Meta, Result};

use crate::config::Config;
use crate::name::{self, show, some_of};
use crate::portable::fold;
use crate::reference;

pub struct ValidateCase {
    pub config: Rc<Config>,
}

impl ValidateCase {
    pub const NAME: &str = "ValidateCase";
}

/// Names by what they are on a disk that minds neither case nor spelling.
type Places = HashMap<String, BTreeSet<String>>;

impl ContextPlugin for ValidateCase {
    fn meta(&self) -> Meta {
        Meta::validator(Self::NAME)
            .label("Names differ on every disk")
            .doc(
                "No two names differ only by upper and lower case, like Hero.png and hero.png, or \
                 by the spelling of an accent: on Windows and macOS they are the same file. No two \
                 items are published to the same place.",
            )
    }

    fn process(&self, context: &mut Context) -> Result {
        let (mut files, mut assets) = (Places::new(), Places::new());
        for id in context.ids() {
            let Some(instance) = context.instance(&id) else {
                continue;
            };
            let is_excepted = self
                .config
                .exceptions
                .reason(Self::NAME, &instance)
                .is_some();
            if is_excepted || instance.get("publish") == Some(false) {
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
                files.entry(fold(&name)).or_default().insert(name);
            }
            // Two items may share a part: then it has one path.
            for part in reference::parts(&instance)? {
                let place: Vec<_> = part.split('/').map(fold).collect();
                files.entry(place.join("/")).or_default().insert(part);
            }
            let place = format!("{}/{}", fold(&family), fold(&asset));
            assets.entry(place).or_default().insert(first);
        }
        fail_if_shared(
            &files,
            "differ only by upper and lower case or by the spelling of letters, and are one file on \
             some disks",
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
