//! Checks that no file is empty: that is usually the result of an interrupted transfer or a full
//! disk.

use std::fs;
use std::rc::Rc;

use pyblish_sdk::{Failure, Instance, InstancePlugin, Meta, Result, VALIDATE};

use super::step;
use crate::config::Config;
use crate::disk;
use crate::name::{self, some_of};

pub struct ValidateNotEmpty {
    pub config: Rc<Config>,
}

impl ValidateNotEmpty {
    pub const NAME: &str = "ValidateNotEmpty";
}

impl InstancePlugin for ValidateNotEmpty {
    fn meta(&self) -> Meta {
        Meta::new(Self::NAME, VALIDATE + 0.1)
            .label("Nothing is empty")
            .doc(
                "No file is empty. An empty file is usually what an interrupted transfer or a full \
             disk left.",
            )
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let files = name::files(instance)?;
        let mut empty = Vec::new();
        for (place, file) in files.iter().enumerate() {
            step(place, files.len(), file)?;
            let path = self.config.source(file);
            let found = fs::metadata(&path).map_err(|error| disk::cannot_read(&path, &error))?;
            if found.len() == 0 {
                empty.push(file.as_str());
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
