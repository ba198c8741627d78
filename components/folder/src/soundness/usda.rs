//! USD text: each token, and that each bracket is closed.

use std::io;

use super::source::{Fault, Source};
use crate::usda::{Token, Tokens};

/// Brackets in brackets, deeper than programs write them.
const DEEPEST: usize = 10_000;

pub fn check(source: &mut Source) -> Result<(), Fault> {
    let mut tokens = Tokens::new(source.stream());
    let mut open = Vec::new();
    loop {
        let token = match tokens.next() {
            Ok(Some(token)) => token,
            Ok(None) => break,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let line = tokens.line();
                return Err(Fault::broken(format!("its text has no end (line {line})")));
            }
            Err(error) => return Err(error.into()),
        };
        let Token::Mark(mark) = token else {
            continue;
        };
        let closes = match mark {
            b'(' | b'[' | b'{' => {
                open.push(mark);
                continue;
            }
            b')' => b'(',
            b']' => b'[',
            b'}' => b'{',
            _ => continue,
        };
        if open.pop() != Some(closes) {
            let line = tokens.line();
            return Err(Fault::broken(format!(
                "a bracket in line {line} closes nothing"
            )));
        }
        if open.len() > DEEPEST {
            return Err(Fault::NotChecked(
                "its brackets are nested too deeply".into(),
            ));
        }
    }
    match open.len() {
        0 => Ok(()),
        count => Err(Fault::broken(format!(
            "it ends with {count} open brackets: it was cut off"
        ))),
    }
}
