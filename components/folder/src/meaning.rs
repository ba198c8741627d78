//! What the numbers of alike names mean: frames, tiles of one texture, or nothing.
//!
//! Names are alike if only their numbers differ. A name alone decides if it can, so that a file is
//! the same whatever lies beside it: `hero.1001.exr` is a frame, `hero_v001.png` a version,
//! `icon_16.png` a size. Only where a name says nothing, as for `blob_3.png`, do the other numbers
//! count: how many there are, whether they count on, and whether the images have one size. Each
//! guess comes with its reason, which people see, and a correction of theirs overrules it.

use std::fmt;

use crate::alike::Alike;
use crate::family;
use crate::header::Size;
use crate::number;
use crate::sequence;
use crate::word;

/// What the numbers of alike names mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Each file is something of its own.
    Files,
    /// They are the frames of a sequence, which counts in this step, in units of the last digit.
    Frames { step: i64 },
    /// They are places of one texture: UDIM from 1001 on, or `u1_v1`.
    Tiles,
}

impl Meaning {
    /// Reads what an artist wrote: `files`, `frames`, `frames by 5`, `tiles`.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        Some(match text.as_str() {
            "files" => Meaning::Files,
            "frames" => Meaning::Frames { step: 1 },
            "tiles" => Meaning::Tiles,
            _ => {
                let step = text.strip_prefix("frames by ")?.trim().parse().ok()?;
                (step > 0).then_some(Meaning::Frames { step })?
            }
        })
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Meaning::Files => f.write_str("files"),
            Meaning::Frames { step: 1 } => f.write_str("frames"),
            Meaning::Frames { step } => write!(f, "frames by {step}"),
            Meaning::Tiles => f.write_str("tiles"),
        }
    }
}

/// A meaning, and the reason for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guess {
    pub meaning: Meaning,
    /// A clause without a subject: `counts from 1001`.
    pub why: &'static str,
    /// Whether the names alone say it. If not, what was published before is asked, too.
    pub is_sure: bool,
}

/// What the numbers mean. `size` is the size in pixels of the file at a position; it is only asked
/// where it decides.
pub fn guess(alike: &Alike, size: &dyn Fn(usize) -> Option<Size>) -> Guess {
    let numbers: Vec<i64> = alike.digits.iter().map(|d| number::value(d)).collect();
    let sure = |meaning, why| Guess {
        meaning,
        why,
        is_sure: true,
    };
    let frames = || Meaning::Frames {
        step: sequence::step(&numbers),
    };
    let kind = family::of(alike.extension);
    if kind.sequence.is_none() {
        return sure(Meaning::Files, "is no image and no cache");
    }
    if alike.digits[0].starts_with(['u', 'U']) {
        return match kind.is_image() {
            true => sure(Meaning::Tiles, "has a place in a grid"),
            false => sure(Meaning::Files, "is no image"),
        };
    }
    if let Some(why) = word::other_number(alike) {
        return sure(Meaning::Files, why);
    }
    if kind.is_image()
        && let Some(why) = tiles(alike, &numbers, size)
    {
        return sure(Meaning::Tiles, why);
    }
    if let Some(why) = named_frames(alike, kind) {
        return sure(frames(), why);
    }
    if is_size(alike, &numbers, size) {
        return sure(Meaning::Files, "has a size in its name");
    }
    if numbers.iter().all(|n| UDIM.contains(n)) && number::width(alike.digits[0]) == 4 {
        return sure(frames(), "counts from 1001");
    }
    let (meaning, why) = match by_numbers(&numbers, size) {
        Ok(why) => (frames(), why),
        Err(why) => (Meaning::Files, why),
    };
    Guess {
        meaning,
        why,
        is_sure: false,
    }
}

/// The numbers of UDIM: 1001 is the first tile, 1011 the one above it.
const UDIM: std::ops::RangeInclusive<i64> = 1001..=1999;

