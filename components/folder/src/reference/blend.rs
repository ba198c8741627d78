//! Blender: the libraries, images, sounds, movies, fonts and caches that a scene names.
//!
//! A `.blend` file describes its own structures (the block `DNA1`, at its end), so that the places
//! of the names are known for every version of Blender that ever was.

use std::collections::HashMap;
use std::io::{self, BufRead, Cursor, Read};

use super::scan::Scan;
use crate::blend::{self, Layout};

/// The blocks with the name of a file: their code, their structure, and the fields with the name,
/// of which the second is the older one. The last is the field of a packed file, which needs no
/// other.
const NAMES: [([u8; 4], &str, [&str; 2], &str); 7] = [
    (*b"LI\0\0", "Library", ["filepath", "name"], "*packedfile"),
    (*b"IM\0\0", "Image", ["filepath", "name"], "*packedfile"),
    (*b"SO\0\0", "bSound", ["filepath", "name"], "*packedfile"),
    (*b"MC\0\0", "MovieClip", ["filepath", "name"], ""),
    (*b"VF\0\0", "VFont", ["filepath", "name"], "*packedfile"),
    (*b"CF\0\0", "CacheFile", ["filepath", "filepath"], ""),
    (
        *b"VO\0\0",
        "Volume",
        ["filepath", "filepath"],
        "*packedfile",
    ),
];

/// The largest block of these kinds, and the largest description.
const LARGEST: u64 = 1 << 20;

/// All of these together, in bytes.
const MOST_HELD: usize = 128 << 20;

/// A block that may have a name in it.
struct Named {
    kind: usize,
    structure: u32,
    content: Vec<u8>,
}

pub fn find(file: &mut dyn BufRead, scan: &mut Scan) -> io::Result<()> {
    let (mut named, mut description, mut held) = (Vec::new(), None, 0);
    let content = blend::unpacked(file)?;
    let result = blend::blocks(content, |layout, block, content| {
        let kind = NAMES.iter().position(|(code, ..)| *code == block.code);
        if block.length <= LARGEST && (kind.is_some() || block.code == *b"DNA1") {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes)?;
            held += bytes.len();
            if held > MOST_HELD {
                return Err(invalid());
            }
            match kind {
                Some(kind) => named.push(Named {
                    kind,
                    structure: block.structure,
                    content: bytes,
                }),
                None => description = Some(Description::read(layout, bytes)?),
            }
        }
        Ok(())
    });
    if let Some(description) = description {
        for block in &named {
            if let Some(name) = description.name(block) {
                scan.add(name);
            }
        }
    }
    result
}

/// Where the fields of a structure are: offset and size.
type Fields = HashMap<String, (usize, usize)>;

/// The structures of the file.
struct Description {
    /// By the number of the structure: its name and its fields.
    structures: Vec<(String, Fields)>,
}

impl Description {
    fn read(layout: Layout, bytes: Vec<u8>) -> io::Result<Self> {
        let size = bytes.len();
        let mut from = Cursor::new(bytes);
        tag(&mut from, b"SDNA")?;
        tag(&mut from, b"NAME")?;
        let names = texts(layout, &mut from, size)?;
        tag(&mut from, b"TYPE")?;
        let types = texts(layout, &mut from, size)?;
        tag(&mut from, b"TLEN")?;
        let lengths: Vec<usize> = (0..types.len())
            .map(|_| layout.u16(&mut from).map(usize::from))
            .collect::<io::Result<_>>()?;
        tag(&mut from, b"STRC")?;
        let count = layout.u32(&mut from)? as usize;
        let mut structures = Vec::new();
        // Each has four bytes at least, so that the end of the block bounds this.
        for _ in 0..count {
            let kind = usize::from(layout.u16(&mut from)?);
            let fields = layout.u16(&mut from)?;
            let (mut offset, mut places) = (0, HashMap::new());
            for _ in 0..fields {
                let kind = usize::from(layout.u16(&mut from)?);
                let name = usize::from(layout.u16(&mut from)?);
                let (Some(length), Some(name)) = (lengths.get(kind), names.get(name)) else {
                    return Err(invalid());
                };
                let (plain, count) = array(name);
                let each = match plain.starts_with('*') || plain.starts_with('(') {
                    true => {
                        if layout.is_wide {
                            8
                        } else {
                            4
                        }
                    }
                    false => *length,
                };
                let size = each.checked_mul(count).ok_or_else(invalid)?;
                places.insert(plain.to_owned(), (offset, size));
                offset = usize::checked_add(offset, size).ok_or_else(invalid)?;
            }
            structures.push((types.get(kind).cloned().unwrap_or_default(), places));
        }
        Ok(Description { structures })
    }

