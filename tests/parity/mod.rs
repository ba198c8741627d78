//! The judge: random scenarios, played by the runtime and by the real pyblish-base, must come out alike.
//! `README.md` says what is compared.
//!
//! Nothing here knows the runtime: whoever uses it passes a closure that answers a question in the form of
//! `driver.py`'s answers. Everything is a function of a seed, so a difference can be seen again; the smallest
//! scenario that still shows it is what is reported. Nothing but the standard library and serde_json is used,
//! so that the tests and xtask can both take these files in by `#[path]`.

#![allow(dead_code, reason = "the tests and xtask use different parts")]

pub mod compare;
pub mod contest;
pub mod generate;
pub mod python;
pub mod random;
pub mod shrink;
mod steps;
pub mod worth;