/// Why these are tiles of one texture, if they are. Several signs count together, because the same
/// numbers are the frames of most shots.
fn tiles(
    alike: &Alike,
    numbers: &[i64],
    size: &dyn Fn(usize) -> Option<Size>,
) -> Option<&'static str> {
    let is_udim = |digits: &&str| digits.len() == 4;
    if !numbers.iter().all(|n| UDIM.contains(n)) || !alike.digits.iter().all(is_udim) {
        return None;
    }
    if word::has_udim(alike.prefix) {
        return Some("has UDIM in its name");
    }
    let is_texture = word::has_texture(alike.prefix) || alike.extension.eq_ignore_ascii_case("tx");
    let is_render = word::has_render(alike.prefix);
    let is_grid = is_grid(numbers);
    let step = sequence::step(numbers);
    let is_run = numbers.windows(2).all(|pair| pair[1] - pair[0] == step);
    // Nothing else can be a tile, so do not open any file.
    let is_alone = numbers.len() == 1;
    if !is_texture && !is_grid && (is_render || is_alone || numbers.len() > 10) {
        return None;
    }
    let size = size(0);
    if size.is_some_and(|size| size.width != size.height || numbers == [size.width as i64]) {
        return None;
    }
    let is_square = size.is_some_and(|size| size.width.is_power_of_two() && size.width >= 256);
    let signs = 2 * i32::from(is_texture)
        + 2 * i32::from(is_grid)
        + 2 * i32::from(is_square)
        + i32::from(!is_run)
        - 2 * i32::from(is_run && numbers.len() > 10)
        - 2 * i32::from(is_render);
    match signs {
        2.. if is_texture => Some("is named as a texture and counts as UDIM does"),
        2.. if is_grid => Some("fills rows as UDIM does"),
        2.. => Some("has the size of a texture and counts as UDIM does"),
        _ => None,
    }
}

/// Whether these fill at least two rows of ten from the left, one of them with two tiles or more,
/// and do not simply count on.
fn is_grid(numbers: &[i64]) -> bool {
    let mut rows: Vec<(i64, Vec<i64>)> = Vec::new();
    for place in numbers.iter().map(|n| n - 1001) {
        match rows.last_mut() {
            Some((row, columns)) if *row == place / 10 => columns.push(place % 10),
            _ => rows.push((place / 10, vec![place % 10])),
        }
    }
    let is_full = |columns: &Vec<i64>| columns.iter().copied().eq(0..columns.len() as i64);
    let counts_on = numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
    !counts_on
        && rows.len() > 1
        && rows
            .iter()
            .all(|(_, columns)| is_full(columns) && columns.len() < 10)
        && rows.iter().any(|(_, columns)| columns.len() > 1)
}

/// Why one of these names alone is a frame, if it is.
fn named_frames(alike: &Alike, kind: family::Kind) -> Option<&'static str> {
    let first = alike.digits[0];
    if alike.separator == "." {
        return Some("has a dot before its number");
    }
    if first.starts_with('-') {
        return Some("has a negative number");
    }
    if number::is_padded(first) && number::width(first) > 2 {
        return Some("has a padded number");
    }
    if alike.prefix.is_empty() && number::width(first) > 3 {
        return Some("is only a number");
    }
    if kind.family == "cache" {
        return Some("is a numbered cache");
    }
    word::has_frame(alike.prefix).then_some("has a word for frames in its name")
}

/// Widths and heights of images that people write into names.
const SIZES: [i64; 48] = [
    16, 20, 22, 24, 29, 32, 36, 40, 44, 48, 57, 58, 60, 64, 72, 76, 80, 87, 96, 114, 120, 128, 144,
    150, 152, 167, 180, 192, 196, 228, 256, 310, 384, 400, 512, 600, 640, 720, 768, 800, 1024,
    1080, 1920, 2048, 2160, 3840, 4096, 8192,
];

/// Whether all numbers are sizes of images, and the images do not say otherwise.
fn is_size(alike: &Alike, numbers: &[i64], size: &dyn Fn(usize) -> Option<Size>) -> bool {
    let is_plain = alike.digits.iter().all(|digits| !number::is_padded(digits));
    // A run through the sizes is no set of sizes: 22, 23, 24.
    is_plain
        && numbers.iter().all(|n| SIZES.contains(n))
        && match size(0) {
            Some(size) if numbers[0] > 1000 => {
                size.width == numbers[0] as u64 || size.height == numbers[0] as u64
            }
            _ => true,
        }
}

