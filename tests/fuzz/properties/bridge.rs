//! What the bridge in a host sends to the runtime and to an adapter.

#![allow(dead_code, reason = "each fuzz target uses one")]

use arbitrary::{Arbitrary as _, Unstructured};
use pyblish_host::parsers as bridge;

/// What a bridge sends: messages, each as a frame; bytes after the last one, which may begin
/// another frame; where all of it is cut into pieces; and how long a frame may be.
type Sent = (Vec<Vec<u8>>, Vec<u8>, Vec<u8>, u16);

/// However the bytes arrive, the frames are the same. A frame that is too long is refused by its
/// length alone.
pub fn bridge_frames(bytes: &[u8]) {
    let Ok((messages, rest, cuts, limit)) = Sent::arbitrary(&mut Unstructured::new(bytes)) else {
        return;
    };
    let limit = usize::from(limit);
    let frames = messages.iter().cloned();
    let frames = frames.map(|json| bridge::frame(json).expect("it is short"));
    let mut all: Vec<u8> = frames.flatten().collect();
    all.extend(&rest);
    let (whole, refused) = bridge::frames(&[&all], limit);
    let fit = |json: &&Vec<u8>| json.len() <= limit;
    let expected: Vec<_> = messages.iter().take_while(fit).cloned().collect();
    assert!(whole.starts_with(&expected));
    if expected.len() < messages.len() {
        assert_eq!(refused, Some(messages[expected.len()].len()));
    }
    let (mut pieces, mut rest) = (Vec::new(), &all[..]);
    for cut in &cuts {
        let (piece, more) = rest.split_at(usize::from(*cut).min(rest.len()));
        pieces.push(piece);
        rest = more;
    }
    pieces.push(rest);
    assert_eq!(bridge::frames(&pieces, limit), (whole, refused));
}

/// A message of a bridge is understood or refused, and no message is valid both during and after
/// the handshake.
pub fn bridge_message(bytes: &[u8]) {
    let is_reply = pyblish_hosts::parsers::is_reply(bytes);
    assert!(!(is_reply && bridge::is_message(bytes)));
}
