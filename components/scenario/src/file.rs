//! Reads a scenario file. It is somebody's hand-written text, so each way in which it can be wrong is an
//! error of its own, and no more of it is read than a scenario can have.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use pyblish_sdk::{Failure, Result, fail};

/// Bytes. A plug-in is a few hundred bytes; this is room for tens of thousands of them.
pub const LIMIT: u64 = 16 * 1024 * 1024;

pub(crate) fn read(path: &Path) -> Result<String> {
    let unreadable = |error: std::io::Error| {
        Failure::new(format!(
            "cannot read the scenario {}: {error}. Check the setting `file`, and that the folder is \
             granted: --dir FOLDER=/scenario:ro",
            path.display(),
        ))
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    // One byte more tells a file that is too large from one that just fits.
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
