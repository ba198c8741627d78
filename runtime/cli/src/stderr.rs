//! Messages beside the data. If stderr is closed, they are lost, which is no reason to panic.

use std::io::{self, Write};

use super::{text, wrap};

/// Any error of a command; its text names the thing and the next step.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Prints a line, or lines.
pub fn say(text: &str) {
    let text = text::plain(text.trim_end_matches('\n'));
    let text = wrap::wrapped(&text, wrap::stderr_columns(), 2);
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints why something was not done.
pub fn complain(reason: &dyn std::fmt::Display) {
    say(&format!(
        "pyblish-endpoint: {}",
        text::continued(&reason.to_string())
    ));
}
