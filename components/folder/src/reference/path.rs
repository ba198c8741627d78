//! Where a name in a file leads to.

/// Where a name leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A path beneath the inbox. It may be a pattern, and there may be no such file.
    Inside(String),
    /// A relative path that leads out of the inbox.
    Leaves,
    Absolute,
    /// An address, or something that another program resolves.
    Remote,
}

/// Where a name leads to that is in a file of this folder, a path beneath the inbox; empty for the
/// inbox itself.
pub fn target(folder: &str, name: &str) -> Target {
    let name = name.replace('\\', "/");
    if name.starts_with('/') || is_drive(&name) {
        return Target::Absolute;
    }
    if let Some((scheme, _)) = name.split_once(':')
        && scheme.len() > 1
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    {
        return match scheme.eq_ignore_ascii_case("file") {
            true => Target::Absolute,
            false => Target::Remote,
        };
    }
    // Variables and expressions of the program that opens it.
    if name.contains("${") || name.starts_with('$') || name.starts_with('`') || name.contains('[') {
        return Target::Remote;
    }
    let mut words: Vec<&str> = folder.split('/').filter(|word| !word.is_empty()).collect();
    for word in name.split('/') {
        match word {
            "" | "." => {}
            ".." => {
                if words.pop().is_none() {
                    return Target::Leaves;
                }
            }
            word => words.push(word),
        }
    }
    match words.is_empty() || name.chars().any(|c| c == '\0') {
        true => Target::Leaves,
        false => Target::Inside(words.join("/")),
    }
}

/// The folder of a path, and the name in it.
pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn is_drive(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_somewhere() {
        let inside = |path: &str| Target::Inside(path.into());
        for (folder, name, leads) in [
            ("", "a.png", inside("a.png")),
            ("", "./t/../a.png", inside("a.png")),
            ("geo", "..\\tex\\a b.png", inside("tex/a b.png")),
            ("geo/x", "../../a.png", inside("a.png")),
            ("", "../a.png", Target::Leaves),
            ("geo", "../../a.png", Target::Leaves),
            ("", ".", Target::Leaves),
            ("geo", "/mnt/a.png", Target::Absolute),
            ("", "C:\\tex\\a.png", Target::Absolute),
            ("", "c:a.png", Target::Absolute),
            ("", "\\\\server\\a.png", Target::Absolute),
            ("", "file:///a.png", Target::Absolute),
            ("", "https://x.y/a.png", Target::Remote),
            ("", "omniverse://x/a.usd", Target::Remote),
            ("", "${SHOT}/a.usd", Target::Remote),
            ("", "$HIP/a.png", Target::Remote),
            ("", "[getenv X]/a.exr", Target::Remote),
        ] {
            assert_eq!(target(folder, name), leads, "{folder} {name}");
        }
    }
}
