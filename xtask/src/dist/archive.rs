//! Archives, by GNU tar and Info-ZIP: the same files make the same bytes.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::stage;
use crate::child;

/// How hard gzip tries.
#[derive(Debug, Clone, Copy)]
pub enum Effort {
    /// As hard as it can: everybody fetches it.
    Most,
    /// Little: hardly anybody fetches it, and it is large.
    Least,
}

/// A `.tar.gz` of a folder, which is the only thing at its top.
pub fn tar_gz(folder: &Path, to: &Path, epoch: u64, effort: Effort) -> Result<()> {
    let (parent, name) = split(folder)?;
    let mut command = tar(epoch);
    command
        .args([
            "--use-compress-program",
            match effort {
                Effort::Most => "gzip -n -9",
                Effort::Least => "gzip -n -1",
            },
            "--file",
        ])
        .arg(to)
        .arg("--directory")
        .arg(parent)
        .arg(name);
    child::quietly(&mut command).map(drop)
}

/// A `.tar` of what is in a folder.
pub fn tar_of_content(folder: &Path, to: &Path, epoch: u64) -> Result<()> {
    let mut command = tar(epoch);
    command.arg("--file").arg(to).arg("--directory").arg(folder);
    for path in stage::sorted(folder)? {
        command.arg(path.file_name().unwrap_or_default());
    }
    child::quietly(&mut command).map(drop)
}

fn tar(epoch: u64) -> Command {
    let mut command = Command::new("tar");
    command.args(["--create", "--sort=name", "--format=ustar"]);
    command.args(["--owner=0", "--group=0", "--numeric-owner"]);
    command.arg(format!("--mtime=@{epoch}"));
    command
}

/// A `.zip` of a folder, which is the only thing at its top.
pub fn zip(folder: &Path, to: &Path) -> Result<()> {
    let (parent, name) = split(folder)?;
    let files = stage::files(folder)?;
    let lines = files
        .iter()
        .map(|file| format!("{}/{file}\n", name.display()));
    let mut command = Command::new("zip");
    // -X: no owners. The times in an archive are local times.
    command.args(["-X", "-q", "-9"]).arg(to).arg("-@");
    command.current_dir(parent).env("TZ", "UTC");
    child::fed(&mut command, &lines.collect::<String>())
}

/// A `.gz` beside the file, in its place.
pub fn gzip(file: &Path) -> Result<()> {
    child::quietly(Command::new("gzip").args(["-n", "-9"]).arg(file)).map(drop)
}

fn split(folder: &Path) -> Result<(&Path, &Path)> {
    let parent = folder.parent();
    let name = folder.file_name().map(Path::new);
    parent.zip(name).context("a folder without a name")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::super::stage::Stage;
    use super::*;
    use crate::sample::tests::Scratch;
    use std::fs;

    #[test]
    fn equal_files_make_equal_archives() {
        let scratch = Scratch::new("archive");
        let mut made = Vec::new();
        for (folder, names) in [("one", ["a", "b"]), ("two", ["b", "a"])] {
            let stage = Stage::new(&scratch.join(folder).join("it-1"), 1_700_000_000).unwrap();
            for name in names {
                stage.write(name, name).unwrap();
            }
            let staged = stage.done().unwrap();
            let file = scratch.join(format!("{folder}.tar.gz"));
            tar_gz(&staged, &file, 1_700_000_000, Effort::Most).unwrap();
            made.push(fs::read(file).unwrap());
        }
        assert_eq!(made[0], made[1]);
        let listed = Command::new("tar")
            .arg("-tzf")
            .arg(scratch.join("one.tar.gz"))
            .output();
        assert_eq!(
            String::from_utf8(listed.unwrap().stdout).unwrap(),
            "it-1/\nit-1/a\nit-1/b\n"
        );
    }
}
