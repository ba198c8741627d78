//! Pyblish beside the bridge: put there from a wheel, and removed again.
//!
//! The folder of the package's description says who installed it (`INSTALLER`) and which files it
//! has (`RECORD`), as pip does it. Both are written first, so an installation that was interrupted
//! is known as ours, and the next one completes it. A Pyblish that pip or somebody else has put
//! there is left alone.

use std::path::{Path, PathBuf};

use super::archive::is_plain;
use super::files;
use super::wheel::Wheel;
use super::{FileChange, InstallError, record};

/// What `INSTALLER` says.
const INSTALLER: &str = "pyblish-endpoint\n";

/// Puts it into this folder. Answers what was changed: nothing if it is there.
pub(super) fn put(folder: &Path, wheel: &Wheel) -> Result<Vec<FileChange>, InstallError> {
    let former = installed(folder)?;
    if former.is_none() && folder.join("pyblish").symlink_metadata().is_ok() {
        return Ok(vec![FileChange::LeftPyblish(folder.join("pyblish"))]);
    }
    let stays = former.as_ref().is_some_and(|it| it.info == wheel.info);
    if let Some(former) = former.filter(|_| !stays) {
        former.remove(folder)?;
    }
    let info = &wheel.info;
    let list: String = wheel
        .files
        .iter()
        .map(|(name, bytes)| record::line(name, bytes))
        .collect();
    let installer = record::line(&format!("{info}/INSTALLER"), INSTALLER.as_bytes());
    let list = format!("{list}{installer}{info}/RECORD,,\n");
    let own = [
        (format!("{info}/INSTALLER"), INSTALLER.as_bytes()),
        (format!("{info}/RECORD"), list.as_bytes()),
    ];
    let own = own.iter().map(|(name, bytes)| (name, *bytes));
    let package = wheel
        .files
        .iter()
        .map(|(name, bytes)| (name, bytes.as_slice()));
    let mut is_changed = false;
    for (name, bytes) in own.chain(package) {
        let path = below(folder, name);
        if files::read(&path)?.as_deref() != Some(bytes) {
            files::write(&path, bytes)?;
            files::remove_compiled(&path);
            is_changed = true;
        }
    }
    let put = FileChange::PutPyblish(folder.to_path_buf(), wheel.version.clone());
    Ok(is_changed.then_some(put).into_iter().collect())
}

/// Removes what [`put`] wrote. Files that were changed since stay.
pub(super) fn remove(folder: &Path) -> Result<Option<FileChange>, InstallError> {
    let Some(found) = installed(folder)? else {
        return Ok(None);
    };
    found.remove(folder)?;
    let version = found.version().to_owned();
    Ok(Some(FileChange::RemovedPyblish(
        folder.to_path_buf(),
        version,
    )))
}

/// A Pyblish of ours.
struct Installed {
    info: String,
    /// The digests by the paths.
    list: std::collections::BTreeMap<String, String>,
}

/// The Pyblish in this folder, if we have put it there.
fn installed(folder: &Path) -> Result<Option<Installed>, InstallError> {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let Some(info) = entry.file_name().to_str().map(str::to_owned) else {
            continue;
        };
        if !(info.starts_with("pyblish_base-") && info.ends_with(".dist-info")) {
            continue;
        }
        let text = |name: &str| files::read(&entry.path().join(name));
        if text("INSTALLER")?.as_deref() != Some(INSTALLER.as_bytes()) {
            continue;
        }
        let list = text("RECORD")?.unwrap_or_default();
        let list = record::read(&String::from_utf8_lossy(&list));
        return Ok(Some(Installed { info, list }));
    }
    Ok(None)
}

impl Installed {
    fn version(&self) -> &str {
        let version = self.info.trim_start_matches("pyblish_base-");
        version.trim_end_matches(".dist-info")
    }

