//! USD text: each asset path, and the patterns of value clips.

use std::io::{self, BufRead};

use super::scan::Scan;
use crate::usda::{Token, Tokens};

pub fn find(text: &mut dyn BufRead, scan: &mut Scan) -> io::Result<()> {
    let mut tokens = Tokens::new(text);
    // The last word before a `=`.
    let (mut word, mut key) = (String::new(), String::new());
    while let Some(token) = tokens.next()? {
        match token {
            Token::Word(found) => word = found,
            Token::Mark(b'=') => key = std::mem::take(&mut word),
            // Where an asset was published says nothing about what it needs.
            Token::Asset(_) if key == "identifier" => {}
            Token::Asset(path) => add(scan, &path),
            Token::Text(path) if key == "templateAssetPath" => add(scan, &path),
            Token::Text(_) | Token::Mark(_) => {}
        }
    }
    Ok(())
}

/// Adds a path, without the file inside of a package (`a.usdz[b.usda]`) and without arguments.
pub fn add(scan: &mut Scan, path: &str) {
    let path = path.split(":SDF_FORMAT_ARGS:").next().unwrap_or_default();
    let path = match path.split_once('[') {
        Some((package, rest)) if rest.ends_with(']') => package,
        _ => path,
    };
    if !path.starts_with("anon:") {
        scan.add(path);
    }
}
