//! What the user decided about keys: whose signatures count for which adapters, and what counts no
//! more.
//!
//! - An adapter must be signed where a key is meant for it, and every adapter where signatures are
//!   required.
//! - Rotation: two keys for the same adapters count at the same time.
//! - After its last day a key signs nothing new: nothing more is added, updated or installed with
//!   it. What a lock names already goes on. To end that too, revoke the key.
//! - A revoked digest or key is refused everywhere, at each start too.
//! - A signature of cosign is checked by its program when the adapter is fetched. From then on the
//!   store says that it was, and the rules above count for it as for any other.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::signature::verify;
use super::{
    AdapterSignature, CosignKey, Date, Digest, DistributionError, KeyId, PublicKey, Release,
};

/// A key that signs adapters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// What the user calls it.
    pub name: String,
    /// The key.
    pub key: PublicKey,
    /// The names of the adapters that it signs.
    pub adapters: Vec<String>,
    /// The hosts whose adapters it signs. A key without adapters and hosts signs all.
    pub hosts: Vec<String>,
    /// Its last day.
    pub until: Option<Date>,
}

impl TrustedKey {
    /// Whether it is meant for this adapter.
    fn is_for(&self, release: &Release) -> bool {
        let is_for_all = self.adapters.is_empty() && self.hosts.is_empty();
        let is_host = |host: &String| self.hosts.contains(host);
        is_for_all || self.adapters.contains(&release.name) || release.hosts.iter().any(is_host)
    }
}

/// What the user decided about keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// Whether every adapter must be signed.
    pub require_signature: bool,
    /// The keys that count.
    pub keys: Vec<TrustedKey>,
    /// Keys that count no more.
    pub revoked_keys: BTreeSet<KeyId>,
    /// Files that must not be used any more.
    pub revoked_digests: BTreeSet<Digest>,
}

/// What is known of an adapter's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureState {
    /// It has none, and needs none.
    Unsigned,
    /// It is signed by a key that counts.
    By {
        /// The key's id.
        key: KeyId,
        /// What the user calls the key.
        name: String,
    },
    /// It is signed by a key that nobody has decided about, and needs no signature.
    Unknown(KeyId),
}

impl SignatureState {
    /// The key that was checked, if one was.
    pub fn key(&self) -> Option<&KeyId> {
        match self {
            SignatureState::By { key, .. } => Some(key),
            SignatureState::Unsigned | SignatureState::Unknown(_) => None,
        }
    }
}

impl Trust {
    /// Whether the adapter must be signed.
    pub fn needs_signature(&self, release: &Release) -> bool {
        self.require_signature || self.keys.iter().any(|key| key.is_for(release))
    }

    /// Checks the signature of a file, as of that day; without a day, keys have no last one.
    ///
    /// # Errors
    /// The file must not be used.
    pub fn check(
        &self,
        release: &Release,
        bytes: &[u8],
        signature: Option<&AdapterSignature>,
        day: Option<Date>,
    ) -> Result<SignatureState, DistributionError> {
        let digest = Digest::of(bytes);
        self.check_revoked(&release.name, &digest, None)?;
        let refused = |reason: String| DistributionError::Signature {
            name: release.name.clone(),
            reason,
        };
        let is_needed = self.needs_signature(release);
        let Some(signature) = signature else {
            return match is_needed {
                false => Ok(SignatureState::Unsigned),
                true => Err(DistributionError::Unsigned {
                    name: release.name.clone(),
                    keys: self.names(release),
                }),
            };
        };
        let id = signature
            .key()
            .ok_or_else(|| refused("is broken; ask for the file again".into()))?;
        self.check_revoked(&release.name, &digest, Some(&id))?;
        let Some(trusted) = self.keys.iter().find(|it| *it.key.id() == id) else {
            return match is_needed {
                false => Ok(SignatureState::Unknown(id)),
                true => Err(refused(format!(
                    "is by the key {id}, which is not one of {}; if you trust its owner, add the \
                     key to [[trust.keys]] of endpoint.toml",
                    self.names(release)
                ))),
            };
        };
        if !trusted.is_for(release) {
            return Err(refused(format!(
                "is by the key {} ({id}), which is not meant for this adapter; see [[trust.keys]] \
                 of endpoint.toml",
                trusted.name
            )));
        }
        if let Some((until, day)) = trusted.until.zip(day)
            && day > until
        {
            return Err(refused(format!(
                "is by the key {} ({id}), whose last day was {until}; ask for one by a newer key",
                trusted.name
            )));
        }
        match (&trusted.key, signature) {
            (PublicKey::Minisign(key), AdapterSignature::Minisign(text)) => {
                verify(key, release, &digest, bytes, text).map_err(refused)?;
            }
            // Its program has checked it when the adapter was fetched.
            (PublicKey::Cosign(_), AdapterSignature::Cosign(_)) => {}
            (key, _) => {
                let program = key.program();
                return Err(refused(format!(
                    "is by the key {id}, which is one of {program}, and is no signature of that; \
                     ask its author for one"
                )));
            }
        }
        Ok(SignatureState::By {
            key: id,
            name: trusted.name.clone(),
        })
    }

