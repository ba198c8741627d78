//! Nuke scripts: the files that nodes read.

use std::io::{self, BufRead};

use super::scan::{Scan, lines};

/// The folder of the script, as scripts write it.
const HERE: [&str; 2] = [
    "[file dirname [value root.name]]/",
    "[python {nuke.script_directory()}]/",
];

pub fn find(text: &mut dyn BufRead, scan: &mut Scan) -> io::Result<()> {
    let mut writes = false;
    lines(text, |line| {
        // A node begins at the start of a line; its values are indented.
        if let Some(class) = line.trim().strip_suffix('{').map(str::trim) {
            let class = class.trim_start_matches("push").trim();
            if !class.contains(' ') {
                writes = class.contains("Write");
            }
            return;
        }
        let Some((key, value)) = line.trim_start().split_once(' ') else {
            return;
        };
        if writes || !line.starts_with(' ') || !["file", "proxy", "vfield_file"].contains(&key) {
            return;
        }
        let value = value.trim();
        let value = [('"', '"'), ('{', '}')]
            .iter()
            .fold(value, |value, (open, close)| {
                let inside = value
                    .strip_prefix(*open)
                    .and_then(|value| value.strip_suffix(*close));
                inside.unwrap_or(value)
            });
        let value = value.replace("\\[", "[").replace("\\]", "]");
        let here = HERE.iter().find_map(|here| value.strip_prefix(here));
        scan.add(here.unwrap_or(&value));
    })
}
