//! Checks that a sequence is complete: no frame is missing, and all frames have the same size.

use std::rc::Rc;

use pyblish_sdk::{Failure, Instance, InstancePlugin, Meta, Result, VALIDATE};

use super::step;
use crate::config::Config;
use crate::header::{self, Size};
use crate::item::{Frames, Item};
use crate::name::{show, some_of};
use crate::{disk, sequence};

pub struct ValidateSequence {
    pub config: Rc<Config>,
}

impl ValidateSequence {
    pub const NAME: &str = "ValidateSequence";

    /// Fails at the first frame whose size differs from the first frame.
    fn one_size(&self, files: &[String]) -> Result {
        let mut first: Option<Size> = None;
        for (place, file) in files.iter().enumerate() {
            step(place, files.len(), file)?;
            let path = self.config.source(file);
            let size = match header::size(&path) {
                Ok(size) => size,
                Err(error) if is_content(&error) => {
                    let message = format!(
                        "The width and height of {} cannot be read ({error}): render or copy that \
                         frame again",
                        show(file)
                    );
                    return Err(Failure::new(message).title("A frame cannot be read"));
                }
                Err(error) => return Err(disk::cannot_read(&path, &error)),
            };
            match first {
                None => first = Some(size),
                Some(first) if first != size => {
                    let message = format!(
                        "{} is {size} pixels, but {} is {first}: render all frames with the same \
                         size",
                        show(file),
                        show(&files[0])
                    );
                    return Err(Failure::new(message).title("Frames differ in size"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

impl InstancePlugin for ValidateSequence {
    fn meta(&self) -> Meta {
        Meta::new(Self::NAME, VALIDATE + 0.3)
            .label("Sequences are complete")
            .doc(
                "No frame is missing between the first and the last one, and all images of a \
                 sequence have the same width and height.",
            )
            .families(["imagesequence", "cache", "geometry"])
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let item = Item::of(instance)?;
        let Some(frames) = &item.frames else {
            return Ok(());
        };
        no_hole(&item, frames)?;
        match header::is_known(&item.extension) {
            true => self.one_size(&item.files()),
            false => Ok(()),
        }
    }
}

fn no_hole(item: &Item, frames: &Frames) -> Result {
    let holes = sequence::holes(&frames.numbers());
    if holes.is_empty() {
        return Ok(());
    }
    let ranges: Vec<String> = holes.iter().copied().map(sequence::range).collect();
    let (is, them) = match sequence::count(&holes) {
        1 => ("1 frame is".into(), "it"),
        count => (format!("{count} frames are"), "them"),
    };
    let message = format!(
        "{is} missing in {}: {}. Render or copy {them}, then collect again",
        item.label(),
        some_of(ranges.iter().map(String::as_str))
    );
    Err(Failure::new(message).title("Frames are missing"))
}

/// Whether the error comes from the file, not from the disk.
fn is_content(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{InvalidData, UnexpectedEof};
    matches!(error.kind(), InvalidData | UnexpectedEof)
}
