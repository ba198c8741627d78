#![no_main]

#[path = "../properties/server.rs"]
mod server;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| server::event_cursor(bytes));
