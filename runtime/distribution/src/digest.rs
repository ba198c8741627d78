//! SHA-256 of a file, as OCI writes it: `sha256:` and 64 hexadecimal digits.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What stands before the digits.
const ALGORITHM: &str = "sha256:";

/// How many digits there are.
const DIGITS: usize = 64;

/// SHA-256 of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest {
    hex: String,
}

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Digest {
            hex: format!("{:x}", Sha256::digest(bytes)),
        }
    }

    /// The digest with these digits.
    ///
    /// # Errors
    /// They are none of a digest.
    pub fn from_hex(hex: &str) -> Result<Self, String> {
        format!("{ALGORITHM}{hex}").parse()
    }

    /// The digits alone.
    pub fn hex(&self) -> &str {
        &self.hex
    }
}

impl Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ALGORITHM}{}", self.hex)
    }
}

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_digit = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
        match text.strip_prefix(ALGORITHM) {
            Some(hex) if hex.len() == DIGITS && hex.bytes().all(is_digit) => {
                Ok(Digest { hex: hex.into() })
            }
            _ => Err(format!(
                "{text:?} is no digest; write sha256: and 64 digits of 0-9 and a-f"
            )),
        }
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_is_written_as_oci_does() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), empty);
        assert_eq!(empty.parse(), Ok(Digest::of(b"")));
        let too_short = &empty[..empty.len() - 1];
        let too_long = format!("{empty}0");
        for wrong in [too_short, &too_long, &empty.to_uppercase(), &empty[7..], ""] {
            assert!(wrong.parse::<Digest>().is_err(), "{wrong}");
        }
    }
}
