//! Builds everything, then runs every test.
//!
//! Policy: the tests of the whole start the real runtime with the real adapters, so both are built first;
//! and they are built and tested with one selection of packages, which `compile.rs` explains. The tests'
//! Pythons and what drives the browser come even before, for it takes seconds to find out that they are missing.
//! xtask's own tests run apart, for xtask is not in that selection.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{compile, page, pythons, step};

/// `arguments` are for `cargo test`; with any, only what they name is of interest, so xtask's own tests
/// are left out.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    for environment in [
        &pythons::JUDGE,
        &pythons::API,
        &pythons::CLIENT,
        &pythons::OTHERS,
        &pythons::COMPONENTIZE,
    ] {
        if let Err(error) = environment.prepare(workspace) {
            // Of what is named, the one test that needs it may not be.
            if arguments.is_empty() {
                return Err(error);
            }
            step::say(&format!("some tests will fail: {error:#}"));
        }
    }
    if let Err(error) = page::prepare(workspace) {
        if arguments.is_empty() {
            return Err(error);
        }
        step::say(&format!("without a browser: {error:#}"));
    }
    compile::all(workspace)?;
    if arguments.is_empty() {
        let mut own = workspace.cargo();
        own.args(["test", "--release", "--package", "xtask"]);
        step::run("testing xtask", &mut own)?;
    }
    let mut command = compile::native(workspace, "test");
    step::run(
        "testing the runtime, the adapters and the whole",
        command.args(arguments),
    )
}
