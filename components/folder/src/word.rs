//! The words in names that say what a number beside them is.

use crate::alike::Alike;
use crate::number;

/// Before a number of any width: a version or a take, never a frame.
const VERSIONS: [&str; 8] = [
    "v", "ver", "vers", "version", "rev", "revision", "take", "tk",
];

/// Before a number of up to three digits: a part of the work, or a copy.
const PARTS: [&str; 28] = [
    "ep", "lod", "mip", "part", "pt", "page", "pg", "copy", "draft", "wip", "option", "opt",
    "size", "panel", "ref", "id", "uv", "asset", "var", "variant", "alt", "final", "try",
    "concept", "sketch", "board", "slide", "mood",
];

/// Right before a number of up to three digits, or before one that does not simply count on: a shot
/// or a camera.
const SHOTS: [&str; 9] = [
    "sh", "shot", "sc", "scene", "seq", "sq", "cam", "camera", "layer",
];

/// Right before a number of up to three digits: revision, take, cut, episode.
const LETTERS: [&str; 4] = ["r", "t", "c", "e"];

/// So many numbers that count on are frames, even if a word for shots stands before them.
const LONG_RUN: usize = 10;

/// Before the counter of a camera or a phone, or of a program that takes pictures of a screen.
const COUNTERS: [&str; 25] = [
    "img",
    "mg",
    "dsc",
    "dscn",
    "dscf",
    "gopr",
    "gp",
    "pict",
    "sam",
    "imgp",
    "cimg",
    "pxl",
    "mvi",
    "photo",
    "screenshot",
    "screen",
    "picture",
    "foto",
    "bild",
    "download",
    "scan",
    "whatsapp",
    "wa",
    "hdr",
    "pano",
];

/// In the names of textures.
const TEXTURES: [&str; 61] = [
    "diffuse",
    "diff",
    "dif",
    "albedo",
    "alb",
    "basecolor",
    "basecolour",
    "color",
    "colour",
    "col",
    "clr",
    "roughness",
    "rough",
    "rgh",
    "normal",
    "normals",
    "nrm",
    "norm",
    "nor",
    "metallic",
    "metalness",
    "metal",
    "mtl",
    "specular",
    "spec",
    "displacement",
    "disp",
    "dsp",
    "height",
    "bump",
    "bmp",
    "ao",
    "occlusion",
    "opacity",
    "emissive",
    "emission",
    "sss",
    "subsurface",
    "gloss",
    "glossiness",
    "cavity",
    "curvature",
    "thickness",
    "tex",
    "texture",
    "textures",
    "map",
    "mask",
    "translucency",
    "transmission",
    "coat",
    "anisotropy",
    "ior",
    "dirt",
    "orm",
    "arm",
    "id",
    "sheen",
    "refl",
    "vdm",
    "base",
];

/// In the names of what was rendered or filmed.
const RENDERS: [&str; 28] = [
    "comp",
    "cmp",
    "render",
    "renders",
    "beauty",
    "rgba",
    "plate",
    "precomp",
    "roto",
    "matte",
    "slap",
    "slapcomp",
    "playblast",
    "preview",
    "turntable",
    "turn",
    "anim",
    "cam",
    "sh",
    "shot",
    "sq",
    "seq",
    "lgt",
    "lighting",
    "aov",
    "grade",
    "depth",
    "fx",
];

/// Right before a number: it counts frames.
const FRAMES: [&str; 17] = [
    "frame",
    "frames",
    "fr",
    "f",
    "render",
    "renders",
    "anim",
    "playblast",
    "turntable",
    "beauty",
    "plate",
    "comp",
    "seq",
    "sequence",
    "sim",
    "flipbook",
    "preview",
];

