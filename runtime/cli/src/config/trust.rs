//! `[trust]`: which adapters may be used, and whose signatures count.
//!
//! ```toml
//! [trust]
//! lock = "/studio/adapters.lock"
//! locked = true
//! require-signature = true
//! ca-file = "/studio/ca.pem"
//! revoked-keys = ["0123456789ABCDEF"]
//! revoked-digests = ["sha256:…"]
//!
//! [[trust.keys]]
//! name = "studio"
//! key = "RWQ…"
//! adapters = ["maya"]
//! hosts = ["nuke"]
//! until = "2027-12-31"
//!
//! [[trust.keys]]
//! name = "registry"
//! cosign-key = "/studio/cosign.pub"
//! ```

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::keys::unknown;
use pyblish_distribution::{CosignKey, Date, Digest, KeyId, PublicKey, Trust, TrustedKey};

/// The keys of the table.
const KEYS: [&str; 7] = [
    "lock",
    "locked",
    "ca-file",
    "require-signature",
    "revoked-keys",
    "revoked-digests",
    "keys",
];

/// The keys of a trusted key.
const KEY: [&str; 6] = ["name", "key", "cosign-key", "adapters", "hosts", "until"];

/// What one file says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct TrustTable {
    pub(super) lock: Option<PathBuf>,
    pub(super) locked: bool,
    pub(super) ca_file: Option<PathBuf>,
    trust: Trust,
}

/// As it is written.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct Written {
    lock: Option<PathBuf>,
    locked: bool,
    ca_file: Option<PathBuf>,
    require_signature: bool,
    revoked_keys: Vec<String>,
    revoked_digests: Vec<String>,
    keys: Vec<WrittenKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct WrittenKey {
    name: String,
    key: Option<String>,
    cosign_key: Option<PathBuf>,
    #[serde(default)]
    adapters: Vec<String>,
    #[serde(default)]
    hosts: Vec<String>,
    until: Option<String>,
}

impl TrustTable {
    pub(super) fn parse(table: Map<String, Value>) -> Result<Self, String> {
        check(&table, "trust", &KEYS)?;
        for key in table
            .get("keys")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if let Value::Object(key) = key {
                check(key, "trust.keys", &KEY)?;
            }
        }
        let written = serde_json::from_value(Value::Object(table));
        let written: Written = written.map_err(|error| format!("[trust]: {error}"))?;
        for (key, path) in [("lock", &written.lock), ("ca-file", &written.ca_file)] {
            // A relative path would mean another file in each working folder.
            if let Some(path) = path.as_ref().filter(|path| !path.is_absolute()) {
                return Err(format!("{key} of [trust], {path:?}: write the whole path"));
            }
        }
        let keys = written.keys.into_iter().map(|written| {
            let wrong = |reason: String| format!("[[trust.keys]], {:?}: {reason}", written.name);
            let until = written.until.as_deref().map(str::parse::<Date>);
            let key = public_key(written.key.as_deref(), written.cosign_key.as_deref());
            let key = key.map_err(wrong)?;
            Ok(TrustedKey {
                until: until.transpose().map_err(wrong)?,
                key,
                name: written.name,
                adapters: written.adapters,
                hosts: written.hosts,
            })
        });
        let trust = Trust {
            require_signature: written.require_signature,
            keys: keys.collect::<Result<_, String>>()?,
            revoked_keys: all::<KeyId>("revoked-keys", &written.revoked_keys)?,
            revoked_digests: all::<Digest>("revoked-digests", &written.revoked_digests)?,
        };
        Ok(TrustTable {
            lock: written.lock,
            locked: written.locked,
            ca_file: written.ca_file,
            trust,
        })
    }

    pub(super) fn add_to(&self, all: &mut Trust) {
        let own = self.trust.clone();
        all.require_signature |= own.require_signature;
        all.keys.extend(own.keys);
        all.revoked_keys.extend(own.revoked_keys);
        all.revoked_digests.extend(own.revoked_digests);
    }

    /// Each value with its table and its key, for `config show`.
    pub(super) fn values(&self) -> Vec<(String, &'static str, Value)> {
        let mut values = Vec::new();
        let mut add = |key, value| values.push(("trust".to_owned(), key, value));
        for (key, path) in [("lock", &self.lock), ("ca-file", &self.ca_file)] {
            if let Some(path) = path {
                add(key, Value::from(path.to_string_lossy()));
            }
        }
        let Trust {
            require_signature,
            keys,
            revoked_keys,
            revoked_digests,
        } = &self.trust;
        for (key, is_set) in [
            ("locked", self.locked),
            ("require-signature", *require_signature),
        ] {
            if is_set {
                add(key, Value::from(true));
            }
        }
        let texts = |all: Vec<String>| Value::from(all);
        let shown = revoked_keys.iter().map(ToString::to_string).collect();
        add("revoked-keys", texts(shown));
        let shown = revoked_digests.iter().map(ToString::to_string).collect();
        add("revoked-digests", texts(shown));
        let shown = keys
            .iter()
            .map(|it| format!("{} ({})", it.name, it.key.id()));
        add("keys", texts(shown.collect()));
        values
    }
}

/// The one key of these two.
fn public_key(minisign: Option<&str>, cosign: Option<&Path>) -> Result<PublicKey, String> {
    match (minisign, cosign) {
        (Some(text), None) => text.parse().map(PublicKey::Minisign),
        (None, Some(path)) if path.is_absolute() => CosignKey::read(path).map(PublicKey::Cosign),
        (None, Some(path)) => Err(format!("cosign-key, {path:?}: write the whole path")),
        _ => Err(
            "write either `key`, with a key of minisign, or `cosign-key`, with the file of one of \
             cosign"
                .into(),
        ),
    }
}

fn check(table: &Map<String, Value>, place: &str, known: &[&str]) -> Result<(), String> {
    match table.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(unknown("key", key, place, known.iter().copied())),
        None => Ok(()),
    }
}

fn all<T: FromStr<Err = String> + Ord>(key: &str, texts: &[String]) -> Result<BTreeSet<T>, String> {
    let parsed = texts.iter().map(|text| text.parse());
    let parsed: Result<_, _> = parsed.collect();
    parsed.map_err(|reason| format!("{key} of [trust]: {reason}"))
}
