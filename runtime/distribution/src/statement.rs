//! Signatures of statements: short documents, such as a job of a hub. The trusted comment, which is
//! signed too, says what kind of statement it is, so that a signature of one kind, or of an adapter,
//! is none of another.

use std::io::Cursor;

use minisign_verify::Signature;

use super::{SigningKey, VerifyingKey};

/// The trusted comment of a statement of this kind.
fn comment(kind: &str) -> String {
    format!("pyblish-statement kind:{kind}")
}

/// Signs a statement of this kind. The text is a signature as minisign writes it.
///
/// # Errors
/// The system gives no random numbers.
pub fn sign_statement(key: &SigningKey, kind: &str, text: &str) -> Result<String, String> {
    let untrusted = format!("signature by the key {}", key.public().id());
    let signed = minisign::sign(
        None,
        &key.secret,
        Cursor::new(text.as_bytes()),
        Some(&comment(kind)),
        Some(&untrusted),
    );
    signed
        .map(minisign::SignatureBox::into_string)
        .map_err(|error| error.to_string())
}

/// Checks that this key made this signature for this statement of this kind.
///
/// # Errors
/// It did not. The reason is one to follow "its signature".
pub fn verify_statement(
    key: &VerifyingKey,
    kind: &str,
    text: &str,
    signature: &str,
) -> Result<(), String> {
    let parsed =
        Signature::decode(signature).map_err(|error| format!("cannot be read ({error})"))?;
    key.key
        .verify(text.as_bytes(), &parsed, false)
        .map_err(|_| format!("is not one of the key {}", key.id()))?;
    match parsed.trusted_comment() == comment(kind) {
        true => Ok(()),
        false => Err(format!("is not one of a {kind}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::of_text(&SigningKey::generate_text().unwrap()).unwrap()
    }

    #[test]
    fn signature_is_for_one_text_of_one_kind_by_one_key() {
        let (own, other) = (key(), key());
        let signature = sign_statement(&own, "job", "{}").unwrap();
        let verify = |key: &SigningKey, kind: &str, text: &str, signature: &str| {
            verify_statement(key.public(), kind, text, signature)
        };
        verify(&own, "job", "{}", &signature).unwrap();
        let refused = [
            (
                verify(&own, "job", "{ }", &signature),
                "is not one of the key",
            ),
            (
                verify(&other, "job", "{}", &signature),
                "is not one of the key",
            ),
            (
                verify(&own, "order", "{}", &signature),
                "is not one of a order",
            ),
            (verify(&own, "job", "{}", "x"), "cannot be read"),
        ];
        for (refused, part) in refused {
            let reason = refused.unwrap_err();
            assert!(reason.contains(part), "{reason}");
        }
        let forged = signature.replace("kind:job", "kind:order");
        verify(&own, "order", "{}", &forged).unwrap_err();
    }
}