/// Why the number beside these words is no frame, if it is none.
pub fn other_number(alike: &Alike) -> Option<&'static str> {
    let first = alike.digits[0];
    let width = number::width(first);
    let lower = alike.prefix.to_lowercase();
    let word = last_word(&lower);
    let is_beside = alike.separator.is_empty();
    if VERSIONS.contains(&word) && alike.separator != "." {
        return Some("has a version or a take in its name");
    }
    // `1920x1080`.
    if is_beside
        && let Some(before) = lower.strip_suffix('x')
        && before.ends_with(|c: char| c.is_ascii_digit())
    {
        return Some("has a size in its name");
    }
    if alike
        .digits
        .iter()
        .all(|digits| is_date(&lower, alike.separator, digits))
    {
        return Some("has a date in its name");
    }
    // After a dot only frames are usual.
    if alike.separator == "." {
        return None;
    }
    let is_part = PARTS.contains(&word)
        || (is_beside && LETTERS.contains(&word))
        || (SHOTS.contains(&word) && !is_long_run(alike));
    if width <= 3 && is_part {
        return Some("has the number of a part of the work in its name");
    }
    let is_photo = ["jpg", "jpeg", "png", "tif", "tiff"]
        .iter()
        .any(|known| alike.extension.eq_ignore_ascii_case(known));
    if is_photo && COUNTERS.contains(&word) {
        return Some("has the counter of a camera in its name");
    }
    None
}

