//! Checks that the files that others name are published with them, and tells names that lead
//! nowhere.

use std::rc::Rc;

use pyblish_sdk::{Failure, Instance, InstancePlugin, Meta, Result, log};

use crate::config::Config;
use crate::name::{self, show, some_of};
use crate::reference::{self, Follower};

/// How many names that lead nowhere are told.
const MOST_TOLD: usize = 50;

pub struct ValidateReferences {
    pub config: Rc<Config>,
}

impl ValidateReferences {
    pub const NAME: &str = "ValidateReferences";
}

impl InstancePlugin for ValidateReferences {
    fn meta(&self) -> Meta {
        Meta::validator(Self::NAME)
            .label("Files that are named are there")
            .doc(
                "The files that a scene, a model or a layer names by relative paths are published \
                 with it. A name that is absolute, leads out of the inbox, or leads nowhere is a \
                 warning.",
            )
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let files = name::files(instance)?;
        let parts = reference::parts(instance)?;
        let closure = Follower::new(&self.config).closure(&files)?;
        for problem in closure.problems.iter().take(MOST_TOLD) {
            log::warn!(
                "{} names {}, which {}: change the name in the program that wrote it, or put the file there",
                show(&problem.file),
                show(&problem.name),
                show(&problem.reason)
            );
        }
        let more = closure.problems.len().saturating_sub(MOST_TOLD);
        if more > 0 {
            log::warn!("{more} more names lead to no file of the inbox");
        }
        for (reason, files) in &closure.not_checked {
            log::info!(
                "Not checked which files are named by {}, because {reason}",
                some_of(files.iter().map(String::as_str))
            );
        }
        let new: Vec<&str> = closure
            .parts
            .keys()
            .map(String::as_str)
            .filter(|part| !parts.iter().any(|p| p == part))
            .collect();
        match new.is_empty() {
            true => Ok(()),
            false => Err(Failure::new(format!(
                "{} names files that were not there when it was collected: {}. Collect again",
                show(instance.name()),
                some_of(new)
            ))
            .title("Files changed")),
        }
    }
}
