//! One file of a job.

use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::path::{Component, Path};
use std::time::SystemTime;

use cap_std::fs::{Dir, OpenOptions};
use sha2::{Digest, Sha256};

use crate::clone;
use crate::error::{CopyErrorCode, CopySide, Fault};

/// Bytes that are read at once: few calls of the system, and a cancel is heard in a millisecond.
pub(crate) const CHUNK: usize = 1 << 20;

/// A file to copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCopy {
    /// Its path beneath the source folder.
    pub source: String,
    /// The new path beneath the target folder. The folder that it is in must exist.
    pub target: String,
}

/// A file that was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedFile {
    /// In bytes.
    pub size: u64,
    /// Of the bytes that were written.
    pub sha256: [u8; 32],
    /// Whether it shares its blocks with the source.
    pub is_clone: bool,
}

/// What tells a file from another one, and from itself after a change.
#[derive(PartialEq)]
struct Version {
    size: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    inode: (u64, u64, i64, i64),
}

impl Version {
    fn of(found: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        Version {
            size: found.len(),
            modified: found.modified().ok(),
            #[cfg(unix)]
            inode: (found.dev(), found.ino(), found.ctime(), found.ctime_nsec()),
        }
    }
}

/// Hears of each chunk; false ends the copy.
pub(crate) type OnChunk<'a> = dyn FnMut(usize) -> bool + 'a;

/// The path beneath a folder, if it is one.
pub(crate) fn beneath(path: &str, side: CopySide) -> Result<&Path, Fault> {
    let is_plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    let beneath = Path::new(path);
    let has_name = beneath.file_name().is_some();
    if has_name && !path.contains('\0') && beneath.components().all(is_plain) {
        Ok(beneath)
    } else {
        let reason =
            "is no path beneath the folder: name the file without `..`, and not from the root";
        Err(Fault::new(side, CopyErrorCode::InvalidPath, reason))
    }
}

/// Copies one file. The target is made by this, and is whole but perhaps not on disk when it
/// answers. `made` is called as soon as there is a target, so that it can be removed.
pub(crate) fn copy(
    source_folder: &Dir,
    target_folder: &Dir,
    paths: &FileCopy,
    buffer: &mut [u8],
    made: impl FnOnce(),
    on_chunk: &mut OnChunk<'_>,
) -> Result<(CopiedFile, File), Fault> {
    let source_path = beneath(&paths.source, CopySide::Source)?;
    let target_path = beneath(&paths.target, CopySide::Target)?;
    let source = open_path(source_folder, source_path)
        .map_err(|error| unopened(source_folder, source_path, &error))?;
    let before = source.metadata().map_err(|error| Fault::source(&error))?;
    if !before.is_file() {
        return Err(not_a_file(before.is_dir()));
    }
    let (target, is_clone) = clone::new_file(&source, target_folder, target_path)
        .map_err(|error| Fault::target(&error))?;
    made();
    let (size, sha256) = if is_clone {
        // The target's bytes: they are what has the digest, whatever becomes of the source.
        read(&target, buffer, on_chunk, CopySide::Target)?
    } else {
        reserve(&target, before.len()).map_err(|error| Fault::target(&error))?;
        read_and_write(&source, &target, buffer, on_chunk)?
    };
    must_be_unchanged(source_folder, source_path, &source, &before, size)?;
    keep_time(&target, &before);
    let copied = CopiedFile {
        size,
        sha256,
        is_clone,
    };
    Ok((copied, target))
}

/// Why a source cannot be opened. Windows opens no folder as a file, and says that it may not be
/// read.
fn unopened(folder: &Dir, path: &Path, error: &io::Error) -> Fault {
    match folder.metadata(path) {
        Ok(found) if found.is_dir() => not_a_file(true),
        _ => Fault::source(error),
    }
}

fn not_a_file(is_folder: bool) -> Fault {
    let reason = match is_folder {
        true => "is a folder",
        false => "is no regular file",
    };
    Fault::new(CopySide::Source, CopyErrorCode::NotAFile, reason)
}

/// Gives a copy the time at which its source was written. People sort and compare by it.
fn keep_time(target: &File, source: &Metadata) {
    if let Ok(modified) = source.modified() {
        // The copy is right also on a disk that keeps no times.
        let _ = target.set_modified(modified);
    }
}

