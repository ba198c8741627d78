#![no_main]

#[path = "../properties/bridge.rs"]
mod bridge;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bridge::bridge_frames(bytes));
