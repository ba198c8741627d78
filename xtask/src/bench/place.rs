//! Where the benchmark keeps its files: a folder in cargo's target folder, gone when it ends.
//!
//! Policy: on the disk that the build is on and not in a folder for temporary files, which may be in memory: the
//! history is part of what is measured. The compile cache stays, as a user's does. What a benchmark that was killed
//! leaves in `target/bench` may be removed.

use std::cell::Cell;
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

pub struct Place<'a> {
    pub workspace: &'a Workspace,
    folder: PathBuf,
    cache: PathBuf,
    /// How many folders were made.
    made: Cell<u32>,
}

impl<'a> Place<'a> {
    pub fn new(workspace: &'a Workspace) -> Result<Self> {
        let parent = workspace.target.join("bench");
        // With the process in its name, for two may measure at once, though they should not.
        let folder = parent.join(std::process::id().to_string());
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        Ok(Place {
            workspace,
            folder,
            cache: parent.join("cache"),
            made: Cell::new(0),
        })
    }

    /// A folder that nobody else has, gone when it is dropped: a history of such a run takes a hundred megabytes.
    pub fn folder(&self, name: &str) -> Result<Folder> {
        self.made.set(self.made.get() + 1);
        let folder = self.folder.join(format!("{name}-{}", self.made.get()));
        fs::create_dir(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        Ok(Folder(folder))
    }

    /// `pyblish-endpoint`, which leaves nothing in the user's folders.
    pub fn endpoint(&self) -> Command {
        let mut command = Command::new(self.workspace.runtime());
        command
            .env("XDG_CACHE_HOME", &self.cache)
            .env("XDG_DATA_HOME", &self.folder)
            .env("XDG_RUNTIME_DIR", &self.folder)
            .env_remove("PYBLISH_ENDPOINT_ADAPTERS");
        command
    }

    /// Where the server and hosts meet: what is `XDG_RUNTIME_DIR` to [`endpoint`](Self::endpoint).
    pub fn meeting(&self) -> &Path {
        &self.folder
    }

    /// A program of `tests/examples`.
    pub fn example(&self, name: &str) -> Command {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let examples = self.workspace.target.join("release").join("examples");
        Command::new(examples.join(file))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub struct Folder(PathBuf);

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes a file, and says which one could not be.
pub fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}
