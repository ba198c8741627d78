//! The project of a new adapter: its files in each language, and the tools to build them.
//!
//! The files are those of `templates/`. They are real code, formatted and tested as such; only the
//! name in them is replaced. They are part of the binary, so that a project does not need our
//! repository.

mod language;
mod name;
mod template;
mod tool;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use language::{LANGUAGES, Language};
pub use name::Name;
pub use tool::on_path;

/// Why a project cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    #[error("{} already exists; choose another name, or move it away", .0.display())]
    Exists(PathBuf),

    #[error("{} cannot be written: {reason}. Check the folder's permissions and the free space on the disk", path.display())]
    File { path: PathBuf, reason: io::Error },
}

/// Creates the project in a new folder of its name inside this one; returns the folder.
///
/// # Errors
/// The folder exists already, or it cannot be written. An incomplete project is removed.
pub fn make(language: Language, name: &Name, below: &Path) -> Result<PathBuf, ProjectError> {
    let folder = below.join(name.as_str());
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |reason: io::Error| ProjectError::File { path, reason }
    };
    if let Err(error) = fs::create_dir(&folder) {
        return Err(match error.kind() {
            io::ErrorKind::AlreadyExists => ProjectError::Exists(folder),
            _ => failed(&folder)(error),
        });
    }
    let written = template::files(language).try_for_each(|(path, text)| {
        let path = folder.join(path);
        let text = text.replace(template::NAME, name.as_str());
        let parent = path.parent().unwrap_or(&folder);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, text))
            .map_err(failed(&path))
    });
    if written.is_err() {
        // Report the first error, not one of the removal.
        let _ = fs::remove_dir_all(&folder);
    }
    written.map(|()| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_made_whole_and_bears_its_name() {
        for language in LANGUAGES {
            let place = tempfile::tempdir().unwrap();
            let name = "hero-shots".parse().unwrap();
            let folder = make(language, &name, place.path()).unwrap();
            assert_eq!(folder, place.path().join("hero-shots"));
            let readme = fs::read_to_string(folder.join("README.md")).unwrap();
            assert!(readme.starts_with("# hero-shots\n"), "{readme}");
            assert!(
                readme.lines().count() <= 40,
                "a README of more than a screen"
            );
            assert!(folder.join("wit/adapter.wit").is_file());
            assert!(folder.join(".gitignore").is_file());
            let error = make(language, &name, place.path()).unwrap_err();
            assert!(matches!(error, ProjectError::Exists(_)), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn half_a_project_is_not_left() {
        // Longer than a path may be: the folder can be created, but not the files deep inside it.
        let place = tempfile::tempdir().unwrap();
        let mut deep = place.path().to_path_buf();
        while deep.as_os_str().len() < 3900 {
            deep.push("d".repeat(100));
        }
        fs::create_dir_all(&deep).unwrap();
        let rest = 4095 - 1 - deep.as_os_str().len();
        let below = deep.join("e".repeat(rest - 40));
        fs::create_dir(&below).unwrap();
        let name: Name = "shots".parse().unwrap();
        let error = make(Language::Rust, &name, &below).unwrap_err();
        assert!(error.to_string().contains("cannot be written"), "{error}");
        assert!(!below.join("shots").exists());
    }
}
