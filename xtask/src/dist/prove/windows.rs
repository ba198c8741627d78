//! The archive for Windows, under wine.

use anyhow::Result;

use super::super::target::Target;
use super::proving::{Proof, Proving};
use crate::windows;
use crate::wine::Wine;

/// Does with its program what an artist does.
pub fn works(proving: &Proving<'_>, target: &Target) -> Result<Proof> {
    let archive = proving.unpacked(target)?;
    let folder = proving.folder("windows")?;
    let wine = Wine::start(&folder)?;
    let program = archive.join(target.program());
    let shown = windows::afternoon(proving.workspace, &wine, &program, &folder)?;
    Ok(Proof::Shown(format!(
        "under wine with a stand-in for bcryptprimitives.dll, never on Windows: {}",
        shown.join("; ")
    )))
}
