//! Wavefront OBJ: the libraries of materials.

use std::io::{self, BufRead};

use super::scan::{Scan, lines};

pub fn find(text: &mut dyn BufRead, scan: &mut Scan) -> io::Result<()> {
    lines(text, |line| {
        let Some(names) = line
            .trim_start()
            .strip_prefix("mtllib")
            .filter(|rest| rest.starts_with([' ', '\t']))
        else {
            return;
        };
        let names = names.trim();
        // Several names are separated by spaces, but most programs write one, with spaces in it.
        match names.to_ascii_lowercase().matches(".mtl").count() {
            0 | 1 => scan.add(unquoted(names)),
            _ => names.split_whitespace().for_each(|name| scan.add(name)),
        }
    })
}

fn unquoted(name: &str) -> &str {
    name.strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'))
        .unwrap_or(name)
}
