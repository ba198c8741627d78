//! Signatures of messages, as Standard Webhooks say
//! (<https://github.com/standard-webhooks/standard-webhooks>): HMAC-SHA256 of the message's id, its
//! time and its body.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Random bytes in a secret. The standard asks for 24 to 64.
const BYTES: usize = 32;

/// What a secret begins with, so that it is known for one.
const PREFIX: &str = "whsec_";

/// What messages of one webhook are signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

impl SigningSecret {
    /// A new one.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub(crate) fn new() -> Result<Self, getrandom::Error> {
        let mut bytes = vec![0; BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(SigningSecret(bytes))
    }

    /// As it is stored.
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        SigningSecret(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret itself, as the receiver's library takes it: `whsec_` and base64.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The signature of a message. `time` is in seconds since 1970-01-01 UTC.
    fn sign(&self, id: &str, time: u64, body: &str) -> String {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return String::new();
        };
        mac.update(format!("{id}.{time}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The header `webhook-signature`: one signature for each secret that is in force.
pub(super) fn signatures(secrets: &[SigningSecret], id: &str, time: u64, body: &str) -> String {
    let all = secrets.iter().map(|secret| secret.sign(id, time, body));
    all.collect::<Vec<_>>().join(" ")
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the standard's own libraries.
    #[test]
    fn signature_is_that_of_the_standard() {
        let bytes = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let secret = SigningSecret::of(bytes.unwrap());
        assert_eq!(secret.reveal(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", r#"{"test": 2432232314}"#);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(secret.sign(id, 1_614_265_330, body), expected);
        let both = signatures(
            &[secret.clone(), SigningSecret::new().unwrap()],
            id,
            1_614_265_330,
            body,
        );
        assert!(both.starts_with(&format!("{expected} v1,")), "{both}");
        assert!(!format!("{secret:?}").contains("MfKQ"));
    }
}
