//! Opening files that somebody else may have put there. The file is opened first, without blocking,
//! and then checked through its descriptor. So nobody can swap it between the check and the
//! reading.
//!
//! Never use `fs::read` or `File::open` on a path that another user, a guest or a client can
//! influence: a pipe blocks for ever, a device never ends, and a link leads anywhere. Use [`open`],
//! [`read`] or [`read_text`]; for several files of one folder, open the [`TrustedFolder`] once and
//! read beneath it.
//!
//! On Windows, [`Trust::Private`] is checked by the owner and the access control list. For
//! [`Trust::Owned`] only the kind of a file is checked: by default every user may write to disks
//! other than the system's.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use cap_std::fs::Dir;

pub use super::file_error::{FileError, FileReason};

/// Who must own a file or folder, and what others may do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Owned by this user, and nobody else can read or write it: secrets, tokens, and their
    /// folders. A link in its place is refused.
    Private,
    /// Owned by this user or root, and nobody else can write it: configuration.
    Owned,
    /// Owned by anybody: the user named it, or any content is safe. Only its kind and its size are
    /// checked.
    Any,
}

/// The kinds of files, in words.
const FILE: &str = "a regular file";
const FOLDER: &str = "a folder";

/// Opens a regular file to read it.
pub fn open(path: &Path, trust: Trust) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    opened(options.read(true), path, trust, trust == Trust::Private)
}

/// What is in a regular file of at most `limit` bytes.
pub fn read(path: &Path, trust: Trust, limit: u64) -> Result<Vec<u8>, FileError> {
    let file = open(path, trust)?;
    contents(file, limit).map_err(|reason| FileError::new(path, reason))
}

/// Reads it as text, which must be UTF-8.
pub fn read_text(path: &Path, trust: Trust, limit: u64) -> Result<String, FileError> {
    text(read(path, trust, limit)?).map_err(|reason| FileError::new(path, reason))
}

/// Opens a regular file to write it or to lock it, or makes an empty one that only this user can
/// read. What is in it stays. A link in its place is refused, so nothing elsewhere is ever touched.
pub fn open_or_create(path: &Path, trust: Trust) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    #[cfg(windows)]
    if trust == Trust::Private && File::create_new(path).is_ok() {
        super::acl::restrict(path).map_err(|error| FileError::new(path, error))?;
    }
    opened(&mut options, path, trust, true)
}

fn opened(
    options: &mut OpenOptions,
    path: &Path,
    trust: Trust,
    no_link: bool,
) -> Result<File, FileError> {
    set_flags(options, no_link);
    let file = options
        .open(path)
        .map_err(|error| FileError::new(path, unopened(path, error, FILE)))?;
    check_file(&file, trust).map_err(|reason| FileError::new(path, reason))?;
    Ok(file)
}

/// Reads an open file of at most `limit` bytes.
pub fn contents(mut file: File, limit: u64) -> Result<Vec<u8>, FileReason> {
    let mut bytes = Vec::new();
    // One byte more than allowed, to notice files that grow while they are read, or have no size.
    (&mut file)
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        Err(FileReason::TooLarge { limit })
    } else {
        Ok(bytes)
    }
}

fn text(bytes: Vec<u8>) -> Result<String, FileReason> {
    String::from_utf8(bytes).map_err(|_| FileReason::NotText)
}

/// A path that leads to this file while it is open, even if its own path leads elsewhere by now:
/// for libraries that only take paths. None if the system has no such paths; then the file must be
/// in a folder that nobody else can change.
pub fn path_of(file: &File) -> Option<PathBuf> {
    #[cfg(unix)]
    {
        use std::os::fd::AsRawFd;
        let path = PathBuf::from(format!("/dev/fd/{}", file.as_raw_fd()));
        path.exists().then_some(path)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        None
    }
}

/// A folder that was checked and is held open, so it stays the same whatever happens to its path.
/// Paths beneath it never lead out of it, not even through links.
#[derive(Debug)]
pub struct TrustedFolder {
    path: PathBuf,
    dir: Dir,
}

