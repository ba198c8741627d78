//! The data of a history on disk.

use arbitrary::{Arbitrary as _, Unstructured};
use pyblish_history::parsers;

/// A row of events on disk: the number of the first one, the lines, changed or lost bytes, and how
/// many events are removed from the front.
type Row = (u32, Vec<Line>, String, u8);

/// Microseconds, the run, the name, the body.
type Line = (u64, Option<u64>, String, String);

/// Whole lines are read as they were written, numbered without a gap. Broken lines are no events,
/// and cause no panic.
pub fn history_chunk(bytes: &[u8]) {
    let Ok((first, lines, broken, take)) = Row::arbitrary(&mut Unstructured::new(bytes)) else {
        return;
    };
    let plain = |text: &str| !text.contains(['\t', '\n']) && text.trim_end() == text;
    let lines: Vec<Line> = lines
        .into_iter()
        .filter(|(.., name, body)| plain(name) && plain(body) && !body.is_empty())
        .collect();
    let mut text = String::new();
    for (micros, run, name, body) in &lines {
        let run = run.map(|run| run.to_string()).unwrap_or_default();
        text += &format!("{micros}\t{run}\t{name}\t{body}\n");
    }
    text += &broken;
    // The events of a session count from 1.
    let first = u64::from(first) + 1;
    let mut part = parsers::chunk(first, text);
    for (place, (_, run, name, body)) in lines.iter().enumerate() {
        let event = part.iter().nth(place).expect("a whole line is an event");
        assert_eq!(event.sequence, first + place as u64);
        assert_eq!((event.name, event.body), (&name[..], &body[..]));
        assert_eq!(event.run.map(|run| run.0), *run);
    }
    let all = part.iter().count();
    let taken = part.take(take.into()).iter().count();
    assert_eq!(taken + part.iter().count(), all);
}

/// Compressed bytes become a text within the limit, or nothing. A text comes back as it was.
pub fn history_packed(bytes: &[u8]) {
    if let Some(text) = parsers::unpack(bytes) {
        assert!(text.len() <= parsers::MOST);
    }
    let text = String::from_utf8_lossy(bytes);
    if let Some(packed) = parsers::pack(&text) {
        assert_eq!(parsers::unpack(&packed).as_deref(), Some(&*text));
    }
}
