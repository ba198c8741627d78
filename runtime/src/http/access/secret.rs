//! A secret text: the token of a server, a code, the value of a cookie. It is compared in a time that tells
//! nothing of it, and never shown by accident.

use std::fmt;

use subtle::ConstantTimeEq;

/// Bytes of chance in a secret: nobody guesses so many.
const BYTES: usize = 32;

#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// One that there has never been.
    pub fn new() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Secret(
            bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }

    /// The secret itself: for the one file, header or address that it is made for.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether this is it.
    pub fn is(&self, text: &str) -> bool {
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
    use super::*;

    #[test]
    fn a_secret_is_itself_and_nothing_else() {
        let (one, other) = (Secret::new().unwrap(), Secret::new().unwrap());
        assert_eq!(one.reveal().len(), 64);
        assert!(one.is(one.reveal()) && !one.is(other.reveal()));
        let mut near = one.reveal().to_owned();
        let last = near.pop();
        assert!(!one.is(&near) && !one.is(""));
        near.push(if last == Some('0') { '1' } else { '0' });
        assert!(!one.is(&near));
        assert!(!format!("{one:?}").contains(one.reveal()));
    }
}
