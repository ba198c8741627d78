//! The judge: random scenarios, played by the runtime and by the real pyblish-base, must come out alike.
//! `README.md` says what is compared.
//!
//! Only `runtime.rs` knows the runtime; the rest takes a closure that answers a question in the form of
//! `driver.py`'s answers. Everything is a function of a seed, so a difference can be seen again; the smallest
//! scenario that still shows it is what is reported.

pub mod compare;
pub mod contest;
pub mod generate;
mod plots;
pub mod python;
pub mod random;
pub mod runtime;
pub mod shrink;
mod steps;
pub mod worth;
