#![no_main]

#[path = "../properties/hosts.rs"]
mod hosts;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hosts::run_file(bytes));
