#![no_main]

#[path = "../properties/folder.rs"]
mod folder;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| folder::names_in_files(bytes));
