use clap::Args;
use serde_json::json;

use super::choice::{Choice, EXIT_CODES};
use crate::stderr::Error;
use crate::{stderr, stdout};
use pyblish_hosts::install::{InstallPlan, PlannedFile};

#[derive(Debug, Args)]
#[command(after_help = format!("\
Above each text is a line with the files that it is for. The bridge and the module of the menu \
entry are the same for every host: they are named on stderr, and printed only with --all.

{EXIT_CODES}"))]
pub struct ShowHost {
    #[command(flatten)]
    choice: Choice,

    /// Print the bridge and the module of the menu entry, too
    #[arg(long)]
    all: bool,

    /// Print a JSON array with one object per text: host, paths, lines (whether they go into a file
    /// of the user), text
    #[arg(long)]
    json: bool,
}

/// A text, and the files that it goes to.
struct Text<'a> {
    text: &'a str,
    paths: Vec<String>,
    /// Whether these are lines for a file of the user.
    lines: bool,
}

impl ShowHost {
    pub fn run(self) -> Result<(), Error> {
        let host = self.choice.host;
        let plans = self.choice.plans()?;
        let additions: Vec<_> = plans.iter().flat_map(InstallPlan::lines).collect();
        let startup = plans.iter().flat_map(InstallPlan::startup);
        let shared: Vec<_> = plans.iter().flat_map(InstallPlan::shared).collect();
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
            stdout::put_json(&format!("{all}\n"))?;
            return Ok(());
        }
        for Text { text, paths, lines } in texts {
            let what = if lines { "lines in " } else { "" };
            stdout::put(&format!("--- {what}{}\n", paths.join("\n--- ")))?;
            stdout::put_document(text)?;
        }
        for piece in beside {
            stderr::say(&format!("and beside it {}", piece.path.display()));
        }
        Ok(())
    }
}

/// Houdini has the same text for each of its Pythons.
fn add<'a>(texts: &mut Vec<Text<'a>>, piece: &'a PlannedFile, lines: bool) {
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