/// Whether numbers in names that say nothing are frames, and why.
fn by_numbers(
    numbers: &[i64],
    size: &dyn Fn(usize) -> Option<Size>,
) -> Result<&'static str, &'static str> {
    let (first, last) = (numbers[0], numbers[numbers.len() - 1]);
    if numbers.len() < 3 {
        return Err("is one of less than three");
    }
    let step = sequence::step(numbers);
    let places = (last - first) / step + 1;
    // Steps of pictures that somebody numbered by hand.
    if (numbers.len() as i64) * 2 < places || step > 24 {
        return Err("has a number that does not count on");
    }
    let (one, other) = (size(0), size(numbers.len() - 1));
    if let (Some(one), Some(other)) = (one, other)
        && one != other
    {
        return Err("has another size than its neighbours");
    }
    Ok("counts on")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(prefix: &str, separator: &str, digits: &[&str], extension: &str) -> String {
        sized(prefix, separator, digits, extension, None)
    }

    fn sized(
        prefix: &str,
        separator: &str,
        digits: &[&str],
        extension: &str,
        size: Option<(u64, u64)>,
    ) -> String {
        let alike = Alike {
            prefix,
            separator,
            extension,
            digits,
        };
        let size = size.map(|(width, height)| Size { width, height });
        guess(&alike, &|_| size).meaning.to_string()
    }

    #[test]
    fn one_name_alone_can_be_enough() {
        for (prefix, separator, digits, extension, expected) in [
            ("hero", ".", "1001", "exr", "frames"),
            ("hero", ".", "1", "png", "frames"),
            ("shot", "", "0001", "png", "frames"),
            ("", "", "0001", "png", "frames"),
            ("plate", "_", "1001", "exr", "frames"),
            ("smoke", "_", "7", "vdb", "frames"),
            ("hero", ".", "-002", "exr", "frames"),
            ("render", "_", "12", "png", "frames"),
            ("hero_v", "", "001", "png", "files"),
            ("icon", "_", "16", "png", "files"),
            ("wood", "_", "2048", "png", "files"),
            ("view", "_", "3", "png", "files"),
            ("notes", "_", "0001", "pdf", "files"),
            ("wood", "_", "u1_v1", "tif", "tiles"),
            ("wood_albedo", "_", "1001", "png", "tiles"),
            ("wood_UDIM", ".", "1012", "png", "tiles"),
        ] {
            let found = meaning(prefix, separator, &[digits], extension);
            assert_eq!(found, expected, "{prefix}{separator}{digits}.{extension}");
        }
    }

    #[test]
    fn tiles_need_more_signs_than_their_numbers() {
        let rows = ["1001", "1002", "1011", "1012"];
        assert_eq!(meaning("hero", ".", &rows, "exr"), "tiles");
        assert_eq!(meaning("hero_comp", ".", &rows, "exr"), "frames");
        let wide = Some((1920, 1080));
        assert_eq!(sized("hero_diffuse", ".", &rows, "exr", wide), "frames");
        let run: Vec<String> = (1001..1049).map(|n| n.to_string()).collect();
        let run: Vec<&str> = run.iter().map(String::as_str).collect();
        assert_eq!(meaning("hero_diffuse", ".", &run, "exr"), "frames");
        let large = Some((4096, 4096));
        assert_eq!(sized("hero", "_", &run[..3], "exr", large), "tiles");
        assert_eq!(sized("hero", "_", &run[..3], "exr", Some((4, 4))), "frames");
        let tens = ["1001", "1011", "1021", "1031"];
        assert_eq!(meaning("preview", ".", &tens, "png"), "frames by 10");
        let holes = ["1001", "1013", "1020"];
        assert_eq!(meaning("keys", ".", &holes, "png"), "frames");
    }

    #[test]
    fn names_that_say_nothing_are_decided_by_their_numbers() {
        assert_eq!(meaning("blob", "_", &["1", "2", "3"], "png"), "frames");
        assert_eq!(meaning("blob", "_", &["1", "2"], "png"), "files");
        assert_eq!(meaning("blob", "_", &["3", "17", "99"], "png"), "files");
        let sizes = |place: usize| {
            Some(Size {
                width: 100 + place as u64,
                height: 100,
            })
        };
        let alike = Alike {
            prefix: "blob",
            separator: "_",
            extension: "png",
            digits: &["1", "2", "3"],
        };
        let found = guess(&alike, &sizes);
        assert_eq!((found.meaning, found.is_sure), (Meaning::Files, false));
    }

    #[test]
    fn a_size_in_a_name_is_that_of_the_image() {
        let wood = |size| sized("wood", "_", &["1024"], "exr", size);
        assert_eq!(wood(Some((1024, 1024))), "files");
        assert_eq!(wood(Some((2048, 858))), "frames");
        assert_eq!(wood(None), "files");
    }

    #[test]
    fn what_an_artist_writes_is_read() {
        for text in ["files", "frames", "tiles", "frames by 5"] {
            assert_eq!(Meaning::read(text).unwrap().to_string(), text);
        }
        assert_eq!(Meaning::read(" Frames by 1 "), Meaning::read("frames"));
        for text in ["", "frames by 0", "frames by -2", "frames by x", "udim"] {
            assert_eq!(Meaning::read(text), None, "{text}");
        }
    }
}