impl TrustedFolder {
    /// Opens a folder that is there.
    pub fn open(path: &Path, trust: Trust) -> Result<Self, FileError> {
        let failed = |reason| FileError::new(path, reason);
        let dir = open_folder(path, trust == Trust::Private)
            .map_err(|error| failed(unopened(path, error, FOLDER)))?;
        let metadata = dir.metadata().map_err(|error| failed(error.into()))?;
        if !metadata.is_dir() {
            let (found, wanted) = (kind(&metadata), FOLDER);
            return Err(failed(FileReason::Kind { found, wanted }));
        }
        check_owner(&dir, &metadata, trust).map_err(failed)?;
        Ok(TrustedFolder {
            path: path.to_path_buf(),
            dir: Dir::from_std_file(dir),
        })
    }

    /// The path that it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of everything in it, in no order.
    pub fn names(&self) -> Result<Vec<std::ffi::OsString>, FileError> {
        let named = |error: io::Error| FileError::new(&self.path, error);
        let entries = self.dir.entries().map_err(named)?;
        let names = entries.map(|entry| entry.map(|entry| entry.file_name()));
        names.collect::<Result<_, _>>().map_err(named)
    }

    /// Opens a regular file beneath it. `path` is relative; one that leads out is refused.
    pub fn open_file(&self, path: &Path, trust: Trust) -> Result<File, FileError> {
        let whole = self.path.join(path);
        let mut options = cap_std::fs::OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        cap_std::fs::OpenOptionsExt::custom_flags(&mut options, flags(false));
        let file = self
            .dir
            .open_with(path, &options)
            .map_err(|error| FileError::new(&whole, unopened(&whole, error, FILE)))?
            .into_std();
        check_file(&file, trust).map_err(|reason| FileError::new(&whole, reason))?;
        Ok(file)
    }

    /// What is in a regular file beneath it, of at most `limit` bytes.
    pub fn read(&self, path: &Path, trust: Trust, limit: u64) -> Result<Vec<u8>, FileError> {
        let file = self.open_file(path, trust)?;
        contents(file, limit).map_err(|reason| FileError::new(&self.path.join(path), reason))
    }

    /// Reads it as text, which must be UTF-8.
    pub fn read_text(&self, path: &Path, trust: Trust, limit: u64) -> Result<String, FileError> {
        let bytes = self.read(path, trust, limit)?;
        text(bytes).map_err(|reason| FileError::new(&self.path.join(path), reason))
    }
}

/// Checks the kind and the owner of an open file.
fn check_file(file: &File, trust: Trust) -> Result<(), FileReason> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        let (found, wanted) = (kind(&metadata), FILE);
        return Err(FileReason::Kind { found, wanted });
    }
    check_owner(file, &metadata, trust)
}

/// Why it does not open. If it is another kind of file, the error says which. Only the message
/// depends on this check.
fn unopened(path: &Path, error: io::Error, wanted: &'static str) -> FileReason {
    let known = path.symlink_metadata().map(|known| kind(&known));
    let is_wanted = |found: &str| wanted.ends_with(found);
    match known {
        Ok(found) if !is_wanted(found) && error.kind() != io::ErrorKind::NotFound => {
            FileReason::Kind { found, wanted }
        }
        _ => error.into(),
    }
}

#[cfg(unix)]
fn check_owner(_: &File, metadata: &Metadata, trust: Trust) -> Result<(), FileReason> {
    use std::os::unix::fs::MetadataExt;
    let (owner, mode) = (metadata.uid(), metadata.mode() & 0o777);
    let ours = owner == rustix::process::geteuid().as_raw();
    match trust {
        Trust::Any => Ok(()),
        Trust::Owned if !ours && owner != 0 => Err(FileReason::Foreign { owner }),
        Trust::Owned if mode & 0o022 != 0 => Err(FileReason::Writable { mode }),
        Trust::Owned => Ok(()),
        Trust::Private if !ours => Err(FileReason::Foreign { owner }),
        Trust::Private if mode & 0o077 != 0 && metadata.is_dir() => {
            Err(FileReason::OpenFolder { mode })
        }
        Trust::Private if mode & 0o077 != 0 => Err(FileReason::ReadableFile { mode }),
        Trust::Private => Ok(()),
    }
}

#[cfg(windows)]
fn check_owner(file: &File, _: &Metadata, trust: Trust) -> Result<(), FileReason> {
    match trust {
        Trust::Private => super::acl::check(file),
        Trust::Owned | Trust::Any => Ok(()),
    }
}

