//! Python programs that try one thing each against the real binary: the attacks and the cases.
//!
//! `cargo xtask test --attacks` and `--cases` run one of the two, including those that take long.

mod attacks;
mod cases;
