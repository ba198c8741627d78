//! Checks that a sequence is complete: no frame is missing, and all frames have the same size.

use std::rc::Rc;

use pyblish_sdk::{
    Action, ActionCondition, Failure, Instance, InstancePlugin, Meta, Result, Target, fail,
};

use super::step;
use crate::config::Config;
use crate::header::{self, Size};
use crate::item::{Frames, Item};
use crate::meaning::Meaning;
use crate::name::{show, some_of};
use crate::{collect, correction, disk, sequence};

/// What an artist can say that a sequence is: ids of actions, and their labels.
const CORRECTIONS: [(&str, &str); 3] = [
    ("files", "It is not a sequence"),
    ("steps", "It is every n-th frame"),
    ("tiles", "These are UDIM tiles"),
];

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
        let meta = Meta::validator(Self::NAME)
            .label("Sequences are complete")
            .doc(
                "No frame is missing between the first and the last one, and all images of a \
                 sequence have the same width and height.",
            )
            .families(["imagesequence", "cache", "geometry"]);
        CORRECTIONS.into_iter().fold(meta, |meta, (id, label)| {
            meta.action(Action::new(id, label).on(ActionCondition::Failed))
        })
    }

    fn act(&self, action: &str, target: Target<'_>) -> Result {
        let Target::Instance(instance) = target else {
            fail!("choose the sequence that this is said of");
        };
        let item = Item::of(&instance)?;
        let Some(frames) = &item.frames else {
            fail!("{} is not a sequence", item.label());
        };
        let meaning = match action {
            "files" => Meaning::Files,
            "tiles" => Meaning::Tiles,
            "steps" => match sequence::common_step(&frames.numbers()) {
                1 => fail!(
                    "the numbers of {} have no common step: render what is missing, or set its \
                     correction to \"frames by 5\", with the step that you mean",
                    item.label()
                ),
                step => Meaning::Frames { step },
            },
            _ => fail!("there is no action {action:?}"),
        };
        correction::keep(&self.config, &item.number_pattern(), meaning)?;
        collect::collect(&self.config, instance.into_context())
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
    let holes = frames.holes();
    if holes.is_empty() {
        return Ok(());
    }
    let (step, fraction) = (frames.step(), frames.fraction());
    let ranges = holes.iter().copied();
    let ranges: Vec<String> = ranges
        .map(|hole| sequence::range(hole, step, fraction))
        .collect();
    let (is, them) = match sequence::count(&holes, step) {
        1 => ("1 frame is".into(), "it"),
        count => (format!("{count} frames are"), "them"),
    };
    let message = format!(
        "{is} missing in {}: {}. Render or copy {them}, then collect again; or say what the numbers \
         are, or that it is meant",
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
