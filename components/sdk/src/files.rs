//! Work on files that the runtime does for an adapter, faster than the sandbox can: copying several
//! at once, with their digests, and on disk when it is done; and looking at thousands in one call.

use std::io;

use crate::bindings::pyblish::endpoint::files;
use crate::{Failure, Result};

pub use files::{CopiedFile, CopyErrorCode, CopySide};

/// Files to copy from one granted folder to another, all of them or none.
///
/// ```no_run
/// # fn publish() -> pyblish_sdk::Result {
/// let copied = pyblish_sdk::Copying::new("/inbox", "/publish/hero/v001")
///     .file("hero.0001.exr", "hero.0001.exr")
///     .file("hero.0002.exr", "hero.0002.exr")
///     .progress(0.1, 0.9)
///     .run()?;
/// println!("{} bytes, SHA-256 {}", copied[0].size, copied[0].sha256);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Copying {
    source: String,
    target: String,
    files: Vec<files::FileCopy>,
    options: files::CopyOptions,
}

impl Copying {
    /// Copies between these folders: paths inside the sandbox. They must exist.
    pub fn new(source: impl Into<String>, target: impl Into<String>) -> Self {
        Copying {
            source: source.into(),
            target: target.into(),
            files: Vec::new(),
            options: files::CopyOptions {
                verify: false,
                progress: None,
            },
        }
    }

    /// Adds a file: its path beneath the source folder, and its new path beneath the target folder.
    /// The folder that the new file is in must exist, and the file must not.
    pub fn file(mut self, source: impl Into<String>, target: impl Into<String>) -> Self {
        self.files.push(files::FileCopy {
            source: source.into(),
            target: target.into(),
        });
        self
    }

    /// Reads each copy from its disk again, and compares.
    pub fn verify(mut self) -> Self {
        self.options.verify = true;
        self
    }

    /// Reports progress meanwhile, from the one fraction of the call to the other.
    pub fn progress(mut self, begin: f64, end: f64) -> Self {
        self.options.progress = Some(files::ProgressRange { begin, end });
        self
    }

    /// Copies, and waits until everything is on disk. What it answers is in the order of the files.
    ///
    /// # Errors
    /// A file cannot be copied, or the user cancelled. No copy is left.
    pub fn run(self) -> Result<Vec<CopiedFile>, CopyError> {
        side::run(self)
    }
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStat {
    pub kind: FileKind,
    /// In bytes.
    pub size: u64,
}

/// The kind of what a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    File,
    Folder,
    /// A pipe, a socket, a device: opening one could block forever.
    Special,
}

/// Looks at these paths beneath a folder, a path inside the sandbox, in one call of the runtime.
/// Links are followed as long as they stay in the granted folder. The answers are in the order of
/// the paths; the errors are those that [`std::fs::metadata`] gives.
pub fn stat(folder: &str, paths: &[&str]) -> Vec<io::Result<FileStat>> {
    side::stat(folder, paths)
}

/// A lock on a file. It is released when this is dropped, and when its process ends, however that
/// ends.
#[derive(Debug)]
pub struct FileLock {
    _held: side::Held,
}

/// Locks a file beneath a folder, a path inside the sandbox. The file is made if it is not there.
/// None: somebody else holds the lock, in another session or another process of this machine.
///
/// # Errors
/// The file cannot be opened for writing, or the file system has no locks.
pub fn lock(folder: &str, path: &str) -> io::Result<Option<FileLock>> {
    Ok(side::lock(folder, path)?.map(|held| FileLock { _held: held }))
}

/// Why nothing was copied.
#[derive(Debug, Clone)]
pub struct CopyError {
    /// What is wrong, for programs.
    pub code: CopyErrorCode,
    /// Which of the two files.
    pub side: CopySide,
    /// The path of that file, as it was given.
    pub path: String,
    /// What is wrong, as a clause that follows the path.
    pub reason: String,
}

impl std::fmt::Display for CopyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.path, self.reason)
    }
}

impl From<CopyError> for Failure {
    #[track_caller]
    fn from(error: CopyError) -> Self {
        if error.code == CopyErrorCode::Cancelled {
            Failure::cancelled()
        } else {
            Failure::new(error.to_string()).title("Not copied")
        }
    }
}

