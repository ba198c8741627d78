use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use crate::user::private;

/// Hexadecimal digits.
const LENGTH: usize = 64;

/// The secret in this file, which is made where there is none. Of several makers one wins, and nobody sees half
/// of it.
pub(super) fn read_or_make(path: &Path) -> io::Result<String> {
    match private::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path)?,
        read => return checked(&read?),
    }
    checked(&private::read(path)?)
}

fn make(path: &Path) -> io::Result<()> {
    private::secure_folder(path.parent().unwrap_or(path))?;
    let mut bytes = [0; LENGTH / 2];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let mut digits = String::new();
    for byte in bytes {
        // Writing to a text does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = private::new_file(&beside).and_then(|mut file| file.write_all(digits.as_bytes()));
    // Unlike a renaming, a link does not replace what somebody else made meanwhile.
    let made = written.and_then(|()| fs::hard_link(&beside, path));
    // What cannot be removed is in nobody's way but the next attempt's of this very process.
    let _ = fs::remove_file(&beside);
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn checked(text: &str) -> io::Result<String> {
    let digits = text.trim();
    let plain = digits.chars().all(|c| c.is_ascii_hexdigit());
    match digits.len() == LENGTH && plain {
        true => Ok(digits.into()),
        false => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it must hold {LENGTH} hexadecimal digits"),
        )),
    }
}
