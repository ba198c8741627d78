//! Names that stand for many files: tiles of a texture (`<UDIM>`), frames of a sequence (`%04d`).

/// What a pattern numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Tiles of one texture.
    Tiles,
    /// Frames, or views.
    Frames,
}

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// `1001` to `1999`.
    Udim,
    /// `u1_v1`.
    UvTile,
    /// A number with at least so many digits.
    Number(usize),
    /// A view: `left`, `right`, or their first letters.
    View,
}

/// A name that stands for many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    pieces: Vec<Piece>,
    pub kind: Kind,
}

/// More pieces than this are taken as text.
const MOST: usize = 8;

impl Pattern {
    /// The pattern in the name of a file; none if it stands for one file.
    pub fn of(name: &str) -> Option<Self> {
        let mut pieces = vec![Piece::Text(String::new())];
        let (mut rest, mut kind) = (name, None);
        while let Some(first) = rest.chars().next() {
            let found = if pieces.len() <= MOST {
                piece(rest)
            } else {
                None
            };
            match found {
                Some((piece, length)) => {
                    let is_tile = matches!(piece, Piece::Udim | Piece::UvTile);
                    kind = Some(if is_tile { Kind::Tiles } else { Kind::Frames });
                    pieces.extend([piece, Piece::Text(String::new())]);
                    rest = &rest[length..];
                }
                None => {
                    if let Some(Piece::Text(text)) = pieces.last_mut() {
                        text.push(first);
                    }
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        kind.map(|kind| Pattern { pieces, kind })
    }

    /// Whether it stands for this name, too.
    pub fn fits(&self, name: &str) -> bool {
        fits(&self.pieces, name)
    }
}

/// The piece at the start of a text, and its length.
fn piece(text: &str) -> Option<(Piece, usize)> {
    for (start, piece) in [
        ("<UDIM>", Piece::Udim),
        ("<udim>", Piece::Udim),
        ("%(UDIM)d", Piece::Udim),
        ("<UVTILE>", Piece::UvTile),
        ("<uvtile>", Piece::UvTile),
        ("<f>", Piece::Number(1)),
        ("<F>", Piece::Number(1)),
        ("%V", Piece::View),
        ("%v", Piece::View),
    ] {
        if text.starts_with(start) {
            return Some((piece, start.len()));
        }
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let width = |text: &str| text.parse::<usize>().ok().filter(|width| *width <= 16);
    if let Some(rest) = text.strip_prefix('%') {
        let count = digits(rest);
        if rest[count..].starts_with('d') {
            let width = if count == 0 {
                1
            } else {
                width(&rest[..count])?.max(1)
            };
            return Some((Piece::Number(width), 2 + count));
        }
    }
    if let Some(rest) = text.strip_prefix("$F") {
        let count = digits(rest);
        let width = if count == 0 {
            1
        } else {
            width(&rest[..count])?.max(1)
        };
        return Some((Piece::Number(width), 2 + count));
    }
    if let Some(rest) = text.strip_prefix("<f") {
        let count = digits(rest);
        if count > 0 && rest[count..].starts_with('>') {
            return Some((Piece::Number(width(&rest[..count])?.max(1)), 3 + count));
        }
    }
    match text.bytes().take_while(|byte| *byte == b'#').count() {
        0 => None,
        count => Some((Piece::Number(count), count)),
    }
}

fn fits(pieces: &[Piece], name: &str) -> bool {
    let Some((first, rest)) = pieces.split_first() else {
        return name.is_empty();
    };
    match first {
        Piece::Text(text) => name
            .strip_prefix(text.as_str())
            .is_some_and(|left| fits(rest, left)),
        Piece::Udim => match name.get(..4) {
            Some(tile)
                if tile.starts_with('1') && tile.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                fits(rest, &name[4..])
            }
            _ => false,
        },
        Piece::UvTile => {
            let Some((u, v)) = name
                .strip_prefix('u')
                .and_then(|name| name.split_once("_v"))
            else {
                return false;
            };
            let digits = v.bytes().take_while(u8::is_ascii_digit).count();
            let is_number = !u.is_empty() && u.bytes().all(|byte| byte.is_ascii_digit());
            is_number && digits > 0 && fits(rest, &v[digits..])
        }
        Piece::Number(width) => {
            let number = name.strip_prefix('-').unwrap_or(name);
            let digits = number.bytes().take_while(u8::is_ascii_digit).count();
            // A wider number has no zeros in front.
            let is_padded = digits == *width || (digits > *width && !number.starts_with('0'));
            is_padded && fits(rest, &number[digits..])
        }
        Piece::View => ["left", "right", "l", "r", "main", "L", "R"]
            .iter()
            .any(|view| name.strip_prefix(view).is_some_and(|left| fits(rest, left))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_files() {
        for (pattern, fitting, other) in [
            ("a.<UDIM>.exr", "a.1011.exr", "a.2011.exr"),
            ("a_<UVTILE>.exr", "a_u1_v12.exr", "a_u1.exr"),
            ("a.%04d.exr", "a.0007.exr", "a.7.exr"),
            ("a.%04d.exr", "a.12345.exr", "a.01234.exr"),
            ("a.%d.exr", "a.12.exr", "a.x.exr"),
            ("a.####.exr", "a.1001.exr", "a.101.exr"),
            ("a.%04d.exr", "a.-0007.exr", "a.-07.exr"),
            ("a.$F4.bgeo.sc", "a.0001.bgeo.sc", "a.1.bgeo.sc"),
            ("a.<f4>.exr", "a.0001.exr", "a.1.exr"),
            ("a_%V.%04d.exr", "a_left.0001.exr", "a_top.0001.exr"),
        ] {
            let pattern = Pattern::of(pattern).unwrap();
            assert!(pattern.fits(fitting), "{fitting}");
            assert!(!pattern.fits(other), "{other}");
        }
        assert_eq!(Pattern::of("a.<UDIM>.exr").unwrap().kind, Kind::Tiles);
        assert_eq!(Pattern::of("a.#.exr").unwrap().kind, Kind::Frames);
        for name in ["a.1001.exr", "100%.png", "a<b>.png", "%", "$"] {
            assert_eq!(Pattern::of(name), None, "{name}");
        }
        // Many pieces of any width cost no more than a few.
        let hostile = Pattern::of(&"%d".repeat(10_000)).unwrap();
        assert!(!hostile.fits(&"1".repeat(10_000)));
    }
}
