//! A secret text: the token of a server, a one-time code, the value of a cookie.
//!
//! It is compared in constant time, and its `Debug` does not show it.

use std::fmt;

use subtle::ConstantTimeEq;

/// Random bytes in a secret: too many to guess.
const BYTES: usize = 32;

/// Characters of the shortest secret that somebody else may make.
const LEAST: usize = 32;

/// A random text of 64 hexadecimal digits that only some may know.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn new() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Secret(
            bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }

    /// One that somebody else made, such as the token in a file; none if it is too short to be one.
    pub fn of(text: &str) -> Option<Self> {
        (text.len() >= LEAST).then(|| Secret(text.to_owned()))
    }

    /// The secret itself. Show it only in the file, header or address that it is for.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether this text is the secret. Takes the same time for every text of the same length.
    pub fn matches(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise;

    use super::*;

    #[test]
    fn short_secret_of_somebody_else_is_refused() {
        assert!(Secret::of(&"x".repeat(LEAST)).is_some());
        assert!(Secret::of(&"x".repeat(LEAST - 1)).is_none());
    }

    #[test]
    fn secret_matches_itself_only() {
        let (one, other) = (Secret::new().unwrap(), Secret::new().unwrap());
        assert_eq!(one.reveal().len(), 64);
        assert!(one.matches(one.reveal()) && !one.matches(other.reveal()));
        let mut near = one.reveal().to_owned();
        let last = near.pop();
        assert!(!one.matches(&near) && !one.matches(""));
        near.push(if last == Some('0') { '1' } else { '0' });
        promise!("ACCESS-02", !one.matches(&near));
        assert!(!format!("{one:?}").contains(one.reveal()));
    }
}
