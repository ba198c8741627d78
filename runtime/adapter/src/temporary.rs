//! The temporary folder of a session, and how much an adapter may keep in it.
//!
//! An adapter that asks for the writable, optional folder `/tmp` gets a private one if the user
//! grants none. It begins empty with the session, and ends with it. It is neither granted nor told
//! as a folder of the user: it is like memory, only that it is on disk.
//!
//! What is written there is counted at least as large as it is. When that comes to the limit, the
//! folder is measured, so what was removed meanwhile can be used again. A file that was removed
//! while it is open still counts. What is on its way to the disk meanwhile may not: a few pages.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use cap_std::fs::{Dir, Metadata};
use pyblish_platform::location::FolderLocation;
use pyblish_platform::temporary::TemporaryFolder;
use wasmtime_wasi::filesystem::File;
use wasmtime_wasi::p2::{DynOutputStream, OutputStream, Pollable, StreamError, StreamResult};
use wasmtime_wasi::{FsPerms, OpenMode};

/// Its path inside the sandbox.
pub(crate) const GUEST: &str = "/tmp";

/// What the smallest file, folder or write counts as, in bytes: a block of a usual disk.
pub(crate) const BLOCK: u64 = 4096;

/// The private folder of a session, open.
#[derive(Debug)]
pub(crate) struct SessionTemporary {
    /// Declared first: on Windows an open folder cannot be removed.
    dir: Dir,
    folder: TemporaryFolder,
}

impl SessionTemporary {
    pub(super) fn create() -> io::Result<Self> {
        let folder = TemporaryFolder::create()?;
        let dir = Dir::open_ambient_dir(folder.path(), cap_std::ambient_authority())?;
        Ok(SessionTemporary { dir, folder })
    }

    pub(super) fn location(&self) -> io::Result<FolderLocation> {
        FolderLocation::of(&self.dir, &self.folder.path())
    }

    /// The folder as wasmtime hands it to an adapter.
    pub(super) fn preopened(&self) -> io::Result<wasmtime_wasi::filesystem::Dir> {
        Ok(wasmtime_wasi::filesystem::Dir::new(
            self.dir.try_clone()?.into_std_file(),
            FsPerms::ReadWrite,
            OpenMode::READ | OpenMode::WRITE,
            false,
        ))
    }
}

/// What a running adapter has of its temporary folder.
pub(crate) struct Temporary {
    /// Held until the adapter has ended.
    _folder: Arc<SessionTemporary>,
    room: Arc<Room>,
    /// The descriptors of the folder, and of what is in it, by their numbers.
    inside: HashSet<u32>,
}

impl Temporary {
    pub(super) fn new(folder: Arc<SessionTemporary>, limit: u64) -> io::Result<Self> {
        let room = Arc::new(Room {
            dir: folder.dir.try_clone()?,
            limit,
            left: Mutex::new(0),
            open: Mutex::default(),
            is_met: AtomicBool::new(false),
        });
        Ok(Temporary {
            _folder: folder,
            room,
            inside: HashSet::new(),
        })
    }

    /// A descriptor was handed out. Numbers are used again, so each must be told.
    pub(crate) fn handed(&mut self, descriptor: u32, is_inside: bool) {
        match is_inside {
            true => self.inside.insert(descriptor),
            false => self.inside.remove(&descriptor),
        };
    }

    pub(crate) fn is_inside(&self, descriptor: u32) -> bool {
        self.inside.contains(&descriptor)
    }

    /// The bytes that may be there, and those that may still be written.
    pub(crate) fn space(&self) -> (u64, u64) {
        let limit = self.room.limit;
        (limit, limit.saturating_sub(self.room.occupied()))
    }

    /// Takes so much, if it may still be written.
    pub(crate) fn take(&self, bytes: u64) -> bool {
        self.room.take(bytes)
    }

    /// An open file, which may be removed before it is closed.
    pub(crate) fn opened(&self, file: &File) {
        self.room.opened(file);
    }

