//! The sample inbox: a copy of `tests/data/inbox` in which an adapter may rename files, and from
//! which it may publish.
//!
//! Policy: the inbox is created again each time, so that the intended mistakes in it are back. The
//! publish folder stays, to show how new versions are added.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// The two folders that `serve` grants.
pub struct Sample {
    pub inbox: PathBuf,
    pub publish: PathBuf,
}

impl Sample {
    /// Fills the inbox, and creates the publish folder if there is none.
    pub fn prepare(workspace: &Workspace) -> Result<Self> {
        let source = workspace.root.join("tests").join("data").join("inbox");
        Self::at(&workspace.target.join("sample"), &source)
    }

    fn at(folder: &Path, source: &Path) -> Result<Self> {
        let inbox = folder.join("inbox");
        let publish = folder.join("publish");
        fs::create_dir_all(&publish)
            .with_context(|| format!("cannot make {}", publish.display()))?;
        if inbox.exists() {
            fs::remove_dir_all(&inbox)
                .with_context(|| format!("cannot empty {}", inbox.display()))?;
        }
        fs::create_dir(&inbox).with_context(|| format!("cannot make {}", inbox.display()))?;
        copy_files(source, &inbox)
            .with_context(|| format!("cannot copy {} to {}", source.display(), inbox.display()))?;
        Ok(Self { inbox, publish })
    }
}

/// Copies the files of one folder; the sample has no subfolders.
fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// The folder of one test, removed when the test ends.
    pub struct Scratch(PathBuf);

    impl Scratch {
        pub fn new(name: &str) -> Self {
            let name = format!("pyblish-endpoint-xtask-{name}-{}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }
    }

    impl std::ops::Deref for Scratch {
        type Target = Path;

        fn deref(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_inbox_is_new_and_the_versions_stay() {
        let folder = Scratch::new("sample");
        let source = folder.join("source");
        fs::create_dir(&source).unwrap();
        fs::write(source.join("Old Map.png"), "map").unwrap();

        let sample = Sample::at(&folder.join("sample"), &source).unwrap();
        fs::rename(
            sample.inbox.join("Old Map.png"),
            sample.inbox.join("old_map.png"),
        )
        .unwrap();
        fs::write(sample.publish.join("v001"), "published").unwrap();

        let sample = Sample::at(&folder.join("sample"), &source).unwrap();
        assert_eq!(
            fs::read_to_string(sample.inbox.join("Old Map.png")).unwrap(),
            "map"
        );
        assert!(!sample.inbox.join("old_map.png").exists());
        assert!(sample.publish.join("v001").exists());
    }

    #[test]
    fn a_missing_source_is_named() {
        let folder = Scratch::new("sample-missing");
        let error = Sample::at(&folder.join("sample"), &folder.join("gone"))
            .err()
            .unwrap();
        assert!(format!("{error:#}").contains("gone"), "{error:#}");
    }
}
