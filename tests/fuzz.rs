//! Each parser that is ours against what nobody would send: the corpus of `fuzz/`, and thousands of inputs made of
//! it. The same properties run under `cargo fuzz` for as long as one likes; here they are bounded, and the same in
//! every run.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[path = "fuzz/properties.rs"]
mod properties;

/// Inputs for each parser beside its corpus.
const INPUTS: usize = 20_000;

/// Bytes that an input may have: the rare long one finds nothing that a shorter one does not.
const LONGEST: usize = 4096;

/// What parsers have branches for.
const TOKENS: [&[u8]; 22] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b":",
    b",",
    b"=",
    b"&",
    b"%",
    b"\n",
    b"\0",
    b"\\u0000",
    b"\\ud800",
    b"null",
    b"true",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"\xff\xff\xff\xff\x0f",
    b"\xef\xbb\xbf",
    b"pyblish-endpoint",
];

/// Numbers that look random and are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((number ^ (number >> 31)) % limit as u64) as usize
    }
}

/// One input, changed in one to eight places.
fn mutated(numbers: &mut Numbers, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut input = corpus[numbers.below(corpus.len())].clone();
    for _ in 0..=numbers.below(8) {
        let place = numbers.below(input.len() + 1);
        let end = place + numbers.below((input.len() - place).min(16) + 1);
        match numbers.below(6) {
            0 if place < input.len() => input[place] ^= 1 << numbers.below(8),
            1 => input.truncate(place),
            2 => drop(input.drain(place..end)),
            3 => {
                let again = input[place..end].to_vec();
                input.splice(place..place, again);
            }
            4 => {
                let other = &corpus[numbers.below(corpus.len())];
                let from = numbers.below(other.len() + 1);
                input.splice(place..end, other[from..].iter().copied());
            }
            _ => {
                let token = TOKENS[numbers.below(TOKENS.len())];
                input.splice(place..end, token.iter().copied());
            }
        }
        input.truncate(LONGEST);
    }
    input
}

#[track_caller]
fn try_to_break(parser: &str, property: fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut files: Vec<_> = fs::read_dir(folder.join(parser))
        .expect("a corpus")
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let corpus: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    assert!(!corpus.is_empty());
    let mut numbers = Numbers(1);
    let made = (0..INPUTS).map(|_| mutated(&mut numbers, &corpus));
    for input in corpus.iter().cloned().chain(made) {
        let held = catch_unwind(AssertUnwindSafe(|| property(&input)));
        assert!(
            held.is_ok(),
            "the property of {parser} does not hold for {}",
            input.escape_ascii()
        );
    }
}

#[test]
fn arguments_of_v1() {
    try_to_break("v1_arguments", properties::v1_arguments);
}

#[test]
fn changes_of_v1() {
    try_to_break("v1_changes", properties::v1_changes);
}

#[test]
fn settings() {
    try_to_break("settings", properties::settings);
}

#[test]
fn manifests() {
    try_to_break("manifest", properties::manifest);
}

#[test]
fn scenarios() {
    try_to_break("scenario", properties::scenario);
}

#[test]
fn cursors_of_events() {
    try_to_break("event_cursor", properties::event_cursor);
}
