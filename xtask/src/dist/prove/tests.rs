//! The tests of the project, with the program of the archive in place of the one that was built for
//! tests.

use anyhow::Result;

use super::super::target::NATIVE;
use super::proving::{Proof, Proving};
use crate::{compile, step};

/// The variable that names the program under test; `tests/support/lib.rs` reads it.
const PROGRAM: &str = "PYBLISH_ENDPOINT_TESTED";

/// Runs them.
pub fn run(proving: &Proving<'_>) -> Result<Proof> {
    if proving.without_tests {
        return Ok(Proof::NotShown("left out by --without-tests".into()));
    }
    if !proving
        .targets(NATIVE.system)
        .any(|target| target == NATIVE)
    {
        return Ok(Proof::NotShown("its archive was not made".into()));
    }
    let program = proving.unpacked(NATIVE)?.join(NATIVE.program());
    crate::test::prepare(proving.workspace, false)?;
    compile::all(proving.workspace)?;
    let mut command = compile::native(proving.workspace, "test");
    command.env(PROGRAM, &program).arg("--tests");
    step::run("testing the program of the archive", &mut command)?;
    Ok(Proof::Shown("every test of the whole has passed".into()))
}
