use std::fmt;
use std::str::FromStr;

/// How long a name may be: far less than any file system or package registry allows.
const LONGEST: usize = 40;

/// The name of our SDK's package, which no other package in the same build can have.
const SDK: &str = "pyblish-sdk";

/// Names that Windows reserves for devices.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The name of an adapter, of its folder and of its package, valid in every language and on every
/// system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let hyphens = !text.ends_with('-') && !text.contains("--");
        if !begins || !text.chars().all(fits) || !hyphens || text.len() > LONGEST {
            return Err(format!(
                "a name consists of lower-case letters, digits and single hyphens, begins with a \
                 letter, and has at most {LONGEST} characters, such as hero-shots"
            ));
        }
        let device = |prefix| {
            let number = text.strip_prefix(prefix);
            number.is_some_and(|it| it.len() == 1 && it.chars().all(|c| c.is_ascii_digit()))
        };
        if text == SDK || DEVICES.contains(&text) || device("com") || device("lpt") {
            return Err("this name is reserved; add a word to it".into());
        }
        Ok(Name(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_good_everywhere_or_refused() {
        let longest = "a".repeat(LONGEST);
        for good in [
            "a",
            "hero-shots",
            "maya2",
            "com",
            "com10",
            "console",
            &longest,
        ] {
            assert_eq!(good.parse::<Name>().unwrap().as_str(), good);
        }
        let longer = "a".repeat(LONGEST + 1);
        for bad in [
            "",
            "Hero",
            "hero shots",
            "hero_shots",
            "2maya",
            "-a",
            "a-",
            "a--b",
            "../a",
            "a/b",
            "a.b",
            "größe",
            &longer,
        ] {
            let message = bad.parse::<Name>().unwrap_err();
            assert!(message.contains("such as hero-shots"), "{bad}: {message}");
        }
        for taken in ["nul", "com1", "lpt9", "pyblish-sdk"] {
            let message = taken.parse::<Name>().unwrap_err();
            assert!(message.contains("add a word"), "{taken}: {message}");
        }
    }
}
