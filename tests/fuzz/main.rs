//! Our parsers against invalid input: the corpus of `fuzz/`, and thousands of inputs made of it.
//! The same properties run under `cargo fuzz` without an end; here they are bounded, and the same
//! in every run.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyblish_endpoint_tests::numbers::Numbers;

mod properties;
#[path = "wasmtime/properties/mod.rs"]
mod with_wasmtime;

use properties::{bridge, client, folder, history, hosts, model, scenario};
use with_wasmtime::{adapter, server};

/// Where a target's corpus may be.
const CORPORA: [&str; 2] = ["fuzz/corpus", "fuzz/wasmtime/corpus"];

/// Inputs for each parser beside its corpus.
const INPUTS: usize = 20_000;

/// The most bytes of an input: longer ones find nothing more.
const LONGEST: usize = 4096;

/// Texts for which parsers have branches.
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
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = CORPORA.map(|corpus| tests.join(corpus).join(parser));
    let corpus = folders.iter().find_map(|folder| fs::read_dir(folder).ok());
    let mut files: Vec<_> = corpus
        .expect("a corpus")
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let corpus: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    assert!(!corpus.is_empty());
    let mut numbers = Numbers::of(1);
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
    try_to_break("v1_arguments", server::v1_arguments);
}

#[test]
fn changes_of_v1() {
    try_to_break("v1_changes", server::v1_changes);
}

#[test]
fn texts_of_json() {
    try_to_break("json_text", model::json_text);
}

#[test]
fn settings() {
    try_to_break("settings", adapter::settings);
}

#[test]
fn manifests() {
    try_to_break("manifest", adapter::manifest);
}

#[test]
fn answers_of_adapters() {
    try_to_break("adapter_answers", adapter::adapter_answers);
}

#[test]
fn scenarios() {
    try_to_break("scenario", scenario::scenario);
}

#[test]
fn cursors_of_events() {
    try_to_break("event_cursor", server::event_cursor);
}

#[test]
fn frames_of_a_bridge() {
    try_to_break("bridge_frames", bridge::bridge_frames);
}

#[test]
fn messages_of_a_bridge() {
    try_to_break("bridge_message", bridge::bridge_message);
}

#[test]
fn files_of_running_hosts() {
    try_to_break("run_file", hosts::run_file);
}

#[test]
fn chunks_of_a_history() {
    try_to_break("history_chunk", history::history_chunk);
}

#[test]
fn compressed_chunks_of_a_history() {
    try_to_break("history_packed", history::history_packed);
}

#[test]
fn streams_of_events() {
    try_to_break("event_stream", client::event_stream);
}

#[test]
fn sizes_of_images() {
    try_to_break("image_size", folder::image_size);
}

#[test]
fn names_of_files() {
    try_to_break("file_names", folder::file_names);
}

#[test]
fn ends_of_files() {
    try_to_break("files_to_their_ends", folder::files_to_their_ends);
}

#[test]
fn names_in_files() {
    try_to_break("names_in_files", folder::names_in_files);
}
