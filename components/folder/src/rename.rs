//! Renames files: all of them or none, and never over another file.
//!
//! A plain rename replaces a file with the new name. So the new name is created as a hard link,
//! which fails if it exists, and the old name is removed afterwards. Even after a crash, each file
//! has at least one of its names.

use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind};

use pyblish_sdk::{Failure, Result};

use crate::name::{show, some_of};

/// Renames files of a folder, each from its first name to its second. If one cannot be renamed, the
/// earlier ones get their old names back.
pub fn all(folder: &str, names: &[(String, String)]) -> Result {
    let renamer = Renamer::new(folder, |from, to| fs::hard_link(from, to));
    renamer.all(names)
}

struct Renamer<'a, L> {
    folder: &'a str,
    /// Creates a hard link; not all disks support this.
    link: L,
}

impl<'a, L: Fn(&str, &str) -> io::Result<()>> Renamer<'a, L> {
    fn new(folder: &'a str, link: L) -> Self {
        Renamer { folder, link }
    }

    fn all(&self, names: &[(String, String)]) -> Result {
        for (done, (from, to)) in names.iter().enumerate() {
            if let Err(error) = self.one(from, to) {
                let undone = self.undo(&names[..done]);
                return Err(self.failure(from, to, &error, &undone));
            }
        }
        Ok(())
    }

    fn one(&self, from: &str, to: &str) -> io::Result<()> {
        match self.take(from, to) {
            // On a disk that is not case-sensitive, the new name may be the old one. It becomes
            // free when the file gets a different name first.
            Err(error)
                if error.kind() == ErrorKind::AlreadyExists
                    && from.to_lowercase() == to.to_lowercase() =>
            {
                let between = format!(".{:016x}.part", RandomState::new().hash_one(to));
                self.take(from, &between)?;
                self.take(&between, to)
                    .map_err(|error| match self.take(&between, from) {
                        Ok(()) => error,
                        Err(_) => io::Error::other(format!("its name is now {between}")),
                    })
            }
            result => result,
        }
    }

    /// Renames a file if the new name is free.
    fn take(&self, from: &str, to: &str) -> io::Result<()> {
        let old = format!("{}/{from}", self.folder);
        let new = format!("{}/{to}", self.folder);
        match (self.link)(&old, &new) {
            Ok(()) => fs::remove_file(&old).inspect_err(|_| {
                // Both names are the same file, so nothing is lost.
                let _ = fs::remove_file(&new);
            }),
            Err(error)
                if [ErrorKind::AlreadyExists, ErrorKind::NotFound].contains(&error.kind()) =>
            {
                Err(error)
            }
            // Hard links are not supported or not permitted: reserve the name with an empty file,
            // which the rename then replaces.
            Err(_) => {
                drop(File::create_new(&new)?);
                fs::rename(&old, &new).inspect_err(|_| {
                    let _ = fs::remove_file(&new);
                })
            }
        }
    }

    /// Gives files their old names back, and returns those for which that failed.
    fn undo(&self, done: &[(String, String)]) -> Vec<String> {
        let failed = done
            .iter()
            .rev()
            .filter(|(from, to)| self.one(to, from).is_err());
        failed
            .map(|(from, to)| format!("{to} (was {from})"))
            .collect()
    }

    fn failure(&self, from: &str, to: &str, error: &io::Error, undone: &[String]) -> Failure {
        let (inside, folder) = (self.folder, crate::paths::shown(self.folder));
        let (from, to) = (show(from), show(to));
        let mut message = match error.kind() {
            ErrorKind::AlreadyExists => format!(
                "{from} cannot become {to}, because that file exists already: rename one of the \
                 two by hand"
            ),
            ErrorKind::NotFound => format!("{from} is gone from {folder}: collect again"),
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => format!(
                "{from} cannot become {to}, because {folder} may not be changed ({error}): grant \
                 it writable, with --dir {folder}={inside} (no :ro), or rename the file by hand"
            ),
            _ => format!(
                "{from} cannot become {to} ({error}): check that {folder} exists and is not \
                 read-only, or rename the file by hand"
            ),
        };
        if !undone.is_empty() {
            let names = some_of(undone.iter().map(String::as_str));
            message += &format!(". These could not get their old names back: {names}");
        }
        Failure::new(message).title("Not renamed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            fs::write(folder.path().join(file), file).unwrap();
        }
        let path = folder.path().to_str().unwrap().to_owned();
        (folder, path)
    }