    /// A stream that counts what goes through it.
    pub(crate) fn counted(&self, stream: DynOutputStream) -> DynOutputStream {
        let room = self.room.clone();
        Box::new(Counted { stream, room })
    }

    /// Whether the limit was met since this was asked last.
    pub(crate) fn was_met(&self) -> bool {
        self.room.is_met.swap(false, Ordering::Relaxed)
    }
}

/// How much may still be written.
struct Room {
    dir: Dir,
    limit: u64,
    /// Bytes that may be written before the folder is measured again.
    left: Mutex<u64>,
    /// Files that were opened, which may have been removed.
    open: Mutex<Vec<Weak<std::fs::File>>>,
    is_met: AtomicBool,
}

impl Room {
    /// Takes as much, if there is room.
    fn take(&self, bytes: u64) -> bool {
        let bytes = bytes.max(BLOCK);
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes > *left {
            *left = self.limit.saturating_sub(self.occupied());
        }
        let Some(rest) = left.checked_sub(bytes) else {
            self.is_met.store(true, Ordering::Relaxed);
            return false;
        };
        *left = rest;
        true
    }

    /// Remembers an open file.
    fn opened(&self, file: &File) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|file| file.strong_count() > 0);
        open.push(Arc::downgrade(&file.file));
    }

    /// Bytes on disk. A folder that cannot be measured counts as full.
    fn occupied(&self) -> u64 {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let removed = open.iter().filter_map(Weak::upgrade);
        let removed: u64 = removed.map(|file| removed_size(&file)).sum();
        removed.saturating_add(measured(&self.dir).unwrap_or(u64::MAX))
    }
}

/// All files of a folder, and of the folders in it.
fn measured(dir: &Dir) -> io::Result<u64> {
    let (mut sum, mut folders) = (0_u64, vec![PathBuf::from(".")]);
    while let Some(folder) = folders.pop() {
        for entry in dir.read_dir(&folder)? {
            let entry = entry?;
            let known = match entry.metadata() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                known => known?,
            };
            sum = sum.saturating_add(size(&known).max(BLOCK));
            if known.is_dir() {
                folders.push(folder.join(Path::new(&entry.file_name())));
            }
        }
    }
    Ok(sum)
}

#[cfg(unix)]
fn size(known: &Metadata) -> u64 {
    cap_std::fs::MetadataExt::blocks(known).saturating_mul(512)
}

#[cfg(not(unix))]
fn size(known: &Metadata) -> u64 {
    known.len()
}

/// The size of an open file that is in no folder any more.
#[cfg(unix)]
fn removed_size(file: &std::fs::File) -> u64 {
    use std::os::unix::fs::MetadataExt;
    match file.metadata() {
        Ok(known) if known.nlink() == 0 => known.blocks().saturating_mul(512).max(BLOCK),
        _ => 0,
    }
}

/// Windows removes a file when it is closed; until then it is in its folder.
#[cfg(not(unix))]
fn removed_size(_: &std::fs::File) -> u64 {
    0
}

/// What a program gets that writes too much.
fn full() -> StreamError {
    #[cfg(unix)]
    let error = io::Error::from(rustix::io::Errno::NOSPC);
    #[cfg(not(unix))]
    let error = io::Error::from_raw_os_error(112); // ERROR_DISK_FULL
    StreamError::LastOperationFailed(error.into())
}

/// A stream into a temporary file.
struct Counted {
    stream: DynOutputStream,
    room: Arc<Room>,
}

#[wasmtime_wasi::async_trait]
impl Pollable for Counted {
    async fn ready(&mut self) {
        self.stream.ready().await;
    }
}

#[wasmtime_wasi::async_trait]
impl OutputStream for Counted {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        match self.room.take(bytes.len() as u64) {
            true => self.stream.write(bytes),
            false => Err(full()),
        }
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.stream.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.stream.check_write()
    }

    async fn cancel(&mut self) {
        self.stream.cancel().await;
    }
}

#[cfg(test)]
mod tests;