/// Fails unless the target beneath this folder has this digest on disk.
pub(crate) fn verify(
    target: &Dir,
    path: &str,
    copied: &CopiedFile,
    buffer: &mut [u8],
    on_chunk: &mut OnChunk<'_>,
) -> Result<(), Fault> {
    let path = beneath(path, CopySide::Target)?;
    let file = open_path(target, path).map_err(|error| Fault::target(&error))?;
    forget(&file);
    let (size, sha256) = read(&file, buffer, on_chunk, CopySide::Target)?;
    if (size, sha256) == (copied.size, copied.sha256) {
        Ok(())
    } else {
        let reason = "does not read as it was written: look at its disk, and publish to another";
        Err(Fault::new(
            CopySide::Target,
            CopyErrorCode::NotVerified,
            reason,
        ))
    }
}

/// Opens what is at this path beneath a folder to read it, without waiting for what is no regular
/// file. No link leads out of the folder.
///
/// # Errors
/// There is nothing, or it cannot be opened.
pub fn open(folder: &Dir, path: &str) -> io::Result<File> {
    open_path(folder, Path::new(path))
}

pub(crate) fn open_path(folder: &Dir, path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        use rustix::fs::OFlags;
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        // The system takes them as an `int`.
        options.custom_flags(flags.bits().cast_signed());
    }
    Ok(folder.open_with(path, &options)?.into_std())
}

fn read(
    file: &File,
    buffer: &mut [u8],
    on_chunk: &mut OnChunk<'_>,
    side: CopySide,
) -> Result<(u64, [u8; 32]), Fault> {
    let (mut size, mut digest) = (0, Sha256::new());
    loop {
        let count = fill(file, buffer).map_err(|error| match side {
            CopySide::Source => Fault::source(&error),
            CopySide::Target => Fault::target(&error),
        })?;
        digest.update(&buffer[..count]);
        size += count as u64;
        if !on_chunk(count) {
            return Err(Fault::cancelled());
        }
        if count < buffer.len() {
            return Ok((size, digest.finalize().into()));
        }
    }
}

fn read_and_write(
    source: &File,
    mut target: &File,
    buffer: &mut [u8],
    on_chunk: &mut OnChunk<'_>,
) -> Result<(u64, [u8; 32]), Fault> {
    let (mut size, mut digest) = (0, Sha256::new());
    loop {
        let count = fill(source, buffer).map_err(|error| Fault::source(&error))?;
        let chunk = &buffer[..count];
        target
            .write_all(chunk)
            .map_err(|error| Fault::target(&error))?;
        digest.update(chunk);
        size += count as u64;
        if !on_chunk(count) {
            return Err(Fault::cancelled());
        }
        if count < buffer.len() {
            return Ok((size, digest.finalize().into()));
        }
    }
}

/// Reads until the buffer is full or the file ends.
fn fill(mut file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < buffer.len() {
        match file.read(&mut buffer[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

fn must_be_unchanged(
    folder: &Dir,
    path: &Path,
    source: &File,
    before: &Metadata,
    size: u64,
) -> Result<(), Fault> {
    let changed = || {
        let reason = "changed while it was copied: wait until it is written, then try again";
        Fault::new(CopySide::Source, CopyErrorCode::Changed, reason)
    };
    let before = Version::of(before);
    let after = source.metadata().map_err(|error| Fault::source(&error))?;
    if size != before.size || Version::of(&after) != before {
        return Err(changed());
    }
    // Another file may have taken its place: then its name no longer says what was copied.
    let named = open_path(folder, path).and_then(|file| file.metadata());
    match named {
        Ok(named) if Version::of(&named) == before => Ok(()),
        _ => Err(changed()),
    }
}

/// Takes the room on the disk, so that a full disk is told before anything is written.
#[cfg(target_os = "linux")]
fn reserve(target: &File, size: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;

    if size < CHUNK as u64 {
        return Ok(());
    }
    match fallocate(target, FallocateFlags::KEEP_SIZE, 0, size) {
        Err(error @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) => Err(error.into()),
        // Not every file system can.
        _ => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn reserve(_: &File, _: u64) -> io::Result<()> {
    Ok(())
}

/// Has the system read a file from its disk again, where it can be told to.
fn forget(file: &File) {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    {
        let advice = rustix::fs::Advice::DontNeed;
        // It is advice: where it is not taken, the copy in memory is compared.
        let _ = rustix::fs::fadvise(file, 0, None, advice);
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    let _ = file;
}
