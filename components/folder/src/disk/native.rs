//! Outside of the sandbox, for tests: std is sufficient.

use std::fs::{self, File};
use std::io::{self, Write};

use super::{Entry, Kind, Unusable};

/// The entries of a folder, in any order.
pub fn list(folder: &str) -> io::Result<Vec<Result<Entry, Unusable>>> {
    let entries = fs::read_dir(folder)?;
    Ok(entries.map(|entry| read(entry.map_err(unknown)?)).collect())
}

fn read(entry: fs::DirEntry) -> Result<Entry, Unusable> {
    let kind = entry.file_type().map_err(unknown)?;
    let name = entry.file_name().into_string();
    Ok(Entry {
        name: name.map_err(|name| Unusable::NotText(Some(name.to_string_lossy().into())))?,
        kind: match kind {
            kind if kind.is_file() => Kind::File,
            kind if kind.is_symlink() => Kind::Link,
            kind if kind.is_dir() => Kind::Folder,
            _ => Kind::Special,
        },
    })
}

fn unknown(error: io::Error) -> Unusable {
    Unusable::Unknown(error.to_string())
}

/// Writes a new file, and waits until it is on the disk. Fails if `path` exists.
pub fn write_new(path: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
