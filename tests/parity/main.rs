//! The runtime and the real pyblish-base play the same random scenarios, and the same plug-ins of
//! other authors. The results must agree. `README.md` says what is compared.
//!
//! Of the modules for random scenarios only `runtime` knows the runtime. The others take a closure
//! that answers a question in the form of `driver.py`. Everything is a function of a seed, so a
//! difference can be repeated. The report has the smallest scenario that still shows it.

mod compare;
mod contest;
mod generate;
mod objects;
mod plots;
mod python;
mod random;
#[cfg(unix)]
mod remote;
mod runtime;
mod scenarios;
mod shrink;
mod steps;
mod third_party;
mod worth;
