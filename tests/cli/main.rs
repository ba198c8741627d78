//! The command line: `publish` and `history` as a farm calls them, `list`, `doctor`, `new`, and
//! refusals. Each test has its own folders.

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
mod remote;
mod servers;
mod shells;
mod terminal;
mod user;
mod watch;
