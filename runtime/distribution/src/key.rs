//! Keys of minisign: Ed25519, each with a random number, its id.

use std::fmt::{self, Display};
use std::io;
use std::path::Path;
use std::str::FromStr;

use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox};

use super::{DistributionError, KeyId};
use pyblish_platform::private;
use pyblish_platform::trusted::{self, Trust};

/// The largest file with a key.
const LARGEST: u64 = 4096;

/// The public part of a key: checks signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    pub(crate) key: minisign_verify::PublicKey,
    text: String,
    id: KeyId,
}

impl VerifyingKey {
    /// Its id.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// Its file, as minisign writes it.
    pub fn file(&self) -> String {
        let VerifyingKey { text, id, .. } = self;
        format!("untrusted comment: minisign public key {id}\n{text}\n")
    }
}

impl FromStr for VerifyingKey {
    type Err = String;

    /// Reads the text of a key: the second line of a file of minisign.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is no key of minisign; copy the second line of its .pub file, which \
                 begins with RW"
            )
        };
        let text = text.trim();
        let key = minisign_verify::PublicKey::from_base64(text).map_err(|_| wrong())?;
        let id = PublicKey::from_base64(text).map_err(|_| wrong())?;
        Ok(VerifyingKey {
            key,
            text: text.into(),
            id: KeyId::of(id.keynum()),
        })
    }
}

impl Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A whole key: signs.
pub struct SigningKey {
    pub(crate) secret: SecretKey,
    public: VerifyingKey,
}

impl SigningKey {
    /// Makes a new key, and answers its public part. Its secret part goes into this file, which
    /// only this user can read, and is encrypted where there is a password. A file that is there is
    /// never replaced.
    ///
    /// # Errors
    /// The file is there, or cannot be written.
    pub fn generate(
        path: &Path,
        password: Option<&str>,
    ) -> Result<VerifyingKey, DistributionError> {
        let failed = |reason: String| DistributionError::KeyFile {
            path: path.into(),
            reason,
        };
        let refused = |error: minisign::PError| failed(error.to_string());
        let comment = "secret key of minisign, for pyblish-endpoint adapters sign";
        let (text, public) = made(password, comment).map_err(refused)?;
        private::create(path, text).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                failed("it is there already, and a key is never replaced; name another file".into())
            }
            _ => failed(error.to_string()),
        })?;
        public.parse().map_err(failed)
    }

    /// Makes a new key without a password, as the text of its file. Whoever can read that text can
    /// sign.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn generate_text() -> Result<String, String> {
        let comment = "secret key of minisign, for the jobs of a hub of pyblish-endpoint";
        let made = made(None, comment).map_err(|error| error.to_string())?;
        Ok(made.0)
    }

    /// Reads the secret part of a key without a password from the text of its file.
    ///
    /// # Errors
    /// It is none.
    pub fn of_text(text: &str) -> Result<Self, String> {
        let boxed = SecretKeyBox::from_string(text).map_err(|error| error.to_string())?;
        let secret = boxed.into_unencrypted_secret_key();
        SigningKey::of(secret.map_err(|error| error.to_string())?)
    }

    fn of(secret: SecretKey) -> Result<Self, String> {
        let public = PublicKey::from_secret_key(&secret).map_err(|error| error.to_string())?;
        let public = public.to_base64().parse()?;
        Ok(SigningKey { secret, public })
    }

    /// Reads the secret part of a key.
    ///
    /// # Errors
    /// The file cannot be read, is no secret key, or the password is missing or wrong.
    pub fn read(path: &Path, password: Option<&str>) -> Result<Self, DistributionError> {
        let failed = |reason: String| DistributionError::KeyFile {
            path: path.into(),
            reason,
        };
        let text = trusted::read_text(path, Trust::Private, LARGEST);
        let text = text.map_err(|error| failed(error.reason.to_string()))?;
        let boxed = || {
            SecretKeyBox::from_string(&text)
                .map_err(|_| failed("it is no secret key of minisign; name the .key file".into()))
        };
        let secret = match password {
            None => boxed()?.into_unencrypted_secret_key().map_err(|_| {
                failed(
                    "it is no secret key of minisign, or it has a password; name a file with the \
                     password with --password-file"
                        .into(),
                )
            })?,
            Some(password) => boxed()?
                .into_secret_key(Some(password.into()))
                .map_err(|_| failed("it does not open with this password".into()))?,
        };
        SigningKey::of(secret).map_err(failed)
    }

    /// Its public part.
    pub fn public(&self) -> &VerifyingKey {
        &self.public
    }
}

/// A new key: the text of its secret file, and its public part.
fn made(password: Option<&str>, comment: &str) -> Result<(String, String), minisign::PError> {
    let pair = match password {
        Some(password) => KeyPair::generate_encrypted_keypair(Some(password.into())),
        None => KeyPair::generate_unencrypted_keypair(),
    }?;
    let text = pair.sk.to_box(Some(comment))?.into_string();
    Ok((text, pair.pk.to_base64()))
}
