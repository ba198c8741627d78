//! An adapter by its name and its version, `maya@1.4.0`, where several versions of it are installed.

use std::path::Path;

/// What stands between the two.
const AT: char = '@';

/// The name and the version, if this is both.
pub fn split_version(adapter: &str) -> Option<(&str, &str)> {
    let (name, version) = adapter.rsplit_once(AT)?;
    let is_part = |it: char| it.is_ascii_alphanumeric() || ".+-".contains(it);
    let is_version =
        version.starts_with(|it: char| it.is_ascii_digit()) && version.chars().all(is_part);
    let path = Path::new(name);
    let is_name = path.file_name().is_some_and(|it| it == name) && path.extension().is_none();
    let is_file = version.ends_with(".wasm");
    (is_version && is_name && !is_file).then_some((name, version))
}

/// The name of an adapter, without its version if it has one.
pub fn without_version(adapter: &str) -> &str {
    split_version(adapter).map_or(adapter, |(name, _)| name)
}

/// This version of an adapter.
pub fn with_version(name: &str, version: &str) -> String {
    format!("{name}{AT}{version}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_with_a_version_is_split() {
        assert_eq!(split_version("maya@1.4.0"), Some(("maya", "1.4.0")));
        assert_eq!(
            split_version(&with_version("a", "2.0.0-rc.1")),
            Some(("a", "2.0.0-rc.1"))
        );
        for other in [
            "maya",
            "maya@",
            "@1",
            "maya@new",
            "../maya@1",
            "a/maya@1",
            "maya@1/x",
            "maya@1.wasm",
            "maya.x@1",
        ] {
            assert_eq!(split_version(other), None, "{other}");
            assert_eq!(without_version(other), other);
        }
    }
}
