//! Checks that files are whole: each one to its end, by its format.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use pyblish_sdk::{Failure, Instance, InstancePlugin, Meta, Result, log, stop_if_cancelled};

use crate::config::Config;
use crate::name::{self, show, some_of};
use crate::soundness::{self, Verdict};
use crate::{disk, reference};

/// After this long the rest is not checked: half of what a call may compute by default.
const MOST_TIME: Duration = Duration::from_mins(5);

/// The key with the number of files that were not checked.
const NOT_CHECKED: &str = "notChecked";

pub struct ValidateSoundness {
    pub config: Rc<Config>,
}

impl ValidateSoundness {
    pub const NAME: &str = "ValidateSoundness";
}

impl InstancePlugin for ValidateSoundness {
    fn meta(&self) -> Meta {
        Meta::validator(Self::NAME).label("Files are whole").doc(
            "No file is cut off, half-written or damaged: each one is looked at to its end, \
                 with the checksums that its format has. A log record names what cannot be checked \
                 here.",
        )
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let mut files = name::files(instance)?;
        files.extend(reference::parts(instance)?);
        let begun = Instant::now();
        let (mut broken, mut damaged) = (Vec::new(), Vec::new());
        let mut not_checked: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (place, file) in files.iter().enumerate() {
            super::step(place, files.len(), file)?;
            stop_if_cancelled()?;
            let verdict = match begun.elapsed() < MOST_TIME {
                true => {
                    let path = self.config.source(file);
                    soundness::of(&path).map_err(|error| disk::cannot_read(&path, &error))?
                }
                false => Verdict::NotChecked("it would take more than five minutes".into()),
            };
            match verdict {
                Verdict::Sound => {}
                Verdict::Damaged(reason) => damaged.push(format!("{file} ({reason})")),
                Verdict::Broken(reason) => broken.push(format!("{file} ({reason})")),
                Verdict::NotChecked(reason) => not_checked.entry(reason).or_default().push(file),
            }
        }
        let count: usize = not_checked.values().map(Vec::len).sum();
        match count {
            0 => instance.unset(NOT_CHECKED),
            _ => instance.set(NOT_CHECKED, count),
        }
        for (reason, files) in not_checked {
            let names = some_of(files.iter().copied());
            log::info!(
                "Not checked whether it is whole, because {reason}: {names} ({} in total)",
                files.len()
            );
        }
        if !damaged.is_empty() {
            log::warn!(
                "A part of it is damaged, and the rest can be read: {}. Open it in the program that wrote it, and \
                 write it again",
                some_of(damaged.iter().map(String::as_str))
            );
        }
        match broken.len() {
            0 => Ok(()),
            count => Err(failure(&broken, count, files.len())),
        }
    }
}

fn failure(broken: &[String], count: usize, all: usize) -> Failure {
    let names = some_of(broken.iter().map(String::as_str));
    let (what, it) = match (count, all) {
        (1, 1) => ("A file is broken".to_owned(), "it"),
        (1, _) => (format!("1 of {all} files is broken"), "it"),
        _ => (format!("{count} of {all} files are broken"), "them"),
    };
    let message = format!(
        "{what}: {}. Render, save or copy {it} again, then collect again",
        show(&names)
    );
    Failure::new(message).title("A file is broken")
}
