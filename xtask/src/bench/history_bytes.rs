//! The bytes on disk for a pair of plug-in and instance: one that does nothing, and one that logs.
//!
//! Policy: it is the size of all files of the history, once the process that published has ended,
//! and nothing is subtracted. So it includes the empty tables, the lock, and the space in the file
//! that is not used. The text of a record differs for each record of a plug-in, and for each
//! plug-in; it is made of words, because nothing real is as random as noise, or as regular as a
//! repeated letter.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::figure::Figure;
use super::measure::{Bound, Measured, Series};
use super::place::Place;
use super::play::Play;
use super::run;

pub const FIGURE: Figure = Figure {
    name: "history-bytes",
    about: "bytes on disk for a pair that does nothing",
    bound: Bound::AtMost(60.0),
    goal: None,
    unit: "bytes",
    measure: |place| measure(place, Play::new(1000, 100), 0),
};

pub const LOG_FIGURE: Figure = Figure {
    name: "history-log",
    about: "bytes on disk for a pair with ten records of 100 characters",
    bound: Bound::AtMost(300.0),
    goal: None,
    unit: "bytes",
    measure: |place| measure(place, Play::new(100, 100), 10),
};

const ROUNDS: usize = 3;

/// The characters of a record.
const LENGTH: usize = 100;

const WORDS: [&str; 32] = [
    "the", "of", "and", "in", "is", "not", "has", "no", "mesh", "node", "normal", "frame",
    "texture", "shader", "curve", "group", "locked", "vertex", "face", "named", "version", "layer",
    "checked", "path", "seam", "joint", "weight", "cache", "color", "linear", "range", "shot",
];

fn measure(place: &Place, play: Play, records: u64) -> Result<Measured> {
    let mut bytes = Series::new("bytes", "bytes");
    for _ in 0..ROUNDS {
        let (scenario, history) = (place.folder("scenario")?, place.folder("history")?);
        play.write_with(&scenario, |plugin| {
            let logs = (0..records).map(|number| log(plugin * records + number));
            logs.collect()
        })?;
        run::publish(place, &scenario, &history)?;
        run::check(place, &history, play.pairs() + 1)?;
        bytes.push(size(&history)? as f64 / play.pairs() as f64);
    }
    Ok(Measured::of(bytes))
}

/// A step that logs a text, another one for each number.
fn log(number: u64) -> Value {
    let mut text = format!("record {number}:");
    // As random as needed: the top bits of a linear congruence.
    let mut state = number;
    while text.len() < LENGTH {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let word = state >> 59;
        text.push(' ');
        text += WORDS[usize::try_from(word).unwrap_or(0)];
    }
    text.truncate(LENGTH);
    json!({"log": "info", "message": text})
}

/// The bytes of all files in this folder.
fn size(folder: &Path) -> Result<u64> {
    let cannot = || format!("cannot read {}", folder.display());
    let mut size = 0;
    for entry in fs::read_dir(folder).with_context(cannot)? {
        size += entry
            .and_then(|entry| entry.metadata())
            .with_context(cannot)?
            .len();
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn records_have_their_length_and_differ() {
        let texts: Vec<String> = (0..1000)
            .map(|number| {
                log(number)["message"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect();
        assert!(texts.iter().all(|text| text.chars().count() == LENGTH));
        let ends: HashSet<_> = texts.iter().map(|text| &text[LENGTH / 2..]).collect();
        assert_eq!(ends.len(), texts.len());
    }
}
