//! What pip has put into our folder: pyblish-base, by the line that `host install` prints. It goes
//! with the rest.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::{FileChange, InstallError, files};

/// How the folder begins in which pip lists the files of pyblish-base.
const LISTED_IN: &str = "pyblish_base-";

/// Where pip's list says that programs are; with `--target` they are in `bin`.
const PROGRAMS: &str = "../../";

/// Removes the files of pyblish-base that pip lists, and what Python made of them. Tells what it
/// removed of the folder itself.
pub(super) fn remove(folder: &Path, done: &mut Vec<FileChange>) -> Result<(), InstallError> {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_list = name.to_str().is_some_and(|name| {
            name.starts_with(LISTED_IN)
                && Path::new(name).extension() == Some(OsStr::new("dist-info"))
        });
        if is_list && is_by_pip(&entry.path()) {
            remove_listed(folder, &entry.path(), done)?;
        }
    }
    Ok(())
}

fn is_by_pip(list: &Path) -> bool {
    let installer = files::read(&list.join("INSTALLER"));
    installer.is_ok_and(|text| text.is_some_and(|text| text.trim_ascii() == b"pip"))
}

fn remove_listed(
    folder: &Path,
    list: &Path,
    done: &mut Vec<FileChange>,
) -> Result<(), InstallError> {
    let record = files::read(&list.join("RECORD"))?.unwrap_or_default();
    let record = String::from_utf8_lossy(&record);
    let mut tops = Vec::new();
    // The list itself is in it, and goes last, so that a removal that fails can be done again.
    let mut paths: Vec<_> = record.lines().filter_map(listed).collect();
    paths.sort_by_key(|path| folder.join(path).starts_with(list));
    for path in paths {
        let Some(Component::Normal(top)) = path.components().next() else {
            continue;
        };
        let path = folder.join(&path);
        if !is_inside(&path, folder) {
            continue;
        }
        files::remove(&path)?;
        files::remove_compiled(&path);
        if let Some(parent) = path.parent() {
            files::remove_empty(parent, folder);
        }
        let top = folder.join(top);
        if !tops.contains(&top) {
            tops.push(top);
        }
    }
    let gone = tops.into_iter().filter(|top| !top.exists());
    done.extend(gone.map(FileChange::Removed));
    Ok(())
}

/// The path of a line of the list: before the digest and the size.
fn listed(line: &str) -> Option<PathBuf> {
    let (path, _) = line.split_once(',')?;
    let path = PathBuf::from(path.strip_prefix(PROGRAMS).unwrap_or(path));
    let is_plain = path
        .components()
        .all(|it| matches!(it, Component::Normal(_)));
    is_plain.then_some(path)
}

/// Whether a file is there, and in this folder itself: not beyond a link.
fn is_inside(path: &Path, folder: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    match (path.parent().and_then(real), real(folder)) {
        (Some(parent), Some(folder)) => parent.starts_with(folder) && path.is_file(),
        _ => false,
    }
}
