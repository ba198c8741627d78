//! Names that every disk takes as they are, and names that are one name on some disks.
//!
//! Windows keeps names and characters for itself, and drops dots and spaces at the end. Windows and
//! macOS mind no case, and macOS takes both spellings of `ö` for one name.

use unicode_normalization::UnicodeNormalization;

/// Windows has devices of these names, with any extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// What Windows takes in no name.
const FORBIDDEN: [char; 9] = ['<', '>', ':', '"', '/', '\\', '|', '?', '*'];

/// What is wrong with a name on some disk, as a clause after the name.
pub fn fault(name: &str) -> Option<String> {
    if let Some(found) = name.chars().find(|c| FORBIDDEN.contains(c)) {
        return Some(format!(
            "contains {found:?}, which Windows takes in no name"
        ));
    }
    if name.ends_with(['.', ' ']) {
        return Some("ends with a dot or a space, which Windows drops".into());
    }
    let base = name.split('.').next().unwrap_or(name).trim_end();
    is_device(base).then(|| "is a name that Windows keeps for a device".into())
}

fn is_device(base: &str) -> bool {
    let lower = base.to_lowercase();
    let port = lower.strip_prefix("com").or(lower.strip_prefix("lpt"));
    let is_port = port.is_some_and(|number| {
        let mut digits = number.chars();
        let is_digit = |c: char| c.is_ascii_digit() || "¹²³".contains(c);
        digits.next().is_some_and(is_digit) && digits.next().is_none()
    });
    is_port || DEVICES.contains(&lower.as_str())
}

/// A form that is equal for names that are one name on some disk: `Höhe` in both spellings, `STRASSE`
/// and `straße`, `hero` and `hero.`.
pub fn fold(name: &str) -> String {
    let name = name.trim_end_matches(['.', ' ']);
    // By way of upper case, because only there `ß` is two letters; each character alone, because
    // the last `σ` of a word is another small letter.
    let lower = name.nfd().flat_map(char::to_lowercase);
    let upper = lower.flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).nfc().collect()
}

/// The length of a path as Windows counts it.
pub fn length(path: &str) -> usize {
    path.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_windows_does_not_take_are_known() {
        for name in [
            "aux",
            "AUX.png",
            "con.tar.gz",
            "nul .txt",
            "com1.png",
            "lpt9",
            "COM².png",
            "CONIN$",
            "a:b.png",
            "what?.png",
            "a*",
            "a\"b",
            "a<b",
            "hero.",
            "hero ",
            "a|b",
            "a\\b",
        ] {
            assert!(fault(name).is_some(), "{name}");
        }
        for name in [
            "auxiliary.png",
            "com.png",
            "com10.png",
            "lpt",
            "hero.png",
            "nulls",
            "a.aux",
        ] {
            assert_eq!(fault(name), None, "{name}");
        }
    }

    #[test]
    fn names_that_are_one_on_some_disk_fold_to_one() {
        for (a, b) in [
            ("h\u{f6}he.png", "ho\u{308}he.png"),
            ("stra\u{df}e.png", "STRASSE.png"),
            ("stra\u{1e9e}e.png", "strasse.png"),
            ("k.png", "\u{212a}.png"),
            ("Hero.png", "hERO.png"),
            ("ΣΟΦΟΣ", "σοφος"),
            ("ﬁle.png", "FILE.png"),
            ("\u{c5}.png", "\u{212b}.png"),
            ("hero", "hero."),
            ("hero", "hero "),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
        for (a, b) in [
            ("hero", "her0"),
            ("hohe", "höhe"),
            ("a.png", "a .png"),
            ("ı", "l"),
        ] {
            assert_ne!(fold(a), fold(b), "{a} {b}");
        }
        assert_eq!(length("a😀"), 3);
    }
}
