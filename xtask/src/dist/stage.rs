//! A folder with the files of one package, as they are to be in it.
//!
//! Policy: nothing of the machine that makes a package is in the package. Files have the time of the
//! commit, one of two modes, and no owner; packagers get them in order.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

/// A folder with the files of one package.
pub struct Stage {
    pub folder: PathBuf,
    epoch: u64,
}

impl Stage {
    /// An empty one; what was there is removed.
    pub fn new(folder: &Path, epoch: u64) -> Result<Self> {
        remove(folder)?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self {
            folder: folder.to_owned(),
            epoch,
        })
    }

    /// Adds a copy of a file, or of all files in a folder.
    pub fn copy(&self, from: &Path, to: &str) -> Result<()> {
        if !from.is_dir() {
            return self.add(from, to, 0o644);
        }
        for path in sorted(from)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            self.copy(&path, &format!("{to}/{name}"))?;
        }
        Ok(())
    }

    /// Adds a copy of a program.
    pub fn program(&self, from: &Path, to: &str) -> Result<()> {
        self.add(from, to, 0o755)
    }

    /// Adds a file with this text.
    pub fn write(&self, to: &str, text: &str) -> Result<()> {
        let path = self.make_room(to)?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        set_mode(&path, 0o644)
    }

    fn add(&self, from: &Path, to: &str, mode: u32) -> Result<()> {
        let path = self.make_room(to)?;
        fs::copy(from, &path).with_context(|| format!("cannot copy {}", from.display()))?;
        set_mode(&path, mode)
    }

    fn make_room(&self, to: &str) -> Result<PathBuf> {
        let path = self.folder.join(to);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)
                .with_context(|| format!("cannot make {}", parent.display()))?;
        }
        Ok(path)
    }

    /// Gives all its files and folders the time of the release. Nothing may be added afterwards.
    pub fn done(self) -> Result<PathBuf> {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(self.epoch);
        settle(&self.folder, time)?;
        Ok(self.folder)
    }
}

fn settle(path: &Path, time: SystemTime) -> Result<()> {
    if path.is_dir() {
        set_mode(path, 0o755)?;
        for inner in sorted(path)? {
            settle(&inner, time)?;
        }
    }
    let set = || File::open(path)?.set_modified(time);
    set().with_context(|| format!("cannot set the time of {}", path.display()))
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .with_context(|| format!("cannot set the mode of {}", path.display()))
}

/// Releases are made on Linux; this only has to compile.
#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> Result<()> {
    Ok(())
}

/// What is in a folder, by name.
pub fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = || format!("cannot read {}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        paths.push(entry.with_context(unreadable)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// All files below a folder, as paths from there, in order.
pub fn files(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = vec![folder.to_owned()];
    while let Some(path) = rest.pop() {
        if path.is_dir() {
            rest.extend(sorted(&path)?);
        } else {
            let inner = path.strip_prefix(folder).unwrap_or(&path);
            found.push(inner.to_string_lossy().into_owned());
        }
    }
    found.sort();
    Ok(found)
}

/// Removes a folder if it exists.
pub fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::sample::tests::Scratch;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn files_have_one_time_and_one_of_two_modes() {
        let scratch = Scratch::new("stage");
        let from = scratch.join("from");
        fs::create_dir_all(from.join("b")).unwrap();
        fs::write(from.join("b/one"), "1").unwrap();
        fs::write(from.join("two"), "2").unwrap();
        fs::set_permissions(from.join("two"), fs::Permissions::from_mode(0o700)).unwrap();

        let stage = Stage::new(&scratch.join("stage"), 86_400).unwrap();
        stage.copy(&from, "all").unwrap();
        stage.program(&from.join("two"), "bin/two").unwrap();
        stage.write("text", "said").unwrap();
        let folder = stage.done().unwrap();
        assert_eq!(
            files(&folder).unwrap(),
            ["all/b/one", "all/two", "bin/two", "text"]
        );
        for (path, mode) in [
            ("all/two", 0o644),
            ("bin/two", 0o755),
            ("all", 0o755),
            ("text", 0o644),
        ] {
            let metadata = fs::metadata(folder.join(path)).unwrap();
            assert_eq!(metadata.permissions().mode() & 0o777, mode, "{path}");
            let age = metadata
                .modified()
                .unwrap()
                .duration_since(SystemTime::UNIX_EPOCH);
            assert_eq!(age.unwrap().as_secs(), 86_400, "{path}");
        }
    }
}
