//! A file is what its extension says, by its first bytes.

use std::fs::File;
use std::io::{self, Read};
use std::rc::Rc;

use pyblish_sdk::{Failure, Instance, InstancePlugin, Meta, Result, VALIDATE};

use super::step;
use crate::config::Config;
use crate::disk;
use crate::name::{self, show};
use crate::signature::{self, Format};

pub struct ValidateSignature {
    pub config: Rc<Config>,
}

impl ValidateSignature {
    pub const NAME: &str = "ValidateSignature";
}

impl InstancePlugin for ValidateSignature {
    fn meta(&self) -> Meta {
        Meta::new(Self::NAME, VALIDATE + 0.2).label("Files are what they say").doc(
            "A file really is of the type that its extension says: a .png that is a JPEG inside will be \
             refused by some programs and not by others.",
        )
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let files = name::files(instance)?;
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
            // That a file is empty is said by the validator for that.
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
        "{} is called .{extension}, which is {}, but its first bytes look like {}: {next}; then collect again",
        show(file),
        claimed.name(),
        signature::looks_like(bytes),
    ))
    .title("The file is not what it says")
}

fn start(path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(signature::ENOUGH as u64)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
