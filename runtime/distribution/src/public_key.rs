//! A key whose signatures can count: one of minisign, or one of cosign.

use std::fmt::{self, Display};

use super::{CosignKey, KeyId, VerifyingKey};

/// A key whose signatures can count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// One of minisign, whose signatures are checked here.
    Minisign(VerifyingKey),
    /// One of cosign, whose signatures its own program checks.
    Cosign(CosignKey),
}

impl PublicKey {
    /// Its id.
    pub fn id(&self) -> &KeyId {
        match self {
            PublicKey::Minisign(key) => key.id(),
            PublicKey::Cosign(key) => key.id(),
        }
    }

    /// The program that signs with it.
    pub fn program(&self) -> &'static str {
        match self {
            PublicKey::Minisign(_) => "minisign",
            PublicKey::Cosign(_) => "cosign",
        }
    }
}

impl Display for PublicKey {
    /// As text that differs where the key does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PublicKey::Minisign(key) => key.fmt(f),
            PublicKey::Cosign(key) => write!(f, "cosign {}", key.id()),
        }
    }
}
