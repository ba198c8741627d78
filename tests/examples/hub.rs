//! A PostgreSQL and a hub, and what they are to do, for the benchmark's figures of the hub.
//!
//! ```text
//! hub
//! ```
//!
//! Policy: the first line on stdout says where they are. Then each line on stdin is one thing to do,
//! and one line of JSON on stdout says what it took; the commands are in `main`. PostgreSQL writes to
//! its disk as it does for a studio. Everything ends with stdin.

#[cfg(unix)]
#[path = "hub/mod.rs"]
mod parts;

#[cfg(unix)]
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    parts::run()
}

#[cfg(not(unix))]
fn main() {}
