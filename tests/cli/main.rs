//! The command line: `publish` and `history` as a farm calls them, `list`, `doctor`, `new`, and
//! refusals, shipping adapters. Each test has its own folders.

mod config;
mod doctor;
mod exit_codes;
mod history;
#[cfg(unix)]
mod narrow;
mod new;
mod policy;
mod publish;
mod refusals;
mod servers;
mod shells;
mod shipping;
mod terminal;
mod user;
mod watch;
