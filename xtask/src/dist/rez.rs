//! The rez package: one for all systems, with a variant for each, as a folder to unpack into a
//! repository of packages.

use std::path::Path;

use anyhow::Result;

use super::archive::{self, Effort};
use super::program::Program;
use super::release::Release;
use super::shared::Shared;
use super::stage::Stage;
use crate::step;
use crate::workspace::Workspace;

/// The name of the package: rez's names have no hyphens that are not before a version.
const NAME: &str = "pyblish_endpoint";

/// Packs it, with these programs.
pub fn package(
    workspace: &Workspace,
    release: &Release,
    shared: &Shared,
    programs: &[Program],
    into: &Path,
) -> Result<()> {
    step::say("packing the rez package");
    let place = workspace.target.join("dist-work").join("rez").join(NAME);
    let stage = Stage::new(&place, release.epoch)?;
    let version = release.version;
    stage.write(
        &format!("{version}/package.py"),
        &definition(version, programs),
    )?;
    for program in programs {
        let [platform, arch] = program.target.rez;
        let folder = format!("{version}/{platform}/{arch}");
        let name = program.target.program();
        stage.program(&program.file, &format!("{folder}/bin/{name}"))?;
        stage.copy(
            &shared.adapters,
            &format!("{folder}/share/pyblish-endpoint/adapters"),
        )?;
        let bridge = shared.bridge.file_name().unwrap_or_default();
        stage.copy(
            &shared.bridge,
            &format!("{folder}/python/{}", bridge.to_string_lossy()),
        )?;
    }
    let file = into.join(format!("{}-rez.tar.gz", release.name()));
    archive::tar_gz(&stage.done()?, &file, release.epoch, Effort::Most)
}

/// The file that rez reads.
fn definition(version: &str, programs: &[Program]) -> String {
    let variants = programs.iter().map(|program| {
        let [platform, arch] = program.target.rez;
        format!("    [\"{platform}\", \"{arch}\"],\n")
    });
    format!(
        "name = \"{NAME}\"\n\
         version = \"{version}\"\n\
         description = \"Publish from any host through sandboxed adapters, over REST\"\n\
         tools = [\"pyblish-endpoint\"]\n\
         variants = [\n{}]\n\
         \n\
         \n\
         def commands():\n    \
             env.PATH.prepend(\"{{root}}/bin\")\n    \
             env.PYTHONPATH.append(\"{{root}}/python\")\n    \
             env.PYBLISH_ENDPOINT_ADAPTERS.append(\"{{root}}/share/pyblish-endpoint/adapters\")\n",
        variants.collect::<String>()
    )
}
