//! Checks that the first bytes of a file match its extension.

use std::fs::File;
use std::io::{self, Read};
use std::rc::Rc;

use pyblish_sdk::{Failure, Instance, InstancePlugin, Meta, Result};

use super::step;
use crate::config::Config;
use crate::disk;
use crate::name::{self, show};
use crate::reference;
use crate::signature::{self, Format};

pub struct ValidateSignature {
    pub config: Rc<Config>,
}

impl ValidateSignature {
    pub const NAME: &str = "ValidateSignature";
}

impl InstancePlugin for ValidateSignature {
    fn meta(&self) -> Meta {
        Meta::validator(Self::NAME)
            .label("Files match their extensions")
            .doc(
                "A file really has the format of its extension: some programs refuse a .png that \
             contains a JPEG.",
            )
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let mut files = name::files(instance)?;
        files.extend(reference::parts(instance)?);
        for (place, file) in files.iter().enumerate() {
            let (_, extension) = name::split(file);
            let claimed = signature::claimed(extension);
            let Some(first) = claimed.first() else {
                continue;
            };
            step(place, files.len(), file)?;
            let path = self.config.source(file);
            let bytes = start(&path).map_err(|error| disk::cannot_read(&path, &error))?;
            let found = Format::of(&bytes);
            // Another validator reports empty files.
            if !bytes.is_empty() && !found.is_some_and(|format| claimed.contains(&format)) {
                return Err(wrong(file, extension, *first, &bytes));
            }
        }
        Ok(())
    }
}

fn wrong(file: &str, extension: &str, claimed: Format, bytes: &[u8]) -> Failure {
    let next = match Format::of(bytes).and_then(Format::extension) {
        Some(real) => format!(
            "save it as {}, or give it the extension .{real}",
            claimed.name()
        ),
        None => format!("save it again as {}", claimed.name()),
    };
    Failure::new(format!(
        "{} has the extension .{extension} for {}, but its first bytes look like {}: {next}; then \
         collect again",
        show(file),
        claimed.name(),
        signature::looks_like(bytes),
    ))
    .title("The file does not match its extension")
}

fn start(path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(signature::ENOUGH as u64)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
