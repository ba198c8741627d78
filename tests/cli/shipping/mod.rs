//! Shipping adapters: `adapters sign`, `keys`, `push`, `add`, `install`, `update`, `bundle`, `verify`
//! and `prune`, and starts with `--locked`. Registries are real ones, and stand-ins where something
//! goes wrong. The adapters are real ones; a version of one is the same code that says
//! something else of itself.

mod bundles;
mod certificates;
mod ci_file;
mod cosign;
mod cosign_standin;
mod docker_registry;
mod faults;
mod guide;
mod locked;
mod machine;
mod network;
mod referrers;
mod registry;
mod release;
mod standin;
mod story;
mod tokens;
mod trust;
mod updates;
mod versions;
mod web;