    fn held(path: &str) -> Vec<(String, String)> {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap());
        let mut held: Vec<_> = entries
            .map(|entry| {
                let text = fs::read_to_string(entry.path()).unwrap();
                (entry.file_name().into_string().unwrap(), text)
            })
            .collect();
        held.sort();
        held
    }

    fn pairs(names: &[(&str, &str)]) -> Vec<(String, String)> {
        names
            .iter()
            .map(|(from, to)| ((*from).into(), (*to).into()))
            .collect()
    }

    #[test]
    fn files_get_their_new_names() {
        let (_folder, path) = folder(&["A.1", "A.2"]);
        all(&path, &pairs(&[("A.1", "a.1"), ("A.2", "a.2")])).unwrap();
        assert_eq!(held(&path), pairs(&[("a.1", "A.1"), ("a.2", "A.2")]));
    }

    #[test]
    fn no_file_is_replaced_and_all_get_their_old_names_back() {
        let (_folder, path) = folder(&["A.1", "A.2", "A.3", "a.3"]);
        let before = held(&path);
        let names = pairs(&[("A.1", "a.1"), ("A.2", "a.2"), ("A.3", "a.3")]);
        let failure = all(&path, &names).unwrap_err();
        assert_eq!(
            failure.message(),
            "A.3 cannot become a.3, because that file exists already: rename one of the two by hand"
        );
        assert_eq!(held(&path), before);
    }

    #[test]
    fn a_file_that_is_gone_in_the_middle_undoes_the_rest() {
        let (_folder, path) = folder(&["A.1", "A.3"]);
        let names = pairs(&[("A.1", "a.1"), ("A.2", "a.2"), ("A.3", "a.3")]);
        assert!(
            all(&path, &names)
                .unwrap_err()
                .message()
                .contains("A.2 is gone")
        );
        assert_eq!(held(&path), pairs(&[("A.1", "A.1"), ("A.3", "A.3")]));
    }

    #[test]
    fn a_disk_without_hard_links_never_replaces_either() {
        let (_folder, path) = folder(&["A", "b", "B"]);
        let renamer = Renamer::new(&path, |_: &str, _: &str| Err(ErrorKind::Unsupported.into()));
        renamer.all(&pairs(&[("A", "a")])).unwrap();
        let failure = renamer.all(&pairs(&[("a", "c"), ("B", "b")])).unwrap_err();
        assert!(failure.message().contains("that file exists already"));
        assert_eq!(held(&path), pairs(&[("B", "B"), ("a", "A"), ("b", "b")]));
    }

    /// Creates a link as on a disk that is not case-sensitive.
    fn caseless(from: &str, to: &str) -> io::Result<()> {
        let folder = std::path::Path::new(to).parent().unwrap();
        let there = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        match there
            .into_iter()
            .any(|path| path.to_str().unwrap().to_lowercase() == to.to_lowercase())
        {
            true => Err(ErrorKind::AlreadyExists.into()),
            false => fs::hard_link(from, to),
        }
    }

    #[test]
    fn a_disk_that_minds_no_case_can_change_it_and_back() {
        let (_folder, path) = folder(&["Hero.1", "Hero.2", "x"]);
        let renamer = Renamer::new(&path, caseless);
        renamer.all(&pairs(&[("Hero.1", "hero.1")])).unwrap();
        assert_eq!(held(&path)[1], ("hero.1".into(), "Hero.1".into()));
        let failure = renamer
            .all(&pairs(&[("hero.1", "HERO.1"), ("Hero.2", "X")]))
            .unwrap_err();
        assert!(
            failure
                .message()
                .starts_with("Hero.2 cannot become X, because that file")
        );
        assert_eq!(
            held(&path),
            pairs(&[("Hero.2", "Hero.2"), ("hero.1", "Hero.1"), ("x", "x")])
        );
    }

    #[test]
    fn what_could_not_be_undone_is_named() {
        let (_folder, path) = folder(&["A", "B"]);
        let calls = std::cell::Cell::new(0);
        let renamer = Renamer::new(&path, |from: &str, to: &str| {
            calls.set(calls.get() + 1);
            match calls.get() {
                1 => fs::hard_link(from, to),
                _ => Err(ErrorKind::NotFound.into()),
            }
        });
        let failure = renamer.all(&pairs(&[("A", "a"), ("B", "b")])).unwrap_err();
        assert!(
            failure.message().contains("old names back: a (was A)"),
            "{}",
            failure.message()
        );
    }
}
