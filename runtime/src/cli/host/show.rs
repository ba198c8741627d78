use clap::Args;
use serde_json::json;

use super::{Choice, EXIT_CODES};
use crate::bridge::install::{Piece, Plan};
use crate::cli::{Error, stdout};

#[derive(Debug, Args)]
#[command(after_help = format!("\
Each text comes below a line with the files that it is for. The bridge and the module behind the menu's entry, \
which are the same for every host, are named on stderr, and printed with --all.

{EXIT_CODES}"))]
pub struct Show {
    #[command(flatten)]
    choice: Choice,

    /// The bridge and the module behind the menu's entry, too
    #[arg(long)]
    all: bool,

    /// Print a JSON array, of one object a text: host, paths, lines (of a file of the user's), text
    #[arg(long)]
    json: bool,
}

/// A text, and where it goes.
struct Text<'a> {
    text: &'a str,
    paths: Vec<String>,
    /// Whether these are lines for a file of the user's.
    lines: bool,
}

impl Show {
    pub fn run(self) -> Result<(), Error> {
        let host = self.choice.host;
        let plans = self.choice.plans()?;
        let additions: Vec<_> = plans.iter().flat_map(Plan::lines).collect();
        let startup = plans.iter().flat_map(Plan::startup);
        let shared: Vec<_> = plans.iter().flat_map(Plan::shared).collect();
        let (told, beside) = match self.all {
            true => (shared.as_slice(), &[][..]),
            false => (&[][..], shared.as_slice()),
        };
        let mut texts = Vec::new();
        for piece in startup.chain(told.iter().copied()) {
            add(&mut texts, piece, false);
        }
        for piece in &additions {
            add(&mut texts, piece, true);
        }
        if self.json {
            let told = |it: &Text| json!({"host": host.name, "paths": it.paths, "lines": it.lines, "text": it.text});
            let all: serde_json::Value = texts.iter().map(told).collect();
            stdout::put(&format!("{all}\n"))?;
            return Ok(());
        }
        for Text { text, paths, lines } in texts {
            let what = if lines { "lines in " } else { "" };
            stdout::put(&format!("--- {what}{}\n{text}", paths.join("\n--- ")))?;
        }
        for piece in beside {
            eprintln!("and beside it {}", piece.path.display());
        }
        Ok(())
    }
}

/// Houdini has the same text for each of its Pythons.
fn add<'a>(texts: &mut Vec<Text<'a>>, piece: &'a Piece, lines: bool) {
    let path = piece.path.display().to_string();
    match texts.iter_mut().find(|known| known.text == piece.text) {
        Some(known) => known.paths.push(path),
        None => texts.push(Text {
            text: &piece.text,
            paths: vec![path],
            lines,
        }),
    }
}
