//! Maya ASCII: references, textures and caches.

use std::io::{self, BufRead};

use super::scan::{Scan, lines};

/// The attributes with the path of a file: textures, caches, images of cameras, audio.
const ATTRIBUTES: [&str; 7] = [".ftn", ".fn", ".cfnm", ".cp", ".imn", ".f", ".filename"];

/// A longer command sets data, and no path.
const LONGEST: usize = 1 << 20;

pub fn find(text: &mut dyn BufRead, scan: &mut Scan) -> io::Result<()> {
    let mut command = String::new();
    lines(text, |line| {
        if command.len() < LONGEST {
            command.push_str(line);
            command.push(' ');
        }
        if line.trim_end().ends_with(';') {
            let texts = texts(&command);
            let words = command.trim_start();
            if words.starts_with("file -r") || words.starts_with("file -rdi") {
                // The file is the last text of the command.
                if let Some(path) = texts.last() {
                    scan.add(path.split('{').next().unwrap_or_default());
                }
            } else if let ("setAttr", [attribute, kind, path]) =
                (words.split(' ').next().unwrap_or_default(), &texts[..])
                && kind == "string"
                && ATTRIBUTES.contains(&attribute.as_str())
                && path.contains('.')
            {
                scan.add(path.as_str());
            }
            command.clear();
        }
    })
}

/// The texts in quotation marks.
fn texts(command: &str) -> Vec<String> {
    let (mut texts, mut open, mut escaped) = (Vec::new(), None::<String>, false);
    for c in command.chars() {
        match (&mut open, c) {
            (Some(text), c) if escaped => {
                text.push(c);
                escaped = false;
            }
            (Some(_), '\\') => escaped = true,
            (Some(_), '"') => texts.extend(open.take()),
            (Some(text), c) => text.push(c),
            (None, '"') => open = Some(String::new()),
            (None, _) => {}
        }
    }
    texts
}
