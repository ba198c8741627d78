//! Sharing the blocks of a file, where the file system can: btrfs, xfs, APFS, and some file
//! servers. Such a copy takes no time and no room, and neither file changes with the other.

use std::fs::File;
use std::io;
use std::path::Path;

use cap_std::fs::{Dir, OpenOptions};

/// Makes a new file beneath this folder that shares the blocks of `source`, or an empty one where
/// the file system cannot share. Answers the file, and whether it shares.
///
/// # Errors
/// The file exists, or cannot be made.
#[cfg(target_os = "linux")]
pub(crate) fn new_file(source: &File, folder: &Dir, path: &Path) -> io::Result<(File, bool)> {
    let target = empty_file(folder, path)?;
    let is_shared = rustix::fs::ioctl_ficlone(&target, source).is_ok();
    Ok((target, is_shared))
}

/// The same. The system makes the file itself here, beneath a folder that is open.
#[cfg(target_vendor = "apple")]
pub(crate) fn new_file(source: &File, folder: &Dir, path: &Path) -> io::Result<(File, bool)> {
    use rustix::fs::{CloneFlags, fclonefileat};

    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => folder.open_dir(parent)?,
        _ => folder.try_clone()?,
    };
    match fclonefileat(source, &parent, name, CloneFlags::NOFOLLOW) {
        Ok(()) => {
            let mut options = OpenOptions::new();
            let file = parent.open_with(name, options.read(true).write(true))?;
            Ok((file.into_std(), true))
        }
        Err(rustix::io::Errno::EXIST) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => Ok((empty_file(folder, path)?, false)),
    }
}

/// The same. On Windows few disks can share blocks, and each has to be asked for every piece of a
/// file: the bytes are copied there.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
pub(crate) fn new_file(_: &File, folder: &Dir, path: &Path) -> io::Result<(File, bool)> {
    Ok((empty_file(folder, path)?, false))
}

fn empty_file(folder: &Dir, path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    Ok(folder.open_with(path, &options)?.into_std())
}
