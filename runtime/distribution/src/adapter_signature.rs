//! What shows who signed an adapter.

use serde::{Deserialize, Serialize};

use super::KeyId;

/// What shows who signed an adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdapterSignature {
    /// The content of a `.minisig` file. It is checked again whenever the lock or the keys changed.
    Minisign(String),
    /// The program cosign has checked it in its registry. It is not asked again: registries are not
    /// there at a start. So this only ever comes from the store, which nobody else can write.
    Cosign(CosignRecord),
}

/// That the program cosign has checked a signature on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CosignRecord {
    /// The key.
    pub key: KeyId,
    /// What is signed: the manifest in its registry, by its digest.
    pub image: String,
}

impl AdapterSignature {
    /// The key that made it, by what it says. None if it is broken.
    pub(crate) fn key(&self) -> Option<KeyId> {
        match self {
            AdapterSignature::Minisign(text) => KeyId::of_signature(text),
            AdapterSignature::Cosign(record) => Some(record.key.clone()),
        }
    }
}
