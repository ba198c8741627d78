//! `endpoint.toml`: what adapters always get, and the flags of commands, so that nobody has to type
//! them each time.
//!
//! ```toml
//! [adapters.folder]
//! dir = ["/jobs/inbox=/inbox:ro", "/jobs/publish=/publish"]
//! set = { digest = true }
//!
//! [adapters.tracker]
//! file = "/opt/studio/tracker.wasm"
//! connect = ["tracker.studio:443"]
//!
//! [limits]
//! memory = "2G"
//!
//! [common]
//! keep-days = 90
//!
//! [publish]
//! adapter = "folder"
//! strict = true
//! ```
//!
//! - `source.rs` says which files there are; there may be several, and the later one wins.
//! - `file.rs` reads one, and checks all but the tables of commands.
//! - `flags.rs` checks those, by the definition of the command line, and puts their values in front
//!   of what the user has typed. So a file can say everything that a flag can, and in the same way.
//! - `trust.rs` reads `[trust]`: which adapters may be used, and whose signatures count.
//! - `merged.rs` is what all files say together.
//! - `show.rs` is `config show`.

mod file;
mod flags;
mod keys;
mod merged;
mod show;
mod source;
#[cfg(test)]
mod tests;
mod trust;

pub use self::flags::{Completed, complete};
pub use self::merged::Config;
pub use self::show::ConfigCommand;
pub use self::source::user_file;
