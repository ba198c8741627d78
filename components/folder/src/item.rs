//! An item: a file or a sequence of the inbox, and the data for its instance.
//!
//! An item is identified only by the names of its files, so that it can be restored from an
//! instance.

use pyblish_sdk::{Data, Instance, Result};
use serde_json::{Value, json};

use crate::config::Config;
use crate::meaning::Meaning;
use crate::number::{self, Numbered};
use crate::{family, name, sequence};

/// How many holes an instance's data lists at most; `missingCount` counts all of them.
const MOST_HOLES: usize = 50;

/// The family of the tiles of one texture.
const TILES: &str = "texture";

/// A file, a sequence or the tiles of a texture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The file's name without its extension; for a sequence, the part before the separator. Empty
    /// if the names are only numbers.
    pub stem: String,
    /// The extension as it is written, without the dot; empty if there is none.
    pub extension: String,
    /// The numbers, if it is a sequence or if it has tiles; one is enough.
    pub frames: Option<Frames>,
    /// The size of all files, in bytes.
    pub size: u64,
    /// Why its number is taken for what it is; empty without one.
    pub why: String,
}

/// The numbers of a sequence, or of tiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frames {
    /// One character, or empty.
    pub separator: String,
    /// The numbers as they are written, in ascending order. Never empty.
    pub digits: Vec<String>,
    /// Never [`Meaning::Files`].
    pub meaning: Meaning,
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
            why: String::new(),
        }
    }

    /// The item that an instance was made from.
    pub fn of(instance: &Instance) -> Result<Self> {
        let files = name::files(instance)?;
        let size = instance.get("size").unwrap_or(0);
        let reading: String = instance.get("reading").unwrap_or_default();
        let meaning = Meaning::read(&reading).unwrap_or(Meaning::Files);
        let parse = match instance.get::<u64>("fraction") {
            Some(_) => Numbered::parse_fraction,
            None => Numbered::parse,
        };
        let numbered = files.iter().map(|file| parse(file));
        if meaning != Meaning::Files
            && let Some(numbered) = numbered.collect::<Option<Vec<_>>>()
        {
            let digits = numbered.iter().map(|n| n.digits.into()).collect();
            return Ok(Item {
                stem: numbered[0].prefix.into(),
                extension: numbered[0].extension.into(),
                frames: Some(Frames {
                    separator: numbered[0].separator.into(),
                    digits,
                    meaning,
                }),
                size,
                why: instance.get("evidence").unwrap_or_default(),
            });
        }
        Ok(Item::single(&files[0], size))
    }

    /// The names of its files; for a sequence, in the order of the frames.
    pub fn files(&self) -> Vec<String> {
        let end = self.end();
        match &self.frames {
            None => vec![format!("{}{end}", self.stem)],
            Some(Frames {
                separator, digits, ..
            }) => {
                let file = |digits| format!("{}{separator}{digits}{end}", self.stem);
                digits.iter().map(file).collect()
            }
        }
    }

    /// A key that is unique in an inbox, and stays the same when frames are added.
    pub fn key(&self) -> String {
        match &self.frames {
            None => self.pattern(),
            // File names cannot contain NUL.
            Some(frames) => format!("{}\0{}", self.pattern(), frames.padded()),
        }
    }

    /// What the names of its files have in common: `hero.#.png` for a frame and for its sequence.
    /// Corrections and published versions are found by it.
    pub fn pattern(&self) -> String {
        let end = self.end();
        match &self.frames {
            None => format!("{}{end}", self.stem),
            Some(frames) => format!("{}{}#{end}", self.stem, frames.separator),
        }
    }

    /// The pattern that the item would have as a sequence, by which a correction of a single file is
    /// found: `hero_#.png` for `hero_3.png`.
    pub fn number_pattern(&self) -> String {
        let pattern = self.pattern();
        match (&self.frames, Numbered::parse(&pattern)) {
            (None, Some(n)) => {
                let end = self.end();
                format!("{}{}#{end}", n.prefix, n.separator)
            }
            _ => pattern,
        }
    }

    /// Its name in messages: `skyline.jpg`, `hero.####.png 1001-1048`, or `wood.<UDIM>.png 4 tiles`.
    pub fn label(&self) -> String {
        let end = self.end();
        let label = match &self.frames {
            Some(frames) if frames.digits.len() > 1 => {
                let start = format!("{}{}", self.stem, frames.separator);
                match frames.meaning {
                    Meaning::Tiles => {
                        let tiles = frames.digits.len();
                        format!("{start}{}{end} {tiles} tiles", frames.tile())
                    }
                    _ => {
                        let mut marks = "#".repeat(frames.padding());
                        if frames.fraction() > 0 {
                            marks = format!("{marks}.{}", "#".repeat(frames.fraction()));
                        }
                        let (first, last) = frames.ends();
                        let range =
                            sequence::range((first, last), frames.step(), frames.fraction());
                        format!("{start}{marks}{end} {range}")
                    }
                }
            }
            _ => self.files().swap_remove(0),
        };
        name::show(&label)
    }

    /// The family that its files have by themselves.
    pub fn family(&self) -> &'static str {
        let kind = family::of(&self.extension);
        match &self.frames {
            None => kind.family,
            Some(frames) if frames.meaning == Meaning::Tiles => TILES,
            Some(_) => kind.sequence.unwrap_or(kind.family),
        }
    }

    /// Its properties as an instance's data, without the name for publishing.
    pub fn data(&self) -> Data {
        let mut data = Data::new();
        let mut set = |key: &str, value: Value| data.insert(key.into(), value);
        set("family", self.family().into());
        set("label", self.label().into());
        set("files", self.files().into());
        set("extension", self.extension.to_ascii_lowercase().into());
        set("size", self.size.into());
        if !self.why.is_empty() {
            set("evidence", self.why.clone().into());
        }
        let Some(frames) = &self.frames else {
            set("reading", Meaning::Files.to_string().into());
            return data;
        };
        set("reading", frames.meaning.to_string().into());
        if frames.meaning == Meaning::Tiles {
            set("tiles", frames.digits.clone().into());
            return data;
        }
        let (first, last) = frames.ends();
        let holes = frames.holes();
        let listed = holes.iter().take(MOST_HOLES);
        let listed = listed.map(|hole| sequence::range(*hole, frames.step(), frames.fraction()));
        set("frameStart", frames.plain(first));
        set("frameEnd", frames.plain(last));
        set("step", frames.plain(frames.step()));
        set("frames", frames.digits.len().into());
        set("padding", frames.padding().into());
        if frames.fraction() > 0 {
            set("fraction", frames.fraction().into());
        }
        set("missing", listed.collect::<Vec<_>>().into());
        set(
            "missingCount",
            sequence::count(&holes, frames.step()).into(),
        );
        data
    }

    /// The paths of its files on the host's machine, as an instance's members.
    pub fn members(&self, config: &Config) -> Vec<String> {
        self.files()
            .iter()
            .map(|file| config.shown(&config.source(file)))
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
    /// In ascending order, in units of the last digit.
    pub fn numbers(&self) -> Vec<i64> {
        self.digits
            .iter()
            .map(|digits| number::value(digits))
            .collect()
    }

    /// The numbers that are missing; tiles have no order, so that none can be.
    pub fn holes(&self) -> Vec<(i64, i64)> {
        match self.meaning {
            Meaning::Frames { step } => sequence::holes(&self.numbers(), step),
            _ => Vec::new(),
        }
    }

    /// In units of the last digit.
    pub fn step(&self) -> i64 {
        match self.meaning {
            Meaning::Frames { step } => step,
            _ => 1,
        }
    }

    /// How many digits of the numbers are a fraction.
    pub fn fraction(&self) -> usize {
        self.digits
            .first()
            .map_or(0, |digits| number::fraction(digits))
    }

    /// The first and the last number, in units of the last digit.
    fn ends(&self) -> (i64, i64) {
        let at = |place: Option<&String>| place.map_or(0, |digits| number::value(digits));
        (at(self.digits.first()), at(self.digits.last()))
    }

    /// A number as it is in the data: with a fraction only where there is one.
    fn plain(&self, value: i64) -> Value {
        match self.fraction() {
            0 => json!(value),
            digits => json!(value as f64 / 10_f64.powi(digits as i32)),
        }
    }

    /// What stands for a tile's place.
    fn tile(&self) -> &'static str {
        match self.digits[0].starts_with(['u', 'U']) {
            true => "<UVTILE>",
            false => "<UDIM>",
        }
    }

    /// The width that the numbers are padded to; 0 without padding.
    fn padded(&self) -> usize {
        let padded = self.digits.iter().find(|digits| number::is_padded(digits));
        padded.map_or(0, |digits| number::width(digits))
    }

    /// The smallest number of digits: 4 for `1001` to `1048` and for `0999` to `1000`, 1 for `8` to
    /// `10`.
    fn padding(&self) -> usize {
        let widths = self.digits.iter().map(|digits| number::width(digits));
        match self.padded() {
            0 => widths.min().unwrap_or(1),
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
                separator: ".".into(),
                digits: digits.iter().map(|digits| (*digits).into()).collect(),
                meaning: Meaning::Frames { step: 1 },
            }),
            size: 7,
            why: String::new(),
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
        assert_eq!(sequence(&["1001"]).label(), "hero.1001.PNG");
        let mut steps = sequence(&["1001", "1006"]);
        steps.frames.as_mut().unwrap().meaning = Meaning::Frames { step: 5 };
        assert_eq!(steps.label(), "hero.####.PNG 1001-1006x5");
        steps.frames.as_mut().unwrap().meaning = Meaning::Tiles;
        assert_eq!(steps.label(), "hero.<UDIM>.PNG 2 tiles");
        assert_eq!(steps.data()["family"], "texture");
        assert_eq!(
            sequence(&["0001.25", "0001.50"]).label(),
            "hero.####.##.PNG 1.25-1.5"
        );
        assert_eq!(sequence(&["-02", "-01"]).label(), "hero.##.PNG -2--1");
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
