#![no_main]

#[path = "../properties/history.rs"]
mod history;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| history::history_packed(bytes));
