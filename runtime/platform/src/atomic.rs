//! Writing a file as a whole: under a random name beside its place, flushed to the disk, and then
//! renamed. Readers find all of it or what was there before, even after a power cut. A link in its
//! place is replaced, never followed.
//!
//! A process that is killed meanwhile leaves the file with the random name behind. Only the owner
//! of a file knows that nobody else is writing it, so the owner calls [`sweep`].

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// The end of the names of files that are not complete yet, or that a crash left so.
const PART: &str = ".part";

/// How many letters and digits there are before that.
const RANDOM: usize = 6;

/// Who may read a new file.
#[derive(Debug, Clone)]
pub enum Readers {
    /// Nobody but this user.
    Private,
    /// Those who may read a user's new files by default (umask).
    Usual,
    /// As for the file that is replaced.
    As(Permissions),
}

/// Writes a file, in place of any that is there.
pub fn write(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    beside(path, bytes, readers)?.persist(path)?;
    sync_folder(path)
}

/// Writes a file that must not exist yet. If several processes make it at once, one wins.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`]: it is there.
pub fn create(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    beside(path, bytes, readers)?.persist_noclobber(path)?;
    sync_folder(path)
}

/// An empty file under another name in the same folder, to become this file by a rename. It is
/// removed unless it is renamed.
pub fn part(path: &Path, readers: Readers) -> io::Result<NamedTempFile> {
    let mut prefix = path.file_name().unwrap_or_default().to_owned();
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(PART).rand_bytes(RANDOM);
    #[cfg(unix)]
    if let Readers::Usual = readers {
        // Less what the user's umask takes away.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    // On Unix this is readable by its owner alone, unless said otherwise.
    let file = builder.tempfile_in(folder_of(path))?;
    match readers {
        #[cfg(windows)]
        Readers::Private => super::acl::restrict(file.path())?,
        Readers::As(permissions) => fs::set_permissions(file.path(), permissions)?,
        _ => {}
    }
    Ok(file)
}

/// Whether a file of this name may be a [`part`] of a file that is called `name`.
pub fn is_part_of(part: &OsStr, name: &str) -> bool {
    let random = part.to_str().and_then(|part| {
        let rest = part.strip_prefix(name)?.strip_suffix(PART)?;
        // Histories were made without the dot once.
        Some(rest.strip_prefix('.').unwrap_or(rest))
    });
    random.is_some_and(|it| it.len() == RANDOM && it.bytes().all(|it| it.is_ascii_alphanumeric()))
}

/// Removes partial copies of this file that killed processes have left. Only regular files are
/// removed, no links. The caller makes sure that nobody writes this file now, and that only this
/// program makes files in the folder.
pub fn sweep(path: &Path) -> io::Result<()> {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else {
        return Ok(());
    };
    for entry in folder_of(path).read_dir()? {
        let entry = entry?;
        if is_part_of(&entry.file_name(), name) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The whole of a file, on disk as a [`part`].
fn beside(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<NamedTempFile> {
    let mut file = part(path, readers)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A name is on disk once its folder is.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    fs::File::open(folder_of(path))?.sync_all()
}

/// Elsewhere a folder cannot be opened for this; the system flushes names by itself.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_is_known_by_its_name() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.json");
        let made = part(&path, Readers::Private).unwrap();
        assert!(is_part_of(made.path().file_name().unwrap(), "a.json"));
        let is_part = |name: &str| is_part_of(OsStr::new(name), "a.json");
        assert!(is_part("a.json.AbC123.part") && is_part("a.jsonAbC123.part"));
        for other in [
            "a.json",
            "a.json.part",
            "a.json.AbC12.part",
            "a.json.AbC1234.part",
            "a.json.AbC-23.part",
            "a.json..bC123.part",
            "a.json.AbC123.part2",
            "b.json.AbC123.part",
        ] {
            assert!(!is_part(other), "{other}");
        }
    }

    #[test]
    fn sweep_leaves_everything_else() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        let others = ["a.json", "a.json.notes.part", "b.json.AbC123.part"];
        for name in others.iter().chain(&["a.json.AbC123.part"]) {
            fs::write(at(name), "x").unwrap();
        }
        let folder = "a.json.folder.part";
        fs::create_dir(at(folder)).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(at("a.json"), at("a.json.linked.part")).unwrap();
        sweep(&at("a.json")).unwrap();
        assert!(!at("a.json.AbC123.part").exists());
        assert!(others.iter().chain(&[folder]).all(|name| at(name).exists()));
        #[cfg(unix)]
        assert!(at("a.json.linked.part").is_symlink());
    }
}
