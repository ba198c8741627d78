//! Inside the sandbox: WASI's own calls, whose errors say more than std passes on.

use std::io::{self, ErrorKind, Write};

use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags,
};

use super::{Entry, Kind, Unusable};

/// After so many errors a listing ends: a runtime that repeats one must not hold us for ever.
const MOST_ERRORS: usize = 10_000;

/// The names of a folder, in no order.
pub fn list(folder: &str) -> io::Result<Vec<Result<Entry, Unusable>>> {
    let folder = open(folder, OpenFlags::DIRECTORY, DescriptorFlags::READ)?;
    let stream = folder.read_directory().map_err(error)?;
    let (mut entries, mut errors) = (Vec::new(), 0);
    loop {
        entries.push(match stream.read_directory_entry() {
            Ok(None) => return Ok(entries),
            Ok(Some(entry)) => Ok(Entry {
                name: entry.name,
                kind: match entry.type_ {
                    DescriptorType::RegularFile => Kind::File,
                    DescriptorType::SymbolicLink => Kind::Link,
                    DescriptorType::Directory => Kind::Folder,
                    _ => Kind::Special,
                },
            }),
            Err(code) => {
                errors += 1;
                if errors > MOST_ERRORS {
                    return Err(error(code));
                }
                Err(match code {
                    ErrorCode::IllegalByteSequence => Unusable::NotText(None),
                    code => Unusable::Unknown(code.message().into()),
                })
            }
        });
    }
}

/// A new file that is written from its start to its end.
pub struct Sink {
    file: Descriptor,
    /// How many bytes were written.
    written: u64,
}

impl Sink {
    /// Fails if there is something at `path`.
    pub fn create(path: &str) -> io::Result<Self> {
        let flags = OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
        let file = open(path, flags, DescriptorFlags::WRITE)?;
        Ok(Sink { file, written: 0 })
    }

    /// Waits until what was written is on the disk.
    pub fn sync(&mut self) -> io::Result<()> {
        self.file.sync().map_err(error)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes, self.written).map_err(error)?;
        self.written += written;
        // At most the length of `bytes`, which is a usize.
        Ok(written as usize)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens what is at a whole path, through the granted folder that it lies in.
fn open(path: &str, how: OpenFlags, access: DescriptorFlags) -> io::Result<Descriptor> {
    let mut nearest: Option<(Descriptor, String, usize)> = None;
    for (folder, granted) in get_directories() {
        let top = granted.trim_end_matches('/');
        let Some(rest) = path.strip_prefix(top) else {
            continue;
        };
        let inside = rest.is_empty() || rest.starts_with('/');
        if inside
            && nearest
                .as_ref()
                .is_none_or(|(_, _, length)| *length < top.len())
        {
            nearest = Some((folder, rest.trim_start_matches('/').to_owned(), top.len()));
        }
    }
    let (folder, rest, _) = nearest.ok_or(ErrorKind::NotFound)?;
    let rest = if rest.is_empty() { "." } else { &rest };
    folder
        .open_at(PathFlags::SYMLINK_FOLLOW, rest, how, access)
        .map_err(error)
}

/// The error of std's that means the same, with WASI's words.
fn error(code: ErrorCode) -> io::Error {
    let kind = match code {
        ErrorCode::Access | ErrorCode::NotPermitted => ErrorKind::PermissionDenied,
        ErrorCode::Exist => ErrorKind::AlreadyExists,
        ErrorCode::InsufficientSpace => ErrorKind::StorageFull,
        ErrorCode::NameTooLong => ErrorKind::InvalidFilename,
        ErrorCode::NoEntry => ErrorKind::NotFound,
        ErrorCode::NotDirectory => ErrorKind::NotADirectory,
        ErrorCode::Quota => ErrorKind::QuotaExceeded,
        ErrorCode::ReadOnly => ErrorKind::ReadOnlyFilesystem,
        _ => ErrorKind::Other,
    };
    io::Error::new(kind, code.message())
}