#[cfg(target_arch = "wasm32")]
use sandboxed as side;

fn failed(copying: &Copying, error: files::CopyError) -> CopyError {
    let (folder, file) = match error.side {
        CopySide::Source => (&copying.source, error.index),
        CopySide::Target => (&copying.target, error.index),
    };
    let file = copying.files.get(file as usize);
    let path = file.map(|file| match error.side {
        CopySide::Source => format!("{folder}/{}", file.source),
        CopySide::Target => format!("{folder}/{}", file.target),
    });
    CopyError {
        code: error.code,
        side: error.side,
        path: path.unwrap_or_else(|| folder.clone()),
        reason: error.reason,
    }
}

#[cfg(target_arch = "wasm32")]
pub(crate) mod sandboxed {
    use std::io::ErrorKind;

    use super::*;
    use crate::bindings::wasi::filesystem::preopens;
    use crate::bindings::wasi::filesystem::types::{
        Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, OpenFlags,
        PathFlags,
    };
    use crate::call::sandboxed;

    pub(super) fn run(copying: Copying) -> Result<Vec<CopiedFile>, CopyError> {
        let source = open_side(&copying, CopySide::Source, DescriptorFlags::READ)?;
        let writable = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
        let target = open_side(&copying, CopySide::Target, writable)?;
        let copied = sandboxed::with_handle(|call| {
            files::copy(call, &source, &target, &copying.files, copying.options)
        });
        let outside = || files::CopyError {
            code: CopyErrorCode::Io,
            index: 0,
            side: CopySide::Source,
            reason: "can only be copied during a call".into(),
        };
        let copied = copied.unwrap_or_else(|| Err(outside()));
        copied.map_err(|error| failed(&copying, error))
    }

    pub(super) fn stat(folder: &str, paths: &[&str]) -> Vec<io::Result<FileStat>> {
        let opened = match open(folder, DescriptorFlags::READ) {
            Ok(opened) => opened,
            Err(code) => return paths.iter().map(|_| Err(error(code))).collect(),
        };
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let found = files::stat(&opened, &paths).into_iter();
        found
            .map(|found| found.map(file_stat).map_err(error))
            .collect()
    }

    pub(crate) use files::FileLock as Held;

    pub(super) fn lock(folder: &str, path: &str) -> io::Result<Option<Held>> {
        let writable = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
        let opened = open(folder, writable).map_err(error)?;
        files::lock(&opened, path).map_err(error)
    }

    fn file_stat(found: DescriptorStat) -> FileStat {
        FileStat {
            kind: match found.type_ {
                DescriptorType::RegularFile => FileKind::File,
                DescriptorType::Directory => FileKind::Folder,
                _ => FileKind::Special,
            },
            size: found.size,
        }
    }

    /// Opens one of the folders of a copy.
    fn open_side(
        copying: &Copying,
        side: CopySide,
        flags: DescriptorFlags,
    ) -> Result<Descriptor, CopyError> {
        let path = match side {
            CopySide::Source => &copying.source,
            CopySide::Target => &copying.target,
        };
        open(path, flags).map_err(|why| CopyError {
            code: match why {
                ErrorCode::Access | ErrorCode::NotPermitted => CopyErrorCode::NotPermitted,
                ErrorCode::NoEntry => CopyErrorCode::NotFound,
                ErrorCode::NotDirectory => CopyErrorCode::NotAFile,
                ErrorCode::ReadOnly => CopyErrorCode::ReadOnly,
                _ => CopyErrorCode::Io,
            },
            side,
            path: path.clone(),
            reason: match why {
                ErrorCode::NotPermitted => "is in no folder that was granted".into(),
                why => format!("cannot be opened ({})", why.name()),
            },
        })
    }

    /// Opens a folder beneath the grant that it is in; not permitted where it is in none.
    pub(crate) fn open(path: &str, flags: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
        for (folder, name) in preopens::get_directories() {
            let Some(rest) = path.strip_prefix(&name) else {
                continue;
            };
            let rest = match rest.strip_prefix('/') {
                Some(rest) => rest,
                None if rest.is_empty() => rest,
                None => continue,
            };
            let rest = if rest.is_empty() { "." } else { rest };
            return folder.open_at(PathFlags::SYMLINK_FOLLOW, rest, OpenFlags::DIRECTORY, flags);
        }
        Err(ErrorCode::NotPermitted)
    }

