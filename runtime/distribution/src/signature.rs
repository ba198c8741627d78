//! Signatures of adapters: detached minisign over the file. The trusted comment, which is signed
//! too, names adapter, version and digest, so that a signature cannot be put beside another adapter,
//! and no older version can be passed off as a newer one.

use std::io::Cursor;

use minisign_verify::Signature;

use super::{Digest, DistributionError, Release, SigningKey, VerifyingKey};

/// What the trusted comment begins with.
const KIND: &str = "pyblish-adapter";

/// The trusted comment for this adapter.
fn comment(release: &Release, digest: &Digest) -> String {
    let (name, version) = (&release.name, &release.version);
    format!("{KIND} name:{name} version:{version} {digest}")
}

/// Signs the file of an adapter. The text is the content of its `.minisig` file, which minisign
/// itself can check, too.
///
/// # Errors
/// The system gives no random numbers.
pub fn sign(
    key: &SigningKey,
    release: &Release,
    bytes: &[u8],
) -> Result<String, DistributionError> {
    let comment = comment(release, &Digest::of(bytes));
    let untrusted = format!("signature by the key {}", key.public().id());
    let signed = minisign::sign(
        None,
        &key.secret,
        Cursor::new(bytes),
        Some(&comment),
        Some(&untrusted),
    );
    signed
        .map(minisign::SignatureBox::into_string)
        .map_err(|error| DistributionError::NotSigned {
            name: release.name.clone(),
            reason: error.to_string(),
        })
}

/// Checks that this key made this signature for this adapter.
///
/// # Errors
/// It did not. The reason is one to follow "the signature of NAME".
pub(crate) fn verify(
    key: &VerifyingKey,
    release: &Release,
    digest: &Digest,
    bytes: &[u8],
    signature: &str,
) -> Result<(), String> {
    let parsed = Signature::decode(signature)
        .map_err(|error| format!("is broken ({error}); ask for the file again"))?;
    key.key.verify(bytes, &parsed, false).map_err(|_| {
        "does not fit its file: the file was changed, or the signature is of another file"
            .to_owned()
    })?;
    let (expected, found) = (comment(release, digest), parsed.trusted_comment());
    match found == expected {
        true => Ok(()),
        false => Err(format!(
            "is for something else: it says {found:?}, and the file is {expected:?}; it must be \
             signed with `pyblish-endpoint adapters sign`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(name: &str, version: &str) -> Release {
        Release::new(name, version, vec![], "0.2.0".into(), vec![]).unwrap()
    }

    #[test]
    fn signature_is_for_one_file_of_one_name_and_version() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.key");
        SigningKey::generate(&path, None).unwrap();
        let key = SigningKey::read(&path, None).unwrap();
        let maya = release("maya", "1.4.0");
        let signature = sign(&key, &maya, b"file").unwrap();
        let verify = |release: &Release, bytes: &[u8], text: &str| {
            verify(key.public(), release, &Digest::of(bytes), bytes, text)
        };
        verify(&maya, b"file", &signature).unwrap();
        let other_file = verify(&maya, b"File", &signature).unwrap_err();
        assert!(other_file.contains("does not fit its file"), "{other_file}");
        for other in [release("nuke", "1.4.0"), release("maya", "1.5.0")] {
            let said = verify(&other, b"file", &signature).unwrap_err();
            assert!(said.contains("name:maya version:1.4.0"), "{said}");
        }
        // Its comment is signed, too.
        let forged = signature.replace("version:1.4.0", "version:1.5.0");
        verify(&release("maya", "1.5.0"), b"file", &forged).unwrap_err();
        let short = verify(&maya, b"file", "untrusted comment: x\n").unwrap_err();
        assert!(short.contains("broken"), "{short}");
    }

    #[test]
    fn key_opens_with_its_password_only() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.key");
        let made = SigningKey::generate(&path, Some("secret")).unwrap();
        let again = SigningKey::read(&path, Some("secret")).unwrap();
        assert_eq!(made, *again.public());
        for (password, part) in [(Some("other"), "this password"), (None, "--password-file")] {
            let message = SigningKey::read(&path, password).err().unwrap().to_string();
            assert!(
                message.contains(part) && message.contains("a.key"),
                "{message}"
            );
        }
        let twice = SigningKey::generate(&path, None).err().unwrap().to_string();
        assert!(twice.contains("never replaced"), "{twice}");
    }
}
