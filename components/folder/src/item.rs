//! An item: a file or a sequence of the inbox, and the data for its instance.
//!
//! An item is identified only by the names of its files, so that it can be restored from an
//! instance.

use pyblish_sdk::{Data, Instance, Result};
use serde_json::Value;

use crate::config::Config;
use crate::sequence::{self, Numbered};
use crate::{family, name};

/// How many holes an instance's data lists at most; `missingCount` counts all of them.
const MOST_HOLES: usize = 50;

/// A file or a sequence of the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The file's name without its extension; for a sequence, the part before the separator.
    pub stem: String,
    /// The extension as it is written, without the dot; empty if there is none.
    pub extension: String,
    /// The frames, if it is a sequence.
    pub frames: Option<Frames>,
    /// The size of all files, in bytes.
    pub size: u64,
}

/// The numbers of a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frames {
    pub separator: char,
    /// The numbers as they are written, in ascending order. Never empty.
    pub digits: Vec<String>,
}

impl Item {
    /// A single file.
    pub fn single(file: &str, size: u64) -> Self {
        let (stem, extension) = name::split(file);
        Item {
            stem: stem.into(),
            extension: extension.into(),
            frames: None,
            size,
        }
    }

    /// The item that an instance was made from.
    pub fn of(instance: &Instance) -> Result<Self> {
        let files = name::files(instance)?;
        let size = instance.get("size").unwrap_or(0);
        let numbered = files.iter().map(|file| Numbered::parse(file));
        if instance.get::<u64>("frames").is_some()
            && let Some(numbered) = numbered.collect::<Option<Vec<_>>>()
        {
            let digits = numbered.iter().map(|n| n.digits.into()).collect();
            let separator = numbered[0].separator;
            return Ok(Item {
                stem: numbered[0].prefix.into(),
                extension: numbered[0].extension.into(),
                frames: Some(Frames { separator, digits }),
                size,
            });
        }
        Ok(Item::single(&files[0], size))
    }

    /// The names of its files; for a sequence, in the order of the frames.
    pub fn files(&self) -> Vec<String> {
        let end = self.end();
        match &self.frames {
            None => vec![format!("{}{end}", self.stem)],
            Some(Frames { separator, digits }) => {
                let file = |digits| format!("{}{separator}{digits}{end}", self.stem);
                digits.iter().map(file).collect()
            }
        }
    }

    /// A key that is unique in an inbox, and stays the same when frames are added.
    pub fn key(&self) -> String {
        let end = self.end();
        match &self.frames {
            None => format!("{}{end}", self.stem),
            // File names cannot contain NUL.
            Some(frames) => format!(
                "{}{}\0{}{end}",
                self.stem,
                frames.separator,
                frames.padded()
            ),
        }
    }

    /// Its name in messages: `skyline.jpg`, or `hero.####.png 1001-1048`.
    pub fn label(&self) -> String {
        let end = self.end();
        let label = match &self.frames {
            None => format!("{}{end}", self.stem),
            Some(frames) => {
                let marks = "#".repeat(frames.padding());
                let (first, last) = frames.ends();
                format!(
                    "{}{}{marks}{end} {first}-{last}",
                    self.stem, frames.separator
                )
            }
        };
        name::show(&label)
    }

    /// Its properties as an instance's data, without the name for publishing.
    pub fn data(&self) -> Data {
        let kind = family::of(&self.extension);
        let family = match &self.frames {
            None => kind.family,
            Some(_) => kind.sequence.unwrap_or(kind.family),
        };
        let mut data = Data::new();
        let mut set = |key: &str, value: Value| data.insert(key.into(), value);
        set("family", family.into());
        set("label", self.label().into());
        set("files", self.files().into());
        set("extension", self.extension.to_ascii_lowercase().into());
        set("size", self.size.into());
        if let Some(frames) = &self.frames {
            let (first, last) = frames.ends();
            let holes = sequence::holes(&frames.numbers());
            let listed = holes.iter().take(MOST_HOLES).copied().map(sequence::range);
            set("frameStart", first.into());
            set("frameEnd", last.into());
            set("frames", frames.digits.len().into());
            set("padding", frames.padding().into());
            set("missing", listed.collect::<Vec<_>>().into());
            set("missingCount", sequence::count(&holes).into());
        }
        data
    }

    /// The paths of its files, as an instance's members.
    pub fn members(&self, config: &Config) -> Vec<String> {
        self.files()
            .iter()
            .map(|file| config.source(file))
            .collect()
    }

    /// The dot and the extension, if there is one.
    fn end(&self) -> String {
        match self.extension.as_str() {
            "" => String::new(),
            extension => format!(".{extension}"),
        }
    }
}

impl Frames {
    pub fn numbers(&self) -> Vec<u64> {
        self.digits
            .iter()
            .map(|digits| sequence::value(digits))
            .collect()
    }

    /// The first and the last number.
    fn ends(&self) -> (u64, u64) {
        let at = |place: Option<&String>| place.map_or(0, |digits| sequence::value(digits));
        (at(self.digits.first()), at(self.digits.last()))
    }

    /// The width that the numbers are padded to; 0 without padding.
    fn padded(&self) -> usize {
        let padded = self
            .digits
            .iter()
            .find(|digits| sequence::is_padded(digits));
        padded.map_or(0, String::len)
    }

    /// The smallest number of digits: 4 for `1001` to `1048` and for `0999` to `1000`, 1 for `8` to
    /// `10`.
    fn padding(&self) -> usize {
        match self.padded() {
            0 => self.digits.iter().map(String::len).min().unwrap_or(1),
            width => width,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(digits: &[&str]) -> Item {
        Item {
            stem: "hero".into(),
            extension: "PNG".into(),
            frames: Some(Frames {
                separator: '.',
                digits: digits.iter().map(|digits| (*digits).into()).collect(),
            }),
            size: 7,
        }
    }

    #[test]
    fn a_label_shows_the_padding_and_the_range() {
        assert_eq!(
            sequence(&["1001", "1008"]).label(),
            "hero.####.PNG 1001-1008"
        );
        assert_eq!(sequence(&["8", "9", "10"]).label(), "hero.#.PNG 8-10");
        assert_eq!(
            sequence(&["0999", "1000"]).label(),
            "hero.####.PNG 999-1000"
        );
        assert_eq!(Item::single("a\nb.jpg", 1).label(), "a\\nb.jpg");
    }

    #[test]
    fn holes_are_listed_up_to_a_bound_and_all_counted() {
        let digits: Vec<String> = (0..200).map(|n| (n * 2).to_string()).collect();
        let digits: Vec<&str> = digits.iter().map(String::as_str).collect();
        let data = sequence(&digits).data();
        assert_eq!(data["missing"].as_array().unwrap().len(), MOST_HOLES);
        assert_eq!(data["missingCount"], 199);
        assert_eq!(data["family"], "imagesequence");
        assert_eq!(data["extension"], "png");
    }

    #[test]
    fn a_key_stays_when_frames_are_added() {
        assert_eq!(
            sequence(&["8", "9"]).key(),
            sequence(&["8", "9", "10"]).key()
        );
        assert_eq!(sequence(&["08", "09"]).key(), sequence(&["08", "10"]).key());
        assert_ne!(sequence(&["8", "9"]).key(), sequence(&["08", "09"]).key());
    }
}