    /// The name in a block, relative to the file where Blender writes `//`; none if the file is
    /// packed into the scene.
    fn name(&self, block: &Named) -> Option<String> {
        let (_, structure, fields, packed) = NAMES[block.kind];
        let (name, places) = self.structures.get(block.structure as usize)?;
        if name != structure {
            return None;
        }
        let bytes = |field: &str| {
            let (offset, size) = *places.get(field)?;
            block.content.get(offset..offset.checked_add(size)?)
        };
        if bytes(packed).is_some_and(|pointer| pointer.iter().any(|byte| *byte != 0)) {
            return None;
        }
        let text = fields.iter().find_map(|field| bytes(field))?;
        let end = text
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(text.len());
        let text = String::from_utf8_lossy(&text[..end]).into_owned();
        // Made by Blender itself.
        let is_made = text.is_empty() || text == "<builtin>" || text.starts_with("<memory");
        let text = text.strip_prefix("//").map(str::to_owned).unwrap_or(text);
        // The first frame stands for all of them.
        let source = bytes("source")
            .and_then(|source| Some(u16::from(*source.first()?) | u16::from(*source.get(1)?)));
        let is_sequence = matches!(
            (structure, source),
            ("Image", Some(2)) | ("MovieClip", Some(1))
        );
        let text = if is_sequence { frames(&text) } else { text };
        (!is_made).then_some(text)
    }
}

/// The name of a frame as the pattern of all frames: `a.####.exr` for `a.0001.exr`.
fn frames(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let before = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let count = stem.len() - before.len();
    format!("{before}{}{}", "#".repeat(count), &name[stem.len()..])
}

/// A field's name without the sizes of its array, and how many values it has: `mat[4][4]`.
fn array(name: &str) -> (&str, usize) {
    let mut parts = name.split('[');
    let plain = parts.next().unwrap_or_default();
    let sizes = parts.map(|size| size.trim_end_matches(']').parse::<usize>().unwrap_or(1));
    (plain, sizes.fold(1, usize::saturating_mul))
}

/// Texts that end with a zero, after their number.
fn texts(layout: Layout, from: &mut Cursor<Vec<u8>>, most: usize) -> io::Result<Vec<String>> {
    let count = layout.u32(from)? as usize;
    if count > most {
        return Err(invalid());
    }
    let mut texts = Vec::new();
    for _ in 0..count {
        let mut text = Vec::new();
        from.read_until(0, &mut text)?;
        if text.pop() != Some(0) {
            return Err(invalid());
        }
        texts.push(String::from_utf8_lossy(&text).into_owned());
    }
    Ok(texts)
}

/// A word of four letters, at a multiple of four bytes.
fn tag(from: &mut Cursor<Vec<u8>>, word: &[u8; 4]) -> io::Result<()> {
    let position = from.position();
    from.set_position(position.next_multiple_of(4));
    let mut found = [0; 4];
    from.read_exact(&mut found)?;
    match found == *word {
        true => Ok(()),
        false => Err(invalid()),
    }
}

fn invalid() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "its description of structures is not valid",
    )
}
