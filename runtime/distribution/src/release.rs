//! What the file of an adapter says of itself, as far as it matters here.

use semver::Version;

use super::DistributionError;

/// The longest name of an adapter.
const LONGEST: usize = 100;

/// What the file of an adapter says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its name: letters, digits, `-` and `_`.
    pub name: String,
    /// Its version, such as 1.4.0.
    pub version: Version,
    /// The hosts that it is for.
    pub hosts: Vec<String>,
    /// Which versions of them, one line each, such as `maya >=2022`; all of those not named.
    pub host_versions: Vec<String>,
    /// The version of the contract that it was built for.
    pub contract: String,
    /// What it asks for, one line each, sorted.
    pub asks: Vec<String>,
}

impl Release {
    /// Checks the name and the version: they become part of file names, and of a comment that is
    /// signed.
    ///
    /// # Errors
    /// One of them cannot be used.
    pub fn new(
        name: &str,
        version: &str,
        hosts: Vec<String>,
        contract: String,
        mut asks: Vec<String>,
    ) -> Result<Self, DistributionError> {
        check_name(name)?;
        let version = Version::parse(version).map_err(|error| DistributionError::Version {
            name: name.into(),
            version: version.into(),
            reason: error.to_string(),
        })?;
        asks.sort();
        asks.dedup();
        Ok(Release {
            name: name.into(),
            version,
            hosts,
            host_versions: Vec::new(),
            contract,
            asks,
        })
    }

    /// The same for these versions of its hosts.
    pub fn with_host_versions(self, host_versions: Vec<String>) -> Self {
        Release {
            host_versions,
            ..self
        }
    }
}

/// Whether an adapter that is shipped may have this name.
pub(crate) fn check_name(name: &str) -> Result<(), DistributionError> {
    let is_letter = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    let begins = name
        .bytes()
        .next()
        .is_some_and(|it| it.is_ascii_alphanumeric());
    match begins && name.len() <= LONGEST && name.bytes().all(is_letter) {
        true => Ok(()),
        false => Err(DistributionError::Name { name: name.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_safe_in_a_path_and_in_a_comment() {
        let longest = "a".repeat(LONGEST);
        for right in ["maya", "maya-2025", "My_tool", longest.as_str()] {
            check_name(right).unwrap();
        }
        let too_long = "a".repeat(LONGEST + 1);
        for wrong in [
            "",
            "a b",
            "../a",
            "a.b",
            "-a",
            "a/b",
            "gr\u{f6}\u{df}e",
            too_long.as_str(),
        ] {
            check_name(wrong).unwrap_err();
        }
    }

    #[test]
    fn version_has_three_numbers() {
        let release = |version| Release::new("a", version, vec![], "0.2.0".into(), vec![]);
        assert_eq!(release("1.4.0-rc.1").unwrap().version.minor, 4);
        let message = release("1.4").unwrap_err().to_string();
        assert!(
            message.contains("\"1.4\"") && message.contains("1.4.0"),
            "{message}"
        );
    }
}
