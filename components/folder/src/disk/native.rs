//! Outside the sandbox, for tests: std has all that is needed.

use std::fs::{self, File};
use std::io::{self, Write};

use super::{Entry, Kind, Unusable};

/// The names of a folder, in no order.
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

/// A new file that is written from its start to its end.
pub struct Sink(File);

impl Sink {
    /// Fails if there is something at `path`.
    pub fn create(path: &str) -> io::Result<Self> {
        File::create_new(path).map(Sink)
    }

    /// Waits until what was written is on the disk.
    pub fn sync(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
