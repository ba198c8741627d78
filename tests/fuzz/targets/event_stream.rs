#![no_main]

#[path = "../properties/client.rs"]
mod client;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| client::event_stream(bytes));