    fn remove(&self, folder: &Path) -> Result<(), InstallError> {
        let last = [
            format!("{}/INSTALLER", self.info),
            format!("{}/RECORD", self.info),
        ];
        // Without these two nobody would know any more that the rest is ours.
        let listed = self.list.iter().filter(|(name, _)| !last.contains(name));
        let mut paths = Vec::new();
        for (name, digest) in listed.filter(|(name, _)| is_plain(name)) {
            let path = below(folder, name);
            if files::read(&path)?.is_some_and(|bytes| record::digest(&bytes) == *digest) {
                files::remove(&path)?;
            }
            paths.push(path);
        }
        for name in &last {
            let path = below(folder, name);
            files::remove(&path)?;
            paths.push(path);
        }
        for path in paths {
            if let Some(above) = path.parent() {
                files::remove_compiled(&path);
                files::remove_empty(above, folder);
            }
        }
        Ok(())
    }
}

fn below(folder: &Path, name: &str) -> PathBuf {
    name.split('/')
        .fold(folder.to_path_buf(), |path, part| path.join(part))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::wheel::tests::made;
    use super::*;

    fn wheel(place: &Path, version: &str, more: &[(&str, &str)]) -> Wheel {
        let path = place.join(format!("{version}.whl"));
        fs::write(&path, made(version, more)).unwrap();
        Wheel::read(&path).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = folder
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn pyblish_is_put_once_and_removed_without_a_trace() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("ours");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("mine.py"), "").unwrap();
        let wheel_8 = wheel(place.path(), "1.8.8", &[("pyblish/old.py", "")]);
        let wheel_12 = wheel(place.path(), "1.8.12", &[]);
        let put_8 = put(&folder, &wheel_8).unwrap();
        assert_eq!(
            put_8,
            [FileChange::PutPyblish(folder.clone(), "1.8.8".into())]
        );
        assert!(put(&folder, &wheel_8).unwrap().is_empty());
        // What was interrupted is completed.
        fs::remove_file(folder.join("pyblish/api.py")).unwrap();
        assert_eq!(put(&folder, &wheel_8).unwrap().len(), 1);
        // Another version takes its place.
        assert_eq!(put(&folder, &wheel_12).unwrap().len(), 1);
        assert_eq!(names(&folder.join("pyblish")), ["__init__.py", "api.py"]);
        fs::create_dir(folder.join("pyblish/__pycache__")).unwrap();
        fs::write(folder.join("pyblish/__pycache__/api.cpython-311.pyc"), "").unwrap();
        let removed = remove(&folder).unwrap();
        assert_eq!(
            removed,
            Some(FileChange::RemovedPyblish(folder.clone(), "1.8.12".into()))
        );
        assert_eq!(names(&folder), ["mine.py"]);
        assert_eq!(remove(&folder).unwrap(), None);
    }

    #[test]
    fn pyblish_of_somebody_else_stays() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("ours");
        fs::create_dir_all(folder.join("pyblish")).unwrap();
        let info = folder.join("pyblish_base-1.8.9.dist-info");
        fs::create_dir(&info).unwrap();
        fs::write(info.join("INSTALLER"), "pip\n").unwrap();
        let wheel = wheel(place.path(), "1.8.12", &[]);
        assert_eq!(
            put(&folder, &wheel).unwrap(),
            [FileChange::LeftPyblish(folder.join("pyblish"))]
        );
        assert_eq!(remove(&folder).unwrap(), None);
        assert_eq!(names(&folder), ["pyblish", "pyblish_base-1.8.9.dist-info"]);
    }

    #[test]
    fn changed_file_stays() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("ours");
        fs::create_dir(&folder).unwrap();
        put(&folder, &wheel(place.path(), "1.8.12", &[])).unwrap();
        fs::write(folder.join("pyblish/api.py"), "# mine\n").unwrap();
        remove(&folder).unwrap();
        assert_eq!(names(&folder.join("pyblish")), ["api.py"]);
    }
}
