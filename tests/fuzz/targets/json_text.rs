#![no_main]

#[path = "../properties/model.rs"]
mod model;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| model::json_text(bytes));
