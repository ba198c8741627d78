//! The number in a file's name: where it is, and its value.
//!
//! The number is the last thing before the extension: `hero.1001.exr`, `shot0001.png`, `0001.png`.
//! It can be negative, if its sign follows a separator (`hero.-001.exr`), can have a fraction
//! (`sim.0001.25.vdb`), and can be a place in a grid (`wood_u1_v2.png`). Whether it counts frames at
//! all is for [`meaning`](crate::meaning) to say.

use crate::name;

/// A number with more digits than this is not a frame number, and too large for frontends.
const MOST_DIGITS: usize = 15;

/// A fraction with more digits than this is a number of its own.
const MOST_FRACTION: usize = 3;

/// What can stand between a name and its number.
const SEPARATORS: [char; 4] = ['_', '.', '-', ' '];

/// The parts of a numbered name. Together, with a dot before the extension, they are the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Numbered<'a> {
    /// The part before the separator. Empty if the name is only a number.
    pub prefix: &'a str,
    /// One character, or empty.
    pub separator: &'a str,
    /// As it is written: `1001`, `-001`, `0001.25` or `u1_v2`.
    pub digits: &'a str,
    /// Without the dot.
    pub extension: &'a str,
}

impl<'a> Numbered<'a> {
    /// The parts of a name, if it ends with a number.
    pub fn parse(file: &'a str) -> Option<Self> {
        let (stem, extension) = name::split(file);
        if let Some(at) = grid(stem) {
            return Some(Numbered::at(stem, at, extension));
        }
        let before = stem.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = stem.len() - before.len();
        let at = match before.strip_suffix('-') {
            Some(rest) if rest.is_empty() || rest.ends_with(SEPARATORS) => rest.len(),
            _ => before.len(),
        };
        (1..=MOST_DIGITS)
            .contains(&digits)
            .then(|| Numbered::at(stem, at, extension))
    }

    /// The parts of a name, if it ends with a number that has a fraction.
    pub fn parse_fraction(file: &'a str) -> Option<Self> {
        let (stem, extension) = name::split(file);
        let (whole, fraction) = stem.rsplit_once('.')?;
        let is_fraction = (1..=MOST_FRACTION).contains(&fraction.len())
            && fraction.bytes().all(|byte| byte.is_ascii_digit());
        let before = whole.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = whole.len() - before.len();
        let at = match before.strip_suffix('-') {
            Some(rest) if rest.ends_with(SEPARATORS) => rest.len(),
            _ => before.len(),
        };
        let usable = is_fraction
            && (1..=MOST_DIGITS - MOST_FRACTION).contains(&digits)
            && whole[..at].ends_with(SEPARATORS)
            && at > 1;
        usable.then(|| Numbered::at(stem, at, extension))
    }

    /// The parts of a stem whose number begins here.
    fn at(stem: &'a str, at: usize, extension: &'a str) -> Self {
        let (before, digits) = stem.split_at(at);
        let prefix = before.strip_suffix(SEPARATORS).unwrap_or(before);
        Numbered {
            prefix,
            separator: &before[prefix.len()..],
            digits,
            extension,
        }
    }
}

/// Where `u1_v2` begins at the end of a stem, after a separator.
fn grid(stem: &str) -> Option<usize> {
    let at = stem.rfind(['u', 'U'])?;
    (stem[..at].ends_with(SEPARATORS) && is_grid(&stem[at..])).then_some(at)
}