#[cfg(unix)]
fn kind(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    match () {
        () if kind.is_dir() => "a folder",
        () if kind.is_symlink() => "a link",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () if kind.is_char_device() || kind.is_block_device() => "a device",
        () if kind.is_file() => "a file",
        () => "something else",
    }
}

#[cfg(not(unix))]
fn kind(metadata: &Metadata) -> &'static str {
    match () {
        () if metadata.is_dir() => "a folder",
        () if metadata.is_symlink() => "a link",
        () if metadata.is_file() => "a file",
        () => "something else",
    }
}

/// Opening does not block on a pipe, does not take over a terminal, and follows no link if that is
/// asked for.
#[cfg(unix)]
fn flags(no_link: bool) -> i32 {
    use rustix::fs::OFlags;
    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    flags.set(OFlags::NOFOLLOW, no_link);
    // The bits of these flags fit; the types differ by their sign.
    flags.bits().cast_signed()
}

#[cfg(unix)]
fn set_flags(options: &mut OpenOptions, no_link: bool) {
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags(no_link));
}

#[cfg(unix)]
fn open_folder(path: &Path, no_link: bool) -> io::Result<File> {
    use rustix::fs::OFlags;
    let mut options = OpenOptions::new();
    let folder = OFlags::DIRECTORY.bits().cast_signed();
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags(no_link) | folder);
    options.read(true).open(path)
}

/// What stands in for a path with `FILE_FLAG_OPEN_REPARSE_POINT` is the link itself, which is no
/// regular file.
#[cfg(windows)]
fn set_flags(options: &mut OpenOptions, no_link: bool) {
    const OPEN_REPARSE_POINT: u32 = 0x0020_0000;
    if no_link {
        std::os::windows::fs::OpenOptionsExt::custom_flags(options, OPEN_REPARSE_POINT);
    }
}

#[cfg(windows)]
fn open_folder(path: &Path, no_link: bool) -> io::Result<File> {
    const BACKUP_SEMANTICS: u32 = 0x0200_0000;
    const OPEN_REPARSE_POINT: u32 = 0x0020_0000;
    let link = if no_link { OPEN_REPARSE_POINT } else { 0 };
    let mut options = OpenOptions::new();
    std::os::windows::fs::OpenOptionsExt::custom_flags(&mut options, BACKUP_SEMANTICS | link);
    options.read(true).open(path)
}

