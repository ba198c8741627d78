//! What was found of names in a file.

use std::io::{self, BufRead, Read};

/// A file that names more than this is not a file of a program.
const MOST_NAMES: usize = 20_000;

/// Longer names are no paths.
const LONGEST: usize = 4096;

/// What was found in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scan {
    /// The names as they are written, without repetitions.
    pub names: Vec<String>,
    /// Why there may be more of them.
    pub not_checked: Option<String>,
}

impl Scan {
    pub fn add(&mut self, name: impl Into<String>) {
        let name = name.into();
        let name = name.trim();
        if name.len() > LONGEST {
            self.not_checked = Some("one of its names is too long".into());
        } else if self.names.len() >= MOST_NAMES {
            self.not_checked = Some("it names too many files".into());
        } else if !name.is_empty() {
            self.names.push(name.to_owned());
        }
    }

    pub fn unknown(reason: &str) -> Self {
        Scan {
            names: Vec::new(),
            not_checked: Some(reason.into()),
        }
    }
}

/// The lines of a text, each without its end. What is not UTF-8 in them is replaced.
pub fn lines(text: &mut dyn BufRead, mut each: impl FnMut(&str)) -> io::Result<()> {
    /// Names are shorter; the rest of such a line is another line.
    const LONGEST: u64 = 1 << 20;
    let mut line = Vec::new();
    loop {
        line.clear();
        if text.take(LONGEST).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        each(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
    }
}
