//! Why an adapter is not fetched, kept or used. Each names the thing, the reason and the next step.

use std::path::PathBuf;

use semver::Version;

use super::{Digest, KeyId, NetworkError};
use pyblish_platform::trusted::FileReason;

/// Why an adapter is not fetched, kept or used.
#[derive(Debug, thiserror::Error)]
pub enum DistributionError {
    /// The name cannot be used.
    #[error(
        "the adapter's name {name:?} cannot be shipped: use letters, digits, - and _ of ASCII, \
         beginning with a letter or digit, at most 100"
    )]
    Name {
        /// As its file says.
        name: String,
    },

    /// The version is not one of semver.
    #[error(
        "the version {version:?} of the adapter {name} cannot be shipped: {reason}; write three \
         numbers, such as 1.4.0, and seal it again"
    )]
    Version {
        /// The adapter.
        name: String,
        /// As its file says.
        version: String,
        /// In words.
        reason: String,
    },

    /// The file says nothing of itself.
    #[error(
        "{} is not sealed, so it does not say what it is; its author runs \
         `pyblish-endpoint adapters seal {}`", path.display(), path.display()
    )]
    NotSealed {
        /// The file.
        path: PathBuf,
    },

    /// The file is no adapter for this program.
    #[error("{reason}")]
    NoAdapter {
        /// In words, with the file.
        reason: String,
    },

    /// The source cannot be read.
    #[error("{} cannot be read: {reason}; check the path, and that the share is there", path.display())]
    Source {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: FileReason,
    },

    /// A server gave no adapter.
    #[error(transparent)]
    Network(#[from] NetworkError),

    /// The source is too large.
    #[error(
        "{} is too large: it has more than {limit} bytes, which is the limit for an adapter; raise \
         it with --limit adapter-size=BYTES if you trust it", path.display()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Bytes that it may have.
        limit: u64,
    },

    /// There are too many files to look at.
    #[error(
        "{} has more than {limit} .wasm files, and each is looked at; name the file itself",
        path.display()
    )]
    ManyFiles {
        /// The folder.
        path: PathBuf,
        /// How many there may be.
        limit: usize,
    },

    /// The folder has no such adapter.
    #[error(
        "{} has no adapter {name}{}; {}", path.display(), at(.version), versions_there(.versions)
    )]
    NotInFolder {
        /// The adapter.
        name: String,
        /// The first numbers of its version, if they were given.
        version: Option<String>,
        /// The folder.
        path: PathBuf,
        /// The versions of it that are there.
        versions: Vec<Version>,
    },

    /// Two files say that they are the same.
    #[error(
        "{} has two different files that are {name} {version}; remove one, or name the file itself",
        path.display()
    )]
    SameVersion {
        /// The adapter.
        name: String,
        /// Its version.
        version: Version,
        /// The folder.
        path: PathBuf,
    },

    /// It has no signature, and needs one.
    #[error(
        "{name} is not signed, and must be signed by {keys}; ask its author to run \
         `pyblish-endpoint adapters sign`, which writes a .minisig file beside it"
    )]
    Unsigned {
        /// The adapter.
        name: String,
        /// The keys that would do, in words.
        keys: String,
    },

    /// Its signature does not count.
    #[error("the signature of {name} {reason}")]
    Signature {
        /// The adapter.
        name: String,
        /// In words.
        reason: String,
    },

    /// Only cosign can say whether it is signed, and is not there.
    #[error(
        "{name} must be signed by {keys}, and only the program cosign can check that, which is not \
         on PATH; install cosign, or ask for a signature of `pyblish-endpoint adapters sign`"
    )]
    NoCosign {
        /// The adapter.
        name: String,
        /// The keys that would do, in words.
        keys: String,
    },

    /// Cosign does not find that it is signed.
    #[error(
        "cosign does not find {image} signed by {key}: {reason}; ask whoever pushed {name} to sign \
         it with `cosign sign`"
    )]
    Cosign {
        /// The adapter.
        name: String,
        /// The key, with its id.
        key: String,
        /// What was fetched.
        image: String,
        /// What cosign says.
        reason: String,
    },

    /// It could not be signed.
    #[error("{name} could not be signed: {reason}; try again")]
    NotSigned {
        /// The adapter.
        name: String,
        /// In words.
        reason: String,
    },

    /// The file was revoked.
    #[error(
        "this file of {name} ({digest}) was revoked, by revoked-digests in [trust] of endpoint.toml; \
         get another version"
    )]
    RevokedDigest {
        /// The adapter.
        name: String,
        /// The file's.
        digest: Digest,
    },

    /// The key was revoked.
    #[error(
        "{name} is signed by the key {key}, which was revoked, by revoked-keys in [trust] of \
         endpoint.toml; get a version that is signed by another key"
    )]
    RevokedKey {
        /// The adapter.
        name: String,
        /// The key.
        key: KeyId,
    },

    /// The file of a key cannot be used.
    #[error("the key {}: {reason}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// In words.
        reason: String,
    },

    /// There is no lock.
    #[error(
        "there is no lock {}; write one with `pyblish-endpoint adapters add`, or name another file \
         with --lock", path.display()
    )]
    NoLock {
        /// The file.
        path: PathBuf,
    },

    /// The lock cannot be read or written, or has a mistake.
    #[error("the lock {}: {reason}", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// In words.
        reason: String,
    },

    /// Somebody else has changed the lock.
    #[error(
        "the lock {} was changed by somebody else meanwhile, and was left as it is; run the command \
         again", path.display()
    )]
    LockChanged {
        /// The file.
        path: PathBuf,
    },

    /// The lock has a mistake about this adapter.
    #[error("the lock's entry of {name}: {reason}")]
    Locked {
        /// The adapter.
        name: String,
        /// In words.
        reason: String,
    },

    /// The lock says something else than the file.
    #[error(
        "the lock says another {part} of {name} than its file does, so the lock was edited; put it \
         back, or run `pyblish-endpoint adapters update {name}`"
    )]
    Edited {
        /// The adapter.
        name: String,
        /// The key of the lock.
        part: &'static str,
    },

    /// The source has another file by now.
    #[error(
        "{source_name} is another file than the lock names ({found}, and not {expected}); put the \
         old one back, or see what changed with `pyblish-endpoint adapters update {name} --dry-run`"
    )]
    Moved {
        /// The adapter.
        name: String,
        /// Its source.
        source_name: String,
        /// In the lock.
        expected: Digest,
        /// At the source.
        found: Digest,
    },

    /// Another key signed it than the lock says.
    #[error(
        "{name} must be signed by the key {}, as the lock says, and is signed by {}; add the key to \
         [[trust.keys]], or run `pyblish-endpoint adapters update {name}`", key(.expected), key(.found)
    )]
    OtherKey {
        /// The adapter.
        name: String,
        /// In the lock.
        expected: Option<KeyId>,
        /// That was checked.
        found: Option<KeyId>,
    },

    /// It is in the lock already.
    #[error(
        "{name} {version} is in the lock already; to replace it, run `pyblish-endpoint adapters \
         update {name} --from REFERENCE`"
    )]
    AlreadyLocked {
        /// The adapter.
        name: String,
        /// In the lock.
        version: Version,
    },

    /// It is not in the lock.
    #[error("{name} is not in the lock; {}", locked(.known))]
    NotLocked {
        /// The adapter.
        name: String,
        /// The adapters that are.
        known: Vec<String>,
    },

    /// The source has an older version.
    #[error(
        "{source_name} has {name} {found}, which is older than {locked}, which the lock names; use \
         --allow-older if that is meant"
    )]
    Older {
        /// The adapter.
        name: String,
        /// Its source.
        source_name: String,
        /// In the lock.
        locked: String,
        /// At the source.
        found: String,
    },

    /// The source has another adapter.
    #[error("{source_name} is the adapter {found}, and not {name}; name its source with --from")]
    OtherName {
        /// The adapter.
        name: String,
        /// The source.
        source_name: String,
        /// At the source.
        found: String,
    },

    /// It was signed, and is so no more.
    #[error(
        "{name} was signed by the key {key}, and is not signed by a trusted key any more; ask its \
         author. If that is meant, remove it from the lock and add it again"
    )]
    SignatureLost {
        /// The adapter.
        name: String,
        /// In the lock.
        key: KeyId,
    },

    /// It asks for more than the lock says.
    #[error(
        "{name} {version} asks for more than the lock has: {}. Nothing was changed; run the command \
         again with --accept-grants if it may", .grown.join(", ")
    )]
    Grown {
        /// The adapter.
        name: String,
        /// The new one.
        version: Version,
        /// What it asks for, and the old one did not.
        grown: Vec<String>,
    },

    /// It is not in the store.
    #[error(
        "{name} {version} is not installed on this machine; run `pyblish-endpoint adapters install \
         --locked` beside its lock"
    )]
    NotInstalled {
        /// The adapter.
        name: String,
        /// Its version.
        version: Version,
    },

    /// A file in the store was changed.
    #[error(
        "{} was changed since it was installed; do not trust it. Run `pyblish-endpoint adapters \
         install --locked`, which fetches it again", path.display()
    )]
    Changed {
        /// The file.
        path: PathBuf,
    },

    /// The store cannot be used.
    #[error("the store of adapters, {}, cannot be used: {reason}", path.display())]
    Store {
        /// Its folder.
        path: PathBuf,
        /// In words.
        reason: String,
    },

    /// A bundle cannot be used or written.
    #[error("the bundle {}: {reason}", path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
        /// In words.
        reason: String,
    },

    /// There is no place for a store.
    #[error("adapters cannot be installed, because this user has no home folder; set HOME")]
    NoStore,
}

fn at(version: &Option<String>) -> String {
    version
        .as_ref()
        .map(|it| format!(" of version {it}"))
        .unwrap_or_default()
}

fn versions_there(versions: &[Version]) -> String {
    let all: Vec<_> = versions.iter().map(ToString::to_string).collect();
    match all.is_empty() {
        true => "no file there says that it is one; see `pyblish-endpoint adapters inspect`".into(),
        false => format!("there are {}", all.join(", ")),
    }
}

fn locked(known: &[String]) -> String {
    match known.is_empty() {
        true => "it is empty; add one with `pyblish-endpoint adapters add`".into(),
        false => format!("there are {}", known.join(", ")),
    }
}

fn key(key: &Option<KeyId>) -> String {
    key.as_ref()
        .map_or_else(|| "no key that was checked".into(), ToString::to_string)
}
