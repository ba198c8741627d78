//! What a client makes of who tells it events: a server, or anybody else.

use std::io::Read;

use arbitrary::{Arbitrary as _, Unstructured};
use pyblish_client::parsers;

/// Bytes that arrive in pieces of these sizes, and then as they are read.
struct Pieces<'a> {
    bytes: &'a [u8],
    sizes: std::slice::Iter<'a, u8>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = self
            .sizes
            .next()
            .map_or(into.len(), |size| into.len().min(1 + usize::from(*size)));
        self.bytes.read(&mut into[..most])
    }
}

/// The first bytes, up to sixteen, are the sizes of pieces.
fn cut(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.split_first() {
        Some((count, rest)) => rest.split_at(usize::from(count % 16).min(rest.len())),
        None => (&[], &[]),
    }
}

/// An event: its number, its name and its text.
type Event = (u64, String, String);

/// However a stream arrives, each event is as it was sent, and nothing else becomes an event.
pub fn event_stream(bytes: &[u8]) {
    let (sizes, rest) = cut(bytes);
    let pieces = parsers::events(Pieces {
        bytes: rest,
        sizes: sizes.iter(),
    });
    assert_eq!(pieces, parsers::events(rest));
    let Ok((events, rest)) = <(Vec<Event>, Vec<u8>)>::arbitrary(&mut Unstructured::new(rest))
    else {
        return;
    };
    let plain = |text: &str| !text.contains(['\r', '\n']);
    let events = events.into_iter();
    let events: Vec<Event> = events
        .filter(|(_, name, data)| plain(name) && plain(data))
        .collect();
    let lines = |(number, name, data): &Event| {
        format!("id: {number}\nevent: {name}\ndata: {data}\n\n: alive\n\n")
    };
    let mut sent: Vec<u8> = events.iter().map(lines).collect::<String>().into_bytes();
    sent.extend(rest);
    let (told, end) = parsers::events(Pieces {
        bytes: &sent,
        sizes: sizes.iter(),
    });
    assert!(told.starts_with(&events), "{told:?}");
    assert!(!end.is_empty());
}
