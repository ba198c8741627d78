//! The parsers of a server's answers, as functions of bytes: for tests that try to break them.

use std::io::{BufReader, Read};

use crate::events::{self, Parts, ServerEvent};

/// The events of a stream (number, name and text), and why there are no more of them.
pub fn events(stream: impl Read) -> (Vec<(u64, String, String)>, String) {
    let mut stream = BufReader::new(stream);
    let (mut parts, mut left, mut told) = (Parts::default(), events::MAX_EVENT, Vec::new());
    loop {
        match events::read_line(&mut stream, &mut parts, &mut left) {
            Ok(Some(ServerEvent { number, name, data })) => {
                told.push((number, name, data));
                left = events::MAX_EVENT;
            }
            Ok(None) => {}
            Err(error) => return (told, error.to_string()),
        }
    }
}
