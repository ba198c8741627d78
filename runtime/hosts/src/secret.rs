use std::fmt::{self, Write as _};
use std::io;
use std::path::Path;

use hmac::Hmac;
use hmac::digest::KeyInit;
use pyblish_platform::private;
use pyblish_platform::trusted::{FileError, FileReason, Trust, TrustedFolder};
use sha2::Sha256;

/// Hexadecimal digits.
const LENGTH: usize = 64;

/// Bytes that the file may have: the digits, and room for what an editor adds.
const LARGEST: u64 = 1024;

/// What the bridges and the runtimes of this user know, and nobody else.
#[derive(PartialEq)]
pub(super) struct Secret([u8; LENGTH / 2]);

impl fmt::Debug for Secret {
    /// Never shows the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// The secret that these digits stand for, if they are one.
    pub(super) fn of(digits: &str) -> Option<Secret> {
        Some(Secret(unhex(digits)?.try_into().ok()?))
    }

    /// The key of the proofs.
    pub(super) fn key(&self) -> Hmac<Sha256> {
        // A block is longer than the secret, so the key is the secret and zeros (RFC 2104).
        let mut block = [0; 64];
        block[..self.0.len()].copy_from_slice(&self.0);
        Hmac::new(&block.into())
    }
}

/// The secret in this file. It is made if there is none. If several processes make it at once, one
/// wins, and none reads half of it.
pub(super) fn read_or_make(path: &Path) -> Result<Secret, FileError> {
    match read(path) {
        Err(error) if error.is_missing() => {
            make(path).map_err(|error| failed(path, error))?;
            read(path)
        }
        read => read,
    }
}

/// Whether [`read_or_make`] would succeed. Nothing is changed.
pub(super) fn look(path: &Path) -> Result<(), FileError> {
    match read(path) {
        Err(error) if error.is_missing() => Ok(()),
        read => read.map(drop),
    }
}

fn failed(path: &Path, error: io::Error) -> FileError {
    FileError {
        path: path.into(),
        reason: FileReason::Io(error),
    }
}

fn read(path: &Path) -> Result<Secret, FileError> {
    let folder = TrustedFolder::open(path.parent().unwrap_or(path), Trust::Private)?;
    let name = Path::new(path.file_name().unwrap_or_default());
    let text = folder.read_text(name, Trust::Private, LARGEST)?;
    checked(&text).map_err(|error| failed(path, error))
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
    match private::create(path, digits) {
        // Somebody else made it meanwhile; theirs counts.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

fn checked(text: &str) -> io::Result<Secret> {
    Secret::of(text.trim()).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it must hold {LENGTH} hexadecimal digits"),
        )
    })
}

/// The bytes that these hexadecimal digits stand for, if they are such.
pub(super) fn unhex(digits: &str) -> Option<Vec<u8>> {
    let byte = |pair: &[u8]| match pair {
        // A sign would pass for a digit.
        [high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
        }
        _ => None,
    };
    digits.as_bytes().chunks(2).map(byte).collect()
}
