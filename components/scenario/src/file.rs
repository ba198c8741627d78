//! Reads a scenario file. It is written by hand, so each kind of mistake has its own error. Its
//! size is limited.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use pyblish_sdk::{Failure, Result, fail};

/// The largest file, in bytes. A plug-in takes a few hundred bytes, so this is enough for tens of
/// thousands.
pub const LIMIT: u64 = 16 * 1024 * 1024;

pub(crate) fn read(path: &Path) -> Result<String> {
    let unreadable = |error: std::io::Error| {
        Failure::new(format!(
            "cannot read the scenario {}: {error}. Check the setting `file`, and that the folder \
             is granted: --dir FOLDER=/scenario:ro",
            path.display(),
        ))
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    // One extra byte distinguishes a file that is too large from one that just fits.
    let mut file = file.take(LIMIT + 1);
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LIMIT {
        fail!(
            "the scenario {} is too large: it may have {} MiB",
            path.display(),
            LIMIT / (1024 * 1024),
        );
    }
    String::from_utf8(bytes).map_err(|error| {
        Failure::new(format!(
            "the scenario {} is not UTF-8 text: byte {} is wrong; save it as UTF-8",
            path.display(),
            error.utf8_error().valid_up_to() + 1,
        ))
    })
}
