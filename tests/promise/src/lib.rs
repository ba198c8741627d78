//! Ties each promise of the documentation to the assertion that shows it.
//!
//! A table in `docs/` gives each promise an id, such as `LOAD-01`. The assertion that fails when
//! the promise is broken has the same id:
//!
//! ```
//! use pyblish_promise::{promise, promise_by, promise_eq};
//! # let (status, said) = (413, "a body of 16 MiB at most");
//! promise_eq!("LOAD-01", status, 413);
//! promise!("LOAD-01", said.contains("16 MiB"), "{said}");
//! // A helper that asserts goes inside; several promises can share one assertion.
//! # fn names(_: &str) {}
//! promise_by!("LOAD-01" & "LOAD-02", names(said));
//! ```
//!
//! The id is part of the assertion, so whoever takes the assertion away takes the id away. In Python it is
//! `promise("LOAD-01", condition, words)` in the programs of `tests/attacks`, which ends the attack with that judgement,
//! and `with promise("LOAD-01"):` around the assertion in `bridge/tests`.
//!
//! A test of [`book`] compares the tables with the source: each id must have an assertion in the
//! files that its row names, and each assertion an id that is in a table. A full `cargo xtask test`
//! also checks at its end which assertions were reached: each one is written to the file
//! `PYBLISH_PROMISES`.
//!
//! It has no dependencies, so that unit tests of every crate can use it.

pub mod book;

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::Mutex;

/// The environment variable that names the file of tested promises. Without it nothing is written.
pub const FILE: &str = "PYBLISH_PROMISES";

/// Asserts that promises are kept, and records it. Further arguments are those of `assert!`.
#[macro_export]
macro_rules! promise {
    ($($id:literal)&+, $holds:expr $(,)?) => {
        $crate::promise!($($id)&+, $holds, "{}", stringify!($holds))
    };
    ($($id:literal)&+, $holds:expr, $($words:tt)+) => {{
        assert!($holds, "{}is broken: {}", concat!($($id, " "),+), format_args!($($words)+));
        $($crate::__kept($id);)+
    }};
}

/// Asserts that both are equal, as the promise says, and records it.
#[macro_export]
macro_rules! promise_eq {
    ($($id:literal)&+, $left:expr, $right:expr $(,)?) => {
        $crate::promise_eq!($($id)&+, $left, $right, "")
    };
    ($($id:literal)&+, $left:expr, $right:expr, $($words:tt)+) => {{
        assert_eq!($left, $right, "{}is broken {}", concat!($($id, " "),+), format_args!($($words)+));
        $($crate::__kept($id);)+
    }};
}

/// Calls what asserts that promises are kept, and records it when that comes back; answers what it
/// answers.
#[macro_export]
macro_rules! promise_by {
    ($($id:literal)&+, $assertion:expr $(,)?) => {{
        #[allow(clippy::let_unit_value, reason = "most assertions answer nothing")]
        let asserted = $assertion;
        $($crate::__kept($id);)+
        asserted
    }};
}

/// Records that a promise is kept. For the macros only: a call of its own is tied to no assertion, and does not count.
#[doc(hidden)]
pub fn __kept(id: &str) {
    static WRITTEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let Some(file) = std::env::var_os(FILE) else {
        return;
    };
    // Behind the tab stands why it could not be looked at, which only tests in Python write.
    let line = format!("{id}\t\n");
    // Whoever holds it does nothing but insert.
    let mut written = WRITTEN.lock().unwrap_or_else(|broken| broken.into_inner());
    if !written.insert(line.clone()) {
        return;
    }
    // One write for each line, because tests of other processes write to the same file.
    let file = OpenOptions::new().create(true).append(true).open(file);
    let wrote = file.and_then(|mut file| file.write_all(line.as_bytes()));
    wrote.expect("what is kept can be written down");
}

#[cfg(test)]
mod tests {
    #[test]
    #[should_panic = "LOAD-00 is broken: 1 > 2"]
    fn broken_promise_is_named() {
        promise!("LOAD-00", 1 > 2);
    }
}
