//! Shipping adapters: `adapters sign`, `keys`, `add`, `install`, `update`, `verify` and `prune`, and
//! starts with `--locked`. The adapters are real ones; a version of one is the same code that says
//! something else of itself.

mod faults;
mod locked;
mod machine;
mod story;
mod trust;
mod updates;
