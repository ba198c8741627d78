//! The command line: `publish` and `history` as a farm calls them, `list`, `doctor`, `new`, and
//! refusals, shipping adapters. Each test has its own folders.

mod choices;
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
mod shipping;
#[cfg(unix)]
mod site;
mod terminal;
mod user;
mod version;
mod watch;