#[cfg(all(test, unix))]
mod tests {
    use pyblish_promise::{promise, promise_eq};
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn written(folder: &Path, name: &str, mode: u32) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, "12345").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn said<T: std::fmt::Debug>(result: Result<T, FileError>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn open_takes_regular_files_only() {
        let place = tempfile::tempdir().unwrap();
        let pipe = place.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
        let socket = place.path().join("socket");
        let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, kind) in [
            (pipe.as_path(), "a pipe"),
            (&socket, "a socket"),
            (place.path(), "a folder"),
            (Path::new("/dev/zero"), "a device"),
        ] {
            for trust in [Trust::Any, Trust::Owned, Trust::Private] {
                let message = said(open(path, trust));
                promise!("ACCESS-16", message.contains(kind), "{message}");
                assert!(message.contains(path.to_str().unwrap()), "{message}");
            }
        }
        let folder = TrustedFolder::open(place.path(), Trust::Any).unwrap();
        for name in ["pipe", "socket"] {
            let message = said(folder.open_file(Path::new(name), Trust::Any));
            promise!("ACCESS-16", message.contains(name), "{message}");
        }
    }

    #[test]
    fn read_is_capped_exactly() {
        let place = tempfile::tempdir().unwrap();
        let path = written(place.path(), "file", 0o600);
        assert_eq!(read(&path, Trust::Any, 5).unwrap(), b"12345");
        let message = said(read(&path, Trust::Any, 4));
        promise!(
            "ACCESS-16",
            message.contains("more than 4 bytes"),
            "{message}"
        );
        fs::write(&path, b"\xff").unwrap();
        assert!(said(read_text(&path, Trust::Any, 4)).contains("UTF-8"));
        promise!(
            "ACCESS-16",
            read(&place.path().join("none"), Trust::Any, 4)
                .unwrap_err()
                .is_missing()
        );
    }

    #[test]
    fn trust_needs_owner_and_mode() {
        let place = tempfile::tempdir().unwrap();
        for (mode, private, owned) in [
            (0o600, true, true),
            (0o644, false, true),
            (0o640, false, true),
            (0o664, false, false),
            (0o602, false, false),
        ] {
            let path = written(place.path(), "file", mode);
            assert_eq!(open(&path, Trust::Private).is_ok(), private, "{mode:o}");
            assert_eq!(open(&path, Trust::Owned).is_ok(), owned, "{mode:o}");
            assert!(open(&path, Trust::Any).is_ok());
        }
        for (mode, private, owned) in [
            (0o700, true, true),
            (0o755, false, true),
            (0o775, false, false),
        ] {
            fs::set_permissions(place.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(
                TrustedFolder::open(place.path(), Trust::Private).is_ok(),
                private,
                "{mode:o}"
            );
            assert_eq!(
                TrustedFolder::open(place.path(), Trust::Owned).is_ok(),
                owned,
                "{mode:o}"
            );
        }
        let of_root = Path::new("/proc/version");
        assert!(open(of_root, Trust::Owned).is_ok());
        if !rustix::process::geteuid().is_root() {
            assert!(said(open(of_root, Trust::Private)).contains("another user (uid 0)"));
        }
    }

    #[test]
    fn link_is_followed_only_in_trusted_folder() {
        let place = tempfile::tempdir().unwrap();
        let (inside, outside) = (place.path().join("inside"), place.path().join("outside"));
        fs::create_dir(&inside).unwrap();
        let precious = written(place.path(), "outside", 0o600);
        symlink(&outside, inside.join("link")).unwrap();
        symlink("target", inside.join("near")).unwrap();
        written(&inside, "target", 0o600);
        // A link is followed, unless the file must be private.
        assert!(open(&inside.join("link"), Trust::Owned).is_ok());
        let private = said(open(&inside.join("link"), Trust::Private));
        promise!("ACCESS-17", private.contains("a link"), "{private}");
        // Beneath a folder, unless it leads out.
        let folder = TrustedFolder::open(&inside, Trust::Any).unwrap();
        assert!(folder.read(Path::new("near"), Trust::Any, 5).is_ok());
        for out in ["link", "../outside", precious.to_str().unwrap()] {
            let opened = folder.open_file(Path::new(out), Trust::Any);
            promise!("ACCESS-17", opened.is_err(), "{out}");
        }
        symlink(&inside, place.path().join("folder")).unwrap();
        assert!(TrustedFolder::open(&place.path().join("folder"), Trust::Any).is_ok());
        let private = TrustedFolder::open(&place.path().join("folder"), Trust::Private);
        promise!("ACCESS-17", private.is_err());
    }

    #[test]
    fn open_folder_is_not_replaced() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("folder");
        fs::create_dir(&path).unwrap();
        written(&path, "file", 0o600);
        let folder = TrustedFolder::open(&path, Trust::Owned).unwrap();
        fs::rename(&path, place.path().join("away")).unwrap();
        symlink("/", &path).unwrap();
        assert_eq!(folder.names().unwrap(), ["file"]);
        promise!(
            "ACCESS-17",
            folder.read(Path::new("file"), Trust::Any, 5).is_ok()
        );
    }

    #[test]
    fn open_or_create_keeps_file_and_link() {
        let place = tempfile::tempdir().unwrap();
        let precious = written(place.path(), "precious", 0o600);
        let link = place.path().join("link");
        symlink(&precious, &link).unwrap();
        assert!(said(open_or_create(&link, Trust::Any)).contains("a link"));
        let dangling = place.path().join("dangling");
        symlink(place.path().join("elsewhere"), &dangling).unwrap();
        open_or_create(&dangling, Trust::Any).unwrap_err();
        assert!(!place.path().join("elsewhere").exists());
        open_or_create(&precious, Trust::Any).unwrap();
        assert_eq!(fs::read(&precious).unwrap(), b"12345");
        let made = open_or_create(&place.path().join("made"), Trust::Private).unwrap();
        promise_eq!(
            "ACCESS-18",
            made.metadata().unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
