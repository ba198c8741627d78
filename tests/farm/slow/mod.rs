//! What a complete run leaves out, and `cargo xtask test --farm` plays: real Blender, and thousands
//! of jobs.

mod blender;
mod many;
