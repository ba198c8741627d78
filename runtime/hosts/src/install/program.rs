//! The host's own program, where it is on PATH: it says which folder a host will have that has
//! never run.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::places::{UserEnvironment, Version};

/// The version that the program of this name says of itself.
pub(super) fn version(name: &str, surroundings: &UserEnvironment) -> Option<Version> {
    let mut command = Command::new(find(name, surroundings)?);
    command.arg("--version").stdin(Stdio::null());
    let output = command.output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace().find_map(version_in)
}

fn find(name: &str, surroundings: &UserEnvironment) -> Option<PathBuf> {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = (surroundings.variable)("PATH")?;
    let found = std::env::split_paths(&path).map(|folder| folder.join(&name));
    found.into_iter().find(|program| program.is_file())
}

/// The first two numbers of a version such as 3.4.1.
fn version_in(word: &str) -> Option<Version> {
    let mut numbers = word.splitn(3, '.');
    let (major, minor) = (numbers.next()?, numbers.next()?);
    format!("{major}.{minor}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_read_from_a_word() {
        for (word, version) in [
            ("3.4.1", Some("3.4")),
            ("5.0", Some("5.0")),
            ("Blender", None),
            ("20022", None),
            ("v1.2", None),
        ] {
            let found = version_in(word).map(|version| version.to_string());
            assert_eq!(found.as_deref(), version, "{word}");
        }
    }
}