fn is_grid(text: &str) -> bool {
    let is_number = |text: &str| {
        (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    text.strip_prefix(['u', 'U'])
        .and_then(|rest| rest.split_once('_'))
        .and_then(|(u, rest)| Some((u, rest.strip_prefix(['v', 'V'])?)))
        .is_some_and(|(u, v)| is_number(u) && is_number(v))
}

/// The value of the digits of a [`Numbered`]: in whole numbers, or in units of the last digit of
/// its fraction. A place in a grid counts as UDIM does, from 0.
pub fn value(digits: &str) -> i64 {
    if is_grid(digits) {
        let mut numbers = digits[1..].split(['_', 'v', 'V']).filter(|n| !n.is_empty());
        let mut next = || numbers.next().map_or(0, unsigned);
        return next() + 1000 * next();
    }
    match digits.strip_prefix('-') {
        Some(digits) => -unsigned(digits),
        None => unsigned(digits),
    }
}

fn unsigned(digits: &str) -> i64 {
    let digits = digits.bytes().filter(u8::is_ascii_digit);
    digits.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
}

/// How many digits the fraction of a number has.
pub fn fraction(digits: &str) -> usize {
    digits
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len())
}

/// The printed width of the whole number, without its sign.
pub fn width(digits: &str) -> usize {
    let whole = digits.split('.').next().unwrap_or(digits);
    whole.trim_start_matches('-').len()
}

/// Whether the digits are padded: only then does one number show the width.
pub fn is_padded(digits: &str) -> bool {
    width(digits) > 1 && digits.trim_start_matches('-').starts_with('0')
}

/// A value as text, with this many digits of a fraction: `-2`, `1001`, `1.25`.
pub fn text(value: i64, fraction: usize) -> String {
    let unit = 10_i64.pow(fraction as u32);
    let (whole, rest) = (value.abs() / unit, value.abs() % unit);
    let sign = if value < 0 { "-" } else { "" };
    match rest {
        0 => format!("{sign}{whole}"),
        _ => {
            let rest = format!("{rest:0fraction$}");
            format!("{sign}{whole}.{}", rest.trim_end_matches('0'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(name: &str) -> Option<(&str, &str, &str, &str)> {
        Numbered::parse(name).map(|n| (n.prefix, n.separator, n.digits, n.extension))
    }

    #[test]
    fn the_number_is_right_before_the_extension() {
        for (name, expected) in [
            ("hero.1001.exr", ("hero", ".", "1001", "exr")),
            ("hero_v2-7.PNG", ("hero_v2", "-", "7", "PNG")),
            ("smoke_0001.bgeo.sc", ("smoke", "_", "0001", "bgeo.sc")),
            ("hero..1.png", ("hero.", ".", "1", "png")),
            ("hero1001.exr", ("hero", "", "1001", "exr")),
            ("0001.png", ("", "", "0001", "png")),
            ("_1.png", ("", "_", "1", "png")),
            ("hero 12.png", ("hero", " ", "12", "png")),
            ("wood_u1_v12.tif", ("wood", "_", "u1_v12", "tif")),
            ("wood.U0_V0.tif", ("wood", ".", "U0_V0", "tif")),
            ("hero.-002.exr", ("hero", ".", "-002", "exr")),
            ("-002.exr", ("", "", "-002", "exr")),
            ("hero-002.exr", ("hero", "-", "002", "exr")),
        ] {
            assert_eq!(parts(name), Some(expected), "{name}");
        }
        for name in ["hero.exr", "hero.1001x.exr", "scan_1234567890123456.png"] {
            assert_eq!(parts(name), None, "{name}");
        }
        assert_eq!(parts("menu1_v2.png").unwrap().2, "2");
    }

    #[test]
    fn a_fraction_follows_a_whole_number() {
        let parts =
            |name| Numbered::parse_fraction(name).map(|n| (n.prefix, n.separator, n.digits));
        assert_eq!(parts("sim.0001.25.vdb"), Some(("sim", ".", "0001.25")));
        assert_eq!(parts("sim.-1.5.vdb"), Some(("sim", ".", "-1.5")));
        for name in [
            "sim.25.vdb",
            "sim.0001.2500.vdb",
            "sim1.25.vdb",
            "0001.25.vdb",
        ] {
            assert_eq!(parts(name), None, "{name}");
        }
        assert_eq!((value("0001.25"), value("-1.5")), (125, -15));
        assert_eq!((fraction("0001.25"), fraction("12")), (2, 0));
    }

    #[test]
    fn a_value_is_written_without_padding() {
        assert_eq!((value("0010"), value("-002")), (10, -2));
        assert_eq!((value("u1_v2"), value("U10_V0")), (2001, 10));
        assert_eq!((text(-2, 0), text(1001, 0)), ("-2".into(), "1001".into()));
        assert_eq!((text(125, 2), text(150, 2)), ("1.25".into(), "1.5".into()));
        assert_eq!((text(100, 2), text(-5, 1)), ("1".into(), "-0.5".into()));
        assert_eq!((width("-002"), width("0001.25")), (3, 4));
        assert!(is_padded("-01") && !is_padded("-1") && !is_padded("0"));
    }
}