/// Whether so many numbers simply count on that they are frames.
fn is_long_run(alike: &Alike) -> bool {
    let value = |digits: &&str| number::value(digits);
    let numbers: Vec<i64> = alike.digits.iter().map(value).collect();
    numbers.len() >= LONG_RUN && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

/// Whether UDIM is a word of the name.
pub fn has_udim(prefix: &str) -> bool {
    words(prefix).any(|word| word == "udim" || word == "udims")
}

/// Whether a word of the name is one of textures.
pub fn has_texture(prefix: &str) -> bool {
    words(prefix).any(|word| TEXTURES.contains(&word.as_str()))
}

/// Whether a word of the name is one of renders and plates.
pub fn has_render(prefix: &str) -> bool {
    words(prefix).any(|word| RENDERS.contains(&word.as_str()))
}

/// Whether the last word of the name is one for frames.
pub fn has_frame(prefix: &str) -> bool {
    FRAMES.contains(&last_word(&prefix.to_lowercase()))
}

/// The letters at the end of a name.
fn last_word(prefix: &str) -> &str {
    let before = prefix.trim_end_matches(|c: char| c.is_alphabetic());
    &prefix[before.len()..]
}

/// The words of a name in lower case, also those of `camelCase`.
fn words(name: &str) -> impl Iterator<Item = String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in name.chars() {
        let begins = !last.is_alphabetic() || (c.is_uppercase() && last.is_lowercase());
        if c.is_alphabetic() {
            if begins {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        last = c;
    }
    words.into_iter()
}

/// Whether these digits, after this prefix, are a date or a time.
fn is_date(prefix: &str, separator: &str, digits: &str) -> bool {
    let value = number::value(digits);
    match digits.len() {
        8 => is_day(value / 10_000, value / 100 % 100, value % 100),
        12 | 14 => {
            let day = value / 10_i64.pow(digits.len() as u32 - 8);
            is_day(day / 10_000, day / 100 % 100, day % 100)
        }
        // Seconds or milliseconds since 1970.
        10 | 13 => digits.starts_with('1'),
        // A time after a date, with thousandths on phones.
        6 | 9 if separator != "." => {
            let time = value / if digits.len() == 9 { 1_000 } else { 1 };
            has_date(prefix) && time / 10_000 < 24 && time / 100 % 100 < 60 && time % 100 < 60
        }
        // The year after the day and the month.
        4 => {
            let mut parts = prefix.rsplit(['-', '_', '.']).take(2).map(two_digits);
            let (a, b) = (parts.next().flatten(), parts.next().flatten());
            match (a, b) {
                (Some(a), Some(b)) => is_day(value, a, b) || is_day(value, b, a),
                _ => false,
            }
        }
        // The day after the year and the month, or the seconds after a date and a time.
        2 => {
            let mut parts = prefix.rsplit(['-', '_', '.', ' ', ':']);
            let last = parts.next().and_then(two_digits);
            let before = parts.next().unwrap_or_default();
            let year = before.len().checked_sub(4).and_then(|at| before.get(at..));
            let year = year.and_then(|year| year.parse().ok()).unwrap_or(0);
            let is_hour = two_digits(before).is_some_and(|hour| hour < 24);
            match last {
                Some(month) if is_day(year, month, value) => true,
                Some(minute) => is_hour && minute < 60 && value < 60 && has_date(prefix),
                None => false,
            }
        }
        _ => false,
    }
}

/// The value of a text that is exactly two digits.
fn two_digits(text: &str) -> Option<i64> {
    let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// Whether a day is in a text: `20240131`, `2024-01-31`.
fn has_date(text: &str) -> bool {
    let plain: Vec<u8> = text.bytes().collect();
    let number = |bytes: &[u8]| {
        let is_number = bytes.iter().all(u8::is_ascii_digit);
        let digits = bytes.iter().map(|byte| i64::from(byte.wrapping_sub(b'0')));
        is_number.then(|| digits.fold(0, |sum, digit| sum * 10 + digit))
    };
    let day =
        |year: &[u8], month: &[u8], day: &[u8]| match (number(year), number(month), number(day)) {
            (Some(year), Some(month), Some(day)) => is_day(year, month, day),
            _ => false,
        };
    let is_mark = |byte: u8| b"-_.".contains(&byte);
    plain
        .windows(8)
        .any(|it| day(&it[..4], &it[4..6], &it[6..]))
        || plain
            .windows(10)
            .any(|it| is_mark(it[4]) && it[7] == it[4] && day(&it[..4], &it[5..7], &it[8..]))
}

fn is_day(year: i64, month: i64, day: i64) -> bool {
    (1950..=2099).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(prefix: &str, separator: &str, digits: &str, extension: &str) -> Option<&'static str> {
        other_number(&Alike {
            prefix,
            separator,
            extension,
            digits: &[digits],
        })
    }

    #[test]
    fn versions_takes_sizes_dates_and_counters_are_no_frames() {
        for (prefix, separator, digits, extension) in [
            ("hero_v", "", "001", "png"),
            ("hero_ver", "_", "12", "png"),
            ("hero_take", "", "0003", "exr"),
            ("sq01_sh", "", "010", "png"),
            ("tree_lod", "", "2", "obj"),
            ("wall_1920x", "", "1080", "png"),
            ("shot", "_", "20240131", "png"),
            ("shot_20240131", "_", "093000", "png"),
            ("PXL_20240131", "_", "093000123", "jpg"),
            ("Screenshot 2024-01-31 at 09.30", ".", "05", "png"),
            ("Screenshot from 2024-01-31 09-30", "-", "05", "png"),
            ("review_31.01", ".", "2024", "png"),
            ("hero_r", "", "03", "png"),
            ("sq10_c", "", "010", "png"),
            ("hero_final", "", "2", "png"),
            ("review-2024-01", "-", "31", "png"),
            ("log", "_", "1700000000", "png"),
            ("IMG", "_", "0001", "JPG"),
            ("DSC", "", "01234", "jpg"),
            ("Screenshot", " ", "12", "png"),
        ] {
            let found = why(prefix, separator, digits, extension);
            assert!(found.is_some(), "{prefix}{separator}{digits}.{extension}");
        }
    }

    #[test]
    fn frames_are_not_taken_for_something_else() {
        for (prefix, separator, digits, extension) in [
            ("hero", ".", "1001", "exr"),
            ("shot", "", "0001", "png"),
            ("hero_v001", ".", "0001", "png"),
            ("img", ".", "0001", "exr"),
            ("hero", "_", "20241331", "png"),
            ("move", "_", "0001", "png"),
            ("plate_1001", "_", "0012", "png"),
            ("box", "", "0012", "png"),
            ("shot_20240131", "_", "1001", "exr"),
            ("shot_20240131", ".", "000101", "exr"),
            ("shot_20240131", ".", "01", "exr"),
            ("shot_2024", ".", "01", "exr"),
            ("hero_r", "_", "001", "exr"),
            ("main_10_20", ".", "1001", "exr"),
        ] {
            let found = why(prefix, separator, digits, extension);
            assert_eq!(found, None, "{prefix}{separator}{digits}.{extension}");
        }
    }

    #[test]
    fn words_are_told_by_case_and_separators() {
        let all: Vec<String> = words("wood_BaseColor2-Map.x").collect();
        assert_eq!(all, ["wood", "base", "color", "map", "x"]);
        assert!(has_texture("woodBaseColor") && !has_texture("colored"));
        assert!(has_udim("a_UDIM") && has_render("sh010_comp_v001"));
        assert!(has_frame("my_frame") && !has_frame("frame_2"));
    }
}
