//! The id of a key, which tells keys apart: a random number, or a part of its digest.

use std::fmt::{self, Display};
use std::str::FromStr;

use minisign::SignatureBox;
use serde::{Deserialize, Serialize};

use super::Digest;

/// How many digits an id has.
const DIGITS: usize = 16;

/// The id of a key, as minisign prints it: 16 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

impl KeyId {
    /// minisign keeps it with the last byte first.
    pub(crate) fn of(number: &[u8]) -> Self {
        KeyId(number.iter().rev().map(|it| format!("{it:02X}")).collect())
    }

    /// The id of a key that has none of its own: the first digits of its digest.
    pub(crate) fn of_digest(digest: &Digest) -> Self {
        KeyId(digest.hex()[..DIGITS].to_ascii_uppercase())
    }

    /// The key that made this signature, by what the signature says.
    pub(crate) fn of_signature(signature: &str) -> Option<Self> {
        let parsed = SignatureBox::from_string(signature).ok()?;
        Some(KeyId::of(parsed.keynum()))
    }
}

impl Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for KeyId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let upper = text.to_ascii_uppercase();
        match upper.len() == DIGITS && upper.bytes().all(|it| it.is_ascii_hexdigit()) {
            true => Ok(KeyId(upper)),
            false => Err(format!(
                "{text:?} is no id of a key; write its 16 digits, as `pyblish-endpoint adapters \
                 keys list` shows them"
            )),
        }
    }
}

impl TryFrom<String> for KeyId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> String {
        id.0
    }
}
