//! The copy of a scene that is published in the background while the artist goes on. It is beside
//! the scene, because paths in a scene are often relative to it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What stands between the name of a scene and the key that tells its copies apart.
const MARK: &str = ".pyblish-";

/// Characters of a key.
const KEY: usize = 8;

/// The copies of jobs that failed stay for so long, because they may be tried again.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// Copies the scene beside itself. The same `key`, of which the first eight characters count, is the
/// same copy, which is not made again. Copies of this scene that were left for a week are removed.
///
/// # Errors
/// It cannot be read or written.
pub fn copy_scene(scene: &Path, key: &str) -> io::Result<PathBuf> {
    let (begins, ends) = around_key(scene);
    remove_old(scene, &begins, &ends);
    let key: String = key.chars().take(KEY).collect();
    let copy = scene.with_file_name(format!("{begins}{key}{ends}"));
    if copy.is_file() {
        return Ok(copy);
    }
    // Whoever finds the copy finds all of it.
    let part = copy.with_file_name(format!(".{begins}{key}.part"));
    let copied = copied(scene, &part).and_then(|()| fs::rename(&part, &copy));
    if let Err(error) = copied {
        let _ = fs::remove_file(&part);
        return Err(error);
    }
    Ok(copy)
}

/// What is before and behind the key in the name of a copy of this scene.
fn around_key(scene: &Path) -> (String, String) {
    let stem = scene.file_stem().unwrap_or_default().to_string_lossy();
    let extension = scene.extension().map(|it| it.to_string_lossy());
    let ends = extension.map_or(String::new(), |it| format!(".{it}"));
    (format!("{stem}{MARK}"), ends)
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

/// Removes old copies of this scene, and nothing that an artist has named. That one of them stays is
/// no reason not to publish.
fn remove_old(scene: &Path, begins: &str, ends: &str) {
    let is_copy = |name: &str| {
        let key = name.strip_prefix(begins);
        let key = key.and_then(|rest| rest.strip_suffix(ends));
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        key.is_some_and(|key| key.len() == KEY && key.chars().all(is_hex))
    };
    let entries = scene.parent().map(fs::read_dir);
    for entry in entries.into_iter().flatten().flatten().flatten() {
        let is_copy = is_copy(&entry.file_name().to_string_lossy());
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
        let copy = copy_scene(&scene, "0123abcd4567").unwrap();
        assert_eq!(copy, place.path().join("hero.v1.pyblish-0123abcd.blend"));
        // The artist goes on, and the same job has the same copy.
        fs::write(&scene, "two").unwrap();
        assert_eq!(copy_scene(&scene, "0123abcd4567").unwrap(), copy);
        assert_eq!(fs::read_to_string(&copy).unwrap(), "one");
        let old = SystemTime::now() - KEPT - Duration::from_mins(1);
        // What an artist has named so is no copy.
        let others = [
            "notes.blend",
            "0123abcd.abc",
            "0123abcde.blend",
            "0123ABCD.blend",
        ];
        let others = others.map(|end| place.path().join(format!("hero.v1.pyblish-{end}")));
        for other in &others {
            fs::write(other, "mine").unwrap();
        }
        for file in others.iter().chain([&copy, &scene]) {
            File::open(file).unwrap().set_modified(old).unwrap();
        }
        let second = copy_scene(&scene, "89abcdef").unwrap();
        assert_eq!(fs::read_to_string(&second).unwrap(), "two");
        assert!(!copy.exists() && scene.exists() && others.iter().all(|it| it.exists()));
        let names = fs::read_dir(place.path()).unwrap().flatten();
        assert_eq!(names.count(), 2 + others.len());
        assert!(copy_scene(&place.path().join("gone.blend"), "89abcdef").is_err());
    }
}
