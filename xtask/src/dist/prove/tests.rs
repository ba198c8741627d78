//! The tests of the project, with the program of the archive in place of the one that was built for
//! tests.

use anyhow::{Context, Result};

use super::super::target::NATIVE;
use super::proving::{Proof, ProofTests, Proving};
use crate::{compile, step};

/// The variable that names the program under test; `tests/support/lib.rs` reads it.
const PROGRAM: &str = "PYBLISH_ENDPOINT_TESTED";

/// Runs them. What is left out is not shown.
pub fn run(proving: &Proving<'_>) -> Result<Proof> {
    if !proving
        .targets(NATIVE.system)
        .any(|target| target == NATIVE)
    {
        return Ok(Proof::NotShown("its archive was not made".into()));
    }
    let groups = match proving.tests {
        ProofTests::All => None,
        ProofTests::Groups(groups) if groups.is_empty() => {
            return Ok(Proof::NotShown("left out by --without-tests".into()));
        }
        ProofTests::Groups(groups) => Some(groups),
    };
    let archive = proving.unpacked(NATIVE)?;
    let program = archive.join(NATIVE.program());
    crate::test::prepare(proving.workspace, groups.is_some())?;
    compile::all(proving.workspace)?;
    // Tests use stand-ins by their names, which no package has.
    for standin in proving.workspace.adapters.iter() {
        if !standin.test && !standin.released {
            let file = format!("{}.wasm", standin.name);
            let built = proving.workspace.adapters_folder(false).join(&file);
            let place = archive.join("adapters").join(file);
            std::fs::copy(&built, &place)
                .with_context(|| format!("cannot copy {}", built.display()))?;
        }
    }
    let mut command = compile::native(proving.workspace, "test");
    command.env(PROGRAM, &program);
    match groups {
        None => command.arg("--tests"),
        Some(groups) => command.args(groups.iter().flat_map(|group| ["--test", group])),
    };
    step::run("testing the program of the archive", &mut command)?;
    Ok(match groups {
        None => Proof::Shown("every test of the whole has passed".into()),
        Some(groups) => Proof::NotShown(format!(
            "the groups {} have passed, and the others were left out by --groups",
            groups.join(", ")
        )),
    })
}