    /// Checks that neither this file nor its key is revoked.
    ///
    /// # Errors
    /// One is.
    pub fn check_revoked(
        &self,
        name: &str,
        digest: &Digest,
        key: Option<&KeyId>,
    ) -> Result<(), DistributionError> {
        let name = || name.to_owned();
        if self.revoked_digests.contains(digest) {
            return Err(DistributionError::RevokedDigest {
                name: name(),
                digest: digest.clone(),
            });
        }
        match key {
            Some(key) if self.revoked_keys.contains(key) => Err(DistributionError::RevokedKey {
                name: name(),
                key: key.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// The keys of cosign that are meant for this adapter.
    pub(crate) fn cosign_keys(&self, release: &Release) -> Vec<(&str, &CosignKey)> {
        let meant = self.keys.iter().filter(|key| key.is_for(release));
        let keys = meant.filter_map(|it| match &it.key {
            PublicKey::Cosign(key) => Some((it.name.as_str(), key)),
            PublicKey::Minisign(_) => None,
        });
        keys.collect()
    }

    /// The keys that are meant for this adapter, in words.
    pub(crate) fn names(&self, release: &Release) -> String {
        let keys = self.keys.iter().filter(|key| key.is_for(release));
        let names: Vec<_> = keys
            .map(|it| match &it.key {
                PublicKey::Minisign(key) => format!("{} ({})", it.name, key.id()),
                PublicKey::Cosign(key) => format!("{} ({}, of cosign)", it.name, key.id()),
            })
            .collect();
        match names.is_empty() {
            true => "the keys in [[trust.keys]], of which none is meant for it".into(),
            false => names.join(", "),
        }
    }

    /// All of it as one text: another text is another decision.
    pub(crate) fn fingerprint(&self) -> String {
        let mut text = format!("require-signature {}\n", self.require_signature);
        for it in &self.keys {
            let (key, adapters, hosts) = (&it.key, &it.adapters, &it.hosts);
            // Writing to a text never fails.
            let _ = writeln!(text, "{key} {adapters:?} {hosts:?} {:?}", it.until);
        }
        format!("{text}{:?} {:?}", self.revoked_keys, self.revoked_digests)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{SigningKey, sign};

    fn release(name: &str, host: &str) -> Release {
        let hosts = vec![host.to_owned()];
        Release::new(name, "1.0.0", hosts, "0.2.0".into(), vec![]).unwrap()
    }

    fn key(place: &Path, name: &str) -> SigningKey {
        let path = place.join(name);
        SigningKey::generate(&path, None).unwrap();
        SigningKey::read(&path, None).unwrap()
    }

    fn trusted(name: &str, key: &SigningKey) -> TrustedKey {
        TrustedKey {
            name: name.into(),
            key: PublicKey::Minisign(key.public().clone()),
            adapters: vec![],
            hosts: vec![],
            until: None,
        }
    }

    #[test]
    fn each_reason_to_refuse_has_its_words() {
        let place = tempfile::tempdir().unwrap();
        let (studio, other) = (key(place.path(), "a"), key(place.path(), "b"));
        let maya = release("maya", "maya");
        let by_studio = sign(&studio, &maya, b"x").unwrap();
        let by_other = sign(&other, &maya, b"x").unwrap();
        let today: Date = "2026-06-15".parse().unwrap();
        let check = |trust: &Trust, signature: Option<&str>| {
            let signature = signature.map(|text| AdapterSignature::Minisign(text.into()));
            let checked = trust.check(&maya, b"x", signature.as_ref(), Some(today));
            checked.map_err(|error| error.to_string())
        };
        let keys = vec![trusted("studio", &studio)];
        let trust = Trust {
            keys,
            ..Trust::default()
        };
        let state = check(&trust, Some(&by_studio)).unwrap();
        assert_eq!(state.key(), Some(studio.public().id()));
        let mut expired = trust.clone();
        expired.keys[0].until = Some("2026-06-14".parse().unwrap());
        let mut last_day = trust.clone();
        last_day.keys[0].until = Some(today);
        check(&last_day, Some(&by_studio)).unwrap();
        let mut elsewhere = trust.clone();
        elsewhere.keys[0].adapters = vec!["nuke".into()];
        elsewhere.require_signature = true;
        let mut revoked_key = trust.clone();
        revoked_key
            .revoked_keys
            .insert(studio.public().id().clone());
        let mut revoked_file = trust.clone();
        revoked_file.revoked_digests.insert(Digest::of(b"x"));
        for (trust, signature, part) in [
            (&trust, None, "is not signed"),
            (&trust, Some(&by_other), "add the key to [[trust.keys]]"),
            (&trust, Some(&"nonsense".to_owned()), "is broken"),
            (&expired, Some(&by_studio), "last day was 2026-06-14"),
            (&elsewhere, Some(&by_studio), "not meant for this adapter"),
            (&revoked_key, Some(&by_studio), "was revoked"),
            (&revoked_file, Some(&by_studio), "was revoked"),
        ] {
            let said = check(trust, signature.map(String::as_str)).unwrap_err();
            assert!(said.contains(part) && said.contains("maya"), "{said}");
        }
        // An expired key goes on for what is installed.
        let signature = AdapterSignature::Minisign(by_studio);
        expired.check(&maya, b"x", Some(&signature), None).unwrap();
    }

    #[test]
    fn signature_is_needed_where_a_key_is_meant_for_the_adapter() {
        let place = tempfile::tempdir().unwrap();
        let studio = key(place.path(), "a");
        let mut trust = Trust::default();
        let (maya, nuke) = (release("maya-tools", "maya"), release("nuke", "nuke"));
        assert!(!trust.needs_signature(&maya));
        let state = trust.check(&maya, b"x", None, None).unwrap();
        assert_eq!(state, SignatureState::Unsigned);
        let signature = AdapterSignature::Minisign(sign(&studio, &nuke, b"x").unwrap());
        let state = trust.check(&nuke, b"x", Some(&signature), None).unwrap();
        assert_eq!(state, SignatureState::Unknown(studio.public().id().clone()));
        trust.keys = vec![trusted("studio", &studio)];
        trust.keys[0].hosts = vec!["maya".into()];
        assert!(trust.needs_signature(&maya) && !trust.needs_signature(&nuke));
        trust.require_signature = true;
        assert!(trust.needs_signature(&nuke));
    }

    #[test]
    fn both_keys_count_during_a_rotation() {
        let place = tempfile::tempdir().unwrap();
        let (old, new) = (key(place.path(), "a"), key(place.path(), "b"));
        let maya = release("maya", "maya");
        let keys = vec![trusted("old", &old), trusted("new", &new)];
        let trust = Trust {
            keys,
            ..Trust::default()
        };
        for key in [old, new] {
            let signature = AdapterSignature::Minisign(sign(&key, &maya, b"x").unwrap());
            trust.check(&maya, b"x", Some(&signature), None).unwrap();
        }
    }

    /// The program cosign has checked it; the rules for keys are the same.
    #[test]
    fn key_of_cosign_is_a_key_like_others() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("cosign.pub");
        std::fs::write(&file, "-----BEGIN PUBLIC KEY-----\nMFkw\n").unwrap();
        let key = CosignKey::read(&file).unwrap();
        let id = key.id().clone();
        let mut trust = Trust::default();
        trust.keys.push(TrustedKey {
            name: "registry".into(),
            key: PublicKey::Cosign(key),
            adapters: vec!["maya".into()],
            hosts: vec![],
            until: Some("2026-06-15".parse().unwrap()),
        });
        let (maya, nuke) = (release("maya", "maya"), release("nuke", "nuke"));
        let record = AdapterSignature::Cosign(crate::CosignRecord {
            key: id.clone(),
            image: "oci://registry.lan/maya:1".into(),
        });
        let day = |text: &str| Some(text.parse().unwrap());
        let check = |trust: &Trust, release: &Release, signature: Option<&_>, day| {
            let checked = trust.check(release, b"x", signature, day);
            checked.map_err(|error| error.to_string())
        };
        let state = check(&trust, &maya, Some(&record), day("2026-06-15")).unwrap();
        assert_eq!(state.key(), Some(&id));
        let said = check(&trust, &maya, Some(&record), day("2026-06-16")).unwrap_err();
        assert!(said.contains("last day was 2026-06-15"), "{said}");
        let said = check(&trust, &maya, None, None).unwrap_err();
        assert!(said.contains("of cosign"), "{said}");
        let said = check(&trust, &nuke, Some(&record), None).unwrap_err();
        assert!(said.contains("not meant for this adapter"), "{said}");
        // Its id in a signature of another kind is not enough.
        let minisign = key_with_id(place.path(), &mut trust, &maya);
        let said = check(&trust, &maya, Some(&minisign), None).unwrap_err();
        assert!(said.contains("one of cosign"), "{said}");
        trust.revoked_keys.insert(id);
        let said = check(&trust, &maya, Some(&record), None).unwrap_err();
        assert!(said.contains("was revoked"), "{said}");
    }

    /// A signature of minisign, whose key's id the trusted key of cosign then has.
    fn key_with_id(place: &Path, trust: &mut Trust, release: &Release) -> AdapterSignature {
        let own = key(place, "own");
        let text = sign(&own, release, b"x").unwrap();
        let id = own.public().id().clone();
        trust.keys[0].key = PublicKey::Cosign(CosignKey::with_id(id));
        AdapterSignature::Minisign(text)
    }
}
