//! Checks that no file is empty: that is usually the result of an interrupted transfer or a full
//! disk.

use std::rc::Rc;

use pyblish_sdk::files::stat;
use pyblish_sdk::{Failure, Instance, InstancePlugin, Meta, Result};

use super::step;
use crate::config::Config;
use crate::disk;
use crate::name::{self, some_of};
use crate::reference;

/// How many files to look at in one call. Between two calls the user can cancel.
const PART: usize = 1024;

pub struct ValidateNotEmpty {
    pub config: Rc<Config>,
}

impl ValidateNotEmpty {
    pub const NAME: &str = "ValidateNotEmpty";
}

impl InstancePlugin for ValidateNotEmpty {
    fn meta(&self) -> Meta {
        Meta::validator(Self::NAME).label("Nothing is empty").doc(
            "No file is empty. An empty file is usually what an interrupted transfer or a full \
             disk left.",
        )
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let mut files = name::files(instance)?;
        files.extend(reference::parts(instance)?);
        let mut empty = Vec::new();
        let names: Vec<&str> = files.iter().map(String::as_str).collect();
        for (part, files) in names.chunks(PART).enumerate() {
            step(part * PART, names.len(), files[0])?;
            for (file, found) in files.iter().zip(stat(&self.config.inbox, files)) {
                let unreadable = |error| disk::cannot_read(&self.config.source(file), &error);
                if found.map_err(unreadable)?.size == 0 {
                    empty.push(*file);
                }
            }
        }
        if empty.is_empty() {
            return Ok(());
        }
        let (is, it) = match empty.len() {
            1 => ("is", "it"),
            _ => ("are", "them"),
        };
        let message = format!(
            "{} {is} empty (0 bytes): write or copy {it} again, then collect again",
            some_of(empty)
        );
        Err(Failure::new(message).title("A file is empty"))
    }
}
