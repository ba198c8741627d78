//! Inside the sandbox: direct calls of WASI, whose errors are more precise than those of std.

use std::io::{self, ErrorKind};

use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags,
};

use super::{Entry, Kind, Unusable};

/// A listing ends after this many errors: a runtime that repeats an error must not block us
/// forever.
const MOST_ERRORS: usize = 10_000;

/// The entries of a folder, in any order.
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

/// Writes a new file, and waits until it is on the disk. Fails if `path` exists.
pub fn write_new(path: &str, bytes: &[u8]) -> io::Result<()> {
    let flags = OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
    let file = open(path, flags, DescriptorFlags::WRITE)?;
    let mut written = 0;
    while written < bytes.len() {
        let count = file
            .write(&bytes[written..], written as u64)
            .map_err(error)?;
        if count == 0 {
            return Err(ErrorKind::WriteZero.into());
        }
        // At most what is left, which is a usize.
        written += count as usize;
    }
    file.sync().map_err(error)
}

/// Opens a full path, through the granted folder that contains it.
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

/// The corresponding error of std, with WASI's message.
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
