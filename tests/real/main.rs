//! Real hosts and the real Pyblish QML. `cargo xtask test --hosts` installs what these tests need
//! and runs them; a plain `cargo test` does not.

#![cfg(unix)]

mod artist;
mod hosts;
mod qml;
mod setup;
