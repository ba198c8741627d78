//! The copy of a scene that is published in the background while the artist goes on. It is beside
//! the scene, because paths in a scene are often relative to it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What stands between the name of a scene and the part that tells its copies apart.
const MARK: &str = ".pyblish-";

/// The copies of jobs that failed stay for so long, because they may be tried again.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// Copies the scene beside itself. The same `key` is the same copy, which is not made again. Copies
/// of this scene that were left for a week are removed.
///
/// # Errors
/// It cannot be read or written.
pub fn copy_scene(scene: &Path, key: &str) -> io::Result<PathBuf> {
    remove_old(scene);
    let stem = scene.file_stem().unwrap_or_default().to_string_lossy();
    let extension = scene.extension().map(|it| it.to_string_lossy());
    let extension = extension.map_or(String::new(), |it| format!(".{it}"));
    let copy = scene.with_file_name(format!("{stem}{MARK}{key}{extension}"));
    if copy.is_file() {
        return Ok(copy);
    }
    // Whoever finds the copy finds all of it.
    let part = copy.with_file_name(format!(".{stem}{MARK}{key}.part"));
    let copied = copied(scene, &part).and_then(|()| fs::rename(&part, &copy));
    if let Err(error) = copied {
        let _ = fs::remove_file(&part);
        return Err(error);
    }
    Ok(copy)
}

fn copied(scene: &Path, part: &Path) -> io::Result<()> {
    let mut new = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(part)?;
    io::copy(&mut File::open(scene)?, &mut new)?;
    Ok(())
}

/// Removes old copies of this scene. That one of them stays is no reason not to publish.
fn remove_old(scene: &Path) {
    let stem = scene.file_stem().unwrap_or_default().to_string_lossy();
    let begins = format!("{stem}{MARK}");
    let entries = scene.parent().map(fs::read_dir);
    for entry in entries.into_iter().flatten().flatten().flatten() {
        let is_copy = entry.file_name().to_string_lossy().starts_with(&begins);
        let made = entry.metadata().and_then(|it| it.modified());
        let age = made.map(|made| SystemTime::now().duration_since(made));
        if is_copy && matches!(age, Ok(Ok(age)) if age > KEPT) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_is_beside_the_scene_and_old_ones_go() {
        let place = tempfile::tempdir().unwrap();
        let scene = place.path().join("hero.v1.blend");
        fs::write(&scene, "one").unwrap();
        let copy = copy_scene(&scene, "a1").unwrap();
        assert_eq!(copy, place.path().join("hero.v1.pyblish-a1.blend"));
        // The artist goes on, and the same job has the same copy.
        fs::write(&scene, "two").unwrap();
        assert_eq!(copy_scene(&scene, "a1").unwrap(), copy);
        assert_eq!(fs::read_to_string(&copy).unwrap(), "one");
        let old = SystemTime::now() - KEPT - Duration::from_mins(1);
        File::open(&copy).unwrap().set_modified(old).unwrap();
        File::open(&scene).unwrap().set_modified(old).unwrap();
        let second = copy_scene(&scene, "b2").unwrap();
        assert_eq!(fs::read_to_string(&second).unwrap(), "two");
        assert!(!copy.exists() && scene.exists());
        let names = fs::read_dir(place.path()).unwrap().flatten();
        assert_eq!(names.count(), 2);
        assert!(copy_scene(&place.path().join("gone.blend"), "c").is_err());
    }
}