    /// The corresponding error of std, with WASI's message.
    fn error(code: ErrorCode) -> io::Error {
        let kind = match code {
            ErrorCode::Access | ErrorCode::NotPermitted => ErrorKind::PermissionDenied,
            ErrorCode::NoEntry => ErrorKind::NotFound,
            ErrorCode::NotDirectory => ErrorKind::NotADirectory,
            ErrorCode::NameTooLong => ErrorKind::InvalidFilename,
            _ => ErrorKind::Other,
        };
        io::Error::new(kind, code.message())
    }
}

/// Outside the sandbox, in an adapter's own tests: the same by std, one file after the other.
#[cfg(not(target_arch = "wasm32"))]
mod side {
    use super::*;
    use sha2::{Digest, Sha256};

    pub(super) fn stat(folder: &str, paths: &[&str]) -> Vec<io::Result<FileStat>> {
        let found = paths.iter().map(|path| {
            let found = std::fs::metadata(format!("{folder}/{path}"))?;
            Ok(FileStat {
                kind: match found.file_type() {
                    kind if kind.is_file() => FileKind::File,
                    kind if kind.is_dir() => FileKind::Folder,
                    _ => FileKind::Special,
                },
                size: found.len(),
            })
        });
        found.collect()
    }

    pub(crate) type Held = std::fs::File;

    pub(super) fn lock(folder: &str, path: &str) -> io::Result<Option<Held>> {
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(true).create(true);
        let file = options.open(format!("{folder}/{path}"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }

    pub(super) fn run(copying: Copying) -> Result<Vec<CopiedFile>, CopyError> {
        let mut made: Vec<String> = Vec::new();
        let mut copied = Vec::new();
        for (index, file) in copying.files.iter().enumerate() {
            let source = format!("{}/{}", copying.source, file.source);
            let target = format!("{}/{}", copying.target, file.target);
            match copy(&source, &target, &mut made) {
                Ok(one) => {
                    copied.push(one);
                    if let Some(range) = copying.options.progress {
                        let done = copied.len() as f64 / copying.files.len() as f64;
                        let fraction = range.begin + (range.end - range.begin) * done;
                        crate::progress(fraction, &format!("Copied {}", file.source));
                    }
                }
                Err((side, error)) => {
                    for path in made {
                        let _ = std::fs::remove_file(path);
                    }
                    let error = files::CopyError {
                        code: code(side, &error),
                        // A test has fewer files.
                        index: index as u32,
                        side,
                        reason: format!("cannot be copied ({error})"),
                    };
                    return Err(failed(&copying, error));
                }
            }
        }
        Ok(copied)
    }

    fn copy(
        source: &str,
        target: &str,
        made: &mut Vec<String>,
    ) -> Result<CopiedFile, (CopySide, std::io::Error)> {
        use std::io::Write;
        if crate::cancelled() {
            let error = std::io::ErrorKind::Interrupted.into();
            return Err((CopySide::Source, error));
        }
        let bytes = std::fs::read(source).map_err(|error| (CopySide::Source, error))?;
        let created = std::fs::File::create_new(target);
        let mut file = created.map_err(|error| (CopySide::Target, error))?;
        made.push(target.to_owned());
        let written = file.write_all(&bytes);
        written.map_err(|error| (CopySide::Target, error))?;
        Ok(CopiedFile {
            size: bytes.len() as u64,
            sha256: format!("{:x}", Sha256::digest(&bytes)),
        })
    }

    fn code(side: CopySide, error: &std::io::Error) -> CopyErrorCode {
        match (error.kind(), side) {
            (std::io::ErrorKind::Interrupted, _) => CopyErrorCode::Cancelled,
            (std::io::ErrorKind::NotFound, _) => CopyErrorCode::NotFound,
            (std::io::ErrorKind::AlreadyExists, _) => CopyErrorCode::AlreadyExists,
            (std::io::ErrorKind::PermissionDenied, _) => CopyErrorCode::NotPermitted,
            (std::io::ErrorKind::StorageFull, _) => CopyErrorCode::NoSpace,
            (std::io::ErrorKind::IsADirectory, _) => CopyErrorCode::NotAFile,
            _ => CopyErrorCode::Io,
        }
    }
}
