//! The words in names that say what a number beside them is.

use crate::meaning::Alike;
use crate::number;

/// Before a number of any width: a version or a take, never a frame.
const VERSIONS: [&str; 8] = [
    "v", "ver", "vers", "version", "rev", "revision", "take", "tk",
];

/// Before a number of up to three digits: a part of the work, or a copy.
const PARTS: [&str; 27] = [
    "sh", "shot", "sc", "scene", "seq", "sq", "ep", "cam", "lod", "mip", "part", "pt", "page",
    "pg", "copy", "draft", "wip", "option", "opt", "size", "layer", "panel", "ref", "id", "uv",
    "asset", "var",
];

/// Before the counter of a camera or a phone, or of a program that takes pictures of a screen.
const COUNTERS: [&str; 27] = [
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
    "shot",
    "picture",
    "foto",
    "bild",
    "download",
    "untitled",
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
    if width <= 3 && PARTS.contains(&word) {
        return Some("has the number of a part of the work in its name");
    }
    let is_photo = ["jpg", "jpeg", "png", "tif", "tiff"]
        .iter()
        .any(|known| alike.extension.eq_ignore_ascii_case(known));
    if is_photo && COUNTERS.contains(&word) && !(word == "shot" && is_beside) {
        return Some("has the counter of a camera in its name");
    }
    None
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
        // A time after a date. One of four digits is more often a frame.
        6 if separator != "." => {
            let before = prefix.trim_end_matches(['_', '-', 't', ' ']);
            let start = before.len().saturating_sub(8);
            let date = before.get(start..).unwrap_or_default();
            date.len() == 8
                && date.bytes().all(|byte| byte.is_ascii_digit())
                && is_date("", "", date)
        }
        // The day after the year and the month.
        2 => {
            let mut parts = prefix.rsplit(['-', '_', '.']);
            let (month, year) = (parts.next(), parts.next());
            let number = |text: Option<&str>, digits: usize| {
                let text = text?;
                let text = text.get(text.len().checked_sub(digits)?..)?;
                text.parse::<i64>().ok()
            };
            let is_short = month.is_some_and(|month| month.len() == 2);
            match (number(year, 4), number(month, 2)) {
                (Some(year), Some(month)) if is_short => is_day(year, month, value),
                _ => false,
            }
        }
        _ => false,
    }
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
