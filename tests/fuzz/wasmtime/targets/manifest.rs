#![no_main]

#[path = "../properties/adapter.rs"]
mod adapter;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| adapter::manifest(bytes));
