//! The data that a command prints. stdout may be a terminal, and much of the text comes from a host
//! or an adapter, so hidden characters are always removed here.

use std::io::{self, ErrorKind, IsTerminal, Write};

use super::colour::Colour;
use super::wrap;
use pyblish_model::{visible, visible_json};

/// Writes text for users. On a terminal, its lines break between words.
pub fn put(text: &str) -> io::Result<()> {
    write(&wrap::wrapped(&visible(text), wrap::stdout_columns(), 0))
}

/// The same in a colour, where stdout is a terminal that may have colours.
pub fn put_in(colour: Colour, text: &str) -> io::Result<()> {
    let text = wrap::wrapped(&visible(text), wrap::stdout_columns(), 0);
    match Colour::is_wanted(io::stdout().is_terminal()) {
        true => write(&colour.paint(&text)),
        false => write(&text),
    }
}

/// Writes JSON, as lines.
pub fn put_json(json: &str) -> io::Result<()> {
    write(&visible_json(json))
}

/// Writes a document without hidden characters unchanged, such as a report.
pub fn put_document(text: &str) -> io::Result<()> {
    write(text)
}

/// A reader that stops reading, such as `head`, is not an error.
fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
