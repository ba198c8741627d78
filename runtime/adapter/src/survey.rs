//! What the cache of compiled adapters looks like from outside: nothing is changed, and nothing is
//! run.

use std::io;
use std::path::PathBuf;

use super::Engine;
use super::cache::{self, KEY, MAC};
use pyblish_platform::private;

/// What the cache of a user looks like from outside.
#[derive(Debug)]
pub struct CacheSurvey {
    /// Where the compiled code is.
    pub folder: PathBuf,
    /// Whether it exists. If it does not, it can be made.
    pub there: io::Result<bool>,
    /// Adapters that are compiled for this runtime.
    pub entries: usize,
    /// What this runtime never reads: written by another version of it, or left half written.
    pub stale: Vec<PathBuf>,
    /// Bytes of all of it, and of what is stale.
    pub size: u64,
    /// Their size, in bytes.
    pub stale_size: u64,
}

impl CacheSurvey {
    /// Looks at the cache of this user; nothing is changed. None for a user without a home folder.
    pub fn of_user(engine: &Engine) -> Option<Self> {
        cache::folder().map(|folder| CacheSurvey::of(folder, engine.wasmtime()))
    }

    fn of(folder: PathBuf, engine: &wasmtime::Engine) -> Self {
        let mut survey = CacheSurvey {
            there: private::look(&folder),
            folder,
            entries: 0,
            stale: Vec::new(),
            size: 0,
            stale_size: 0,
        };
        // One that cannot be used is not read.
        if !matches!(survey.there, Ok(true)) {
            return survey;
        }
        let of_engine = cache::suffix(engine);
        // One may go while we look.
        for entry in survey.folder.read_dir().into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name == KEY {
                continue;
            }
            let size = entry.metadata().map_or(0, |it| it.len());
            survey.size += size;
            // Beside each entry is its MAC.
            let path = entry.path();
            let of = path.file_stem().unwrap_or_default().to_string_lossy();
            if name.ends_with(&of_engine) {
                survey.entries += 1;
            } else if !(of.ends_with(&of_engine) && path.extension().is_some_and(|it| it == MAC)) {
                survey.stale_size += size;
                survey.stale.push(path);
            }
        }
        survey.stale.sort();
        survey
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::Cache;

    #[test]
    fn other_engines_files_are_stale() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("compiled");
        let (cache, engine) = (Cache::at(&folder).unwrap(), wasmtime::Engine::default());
        cache.put(&engine, b"component", b"code");
        let other = "0".repeat(64) + "-0000000000000000";
        for stale in [&other, &format!("0{}.77.part", cache::suffix(&engine))] {
            fs::write(folder.join(stale), b"12345").unwrap();
        }
        let survey = CacheSurvey::of(folder.clone(), &engine);
        assert!(matches!(survey.there, Ok(true)));
        assert_eq!((survey.entries, survey.stale.len()), (1, 2));
        assert_eq!((survey.size, survey.stale_size), (32 + 4 + 10, 10));
        let nowhere = CacheSurvey::of(folder.join("a/b"), &engine);
        assert!(matches!(nowhere.there, Ok(false)));
    }
}
