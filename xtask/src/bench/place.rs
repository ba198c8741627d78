//! The folder for the benchmark's files, in cargo's target folder. It is removed at the end.
//!
//! Policy: it is on the same disk as the build, and not in a folder for temporary files, which may
//! be in memory, because the history is part of what is measured. The compile cache stays, as it
//! does for users. Leftovers of a killed benchmark in `target/bench` may be removed.

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
    /// How many folders were created.
    made: Cell<u32>,
}

impl<'a> Place<'a> {
    pub fn new(workspace: &'a Workspace) -> Result<Self> {
        let parent = workspace.target.join("bench");
        // The name contains the process id, because two benchmarks may run at once, although they
        // should not.
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

    /// A unique folder, removed when this is dropped: the history of such a run takes a hundred
    /// megabytes.
    pub fn folder(&self, name: &str) -> Result<Folder> {
        self.made.set(self.made.get() + 1);
        let folder = self.folder.join(format!("{name}-{}", self.made.get()));
        fs::create_dir(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        Ok(Folder(folder))
    }

    /// A `pyblish-endpoint` command that does not use the user's folders.
    pub fn endpoint(&self) -> Command {
        let mut command = Command::new(self.workspace.runtime());
        command
            .env("XDG_CACHE_HOME", &self.cache)
            .env("XDG_DATA_HOME", &self.folder)
            .env("XDG_RUNTIME_DIR", &self.folder)
            .env_remove("PYBLISH_ENDPOINT_ADAPTERS");
        command
    }

    /// The entry of `endpoint.toml` for another session with a built adapter, under a different
    /// name.
    pub fn configured(&self, name: &str, adapter: &str, grant: &str) -> String {
        let adapters = self.workspace.target.join("release").join("adapters");
        let file = adapters.join(adapter).with_extension("wasm");
        format!("[adapters.{name}]\nfile = {file:?}\ndir = [{grant:?}]\n")
    }

    /// The folder through which the server finds hosts: the `XDG_RUNTIME_DIR` of
    /// [`endpoint`](Self::endpoint).
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

/// Writes a file; the error names it.
pub fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}
