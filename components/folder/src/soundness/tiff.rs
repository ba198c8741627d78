//! TIFF and BigTIFF: each directory, and each strip and tile that it names.
//!
//! The crate `tiff` refuses a file whose pixels it cannot decode, and does not look at strips that
//! nobody asks for. This only needs the tables, which are the same for all kinds of pixels.

use std::collections::HashSet;

use super::source::{Fault, Source};

/// More directories than this in one file are not walked.
const MOST: usize = 4096;

/// More entries, strips and tiles than this in all directories are not walked.
const MOST_PARTS: u64 = 1 << 21;

const TABLE: &str = "its tables";
const PICTURE: &str = "its picture";

/// How numbers are written in the file.
#[derive(Clone, Copy)]
struct Layout {
    is_big_endian: bool,
    /// BigTIFF: offsets of 64 bits.
    is_big: bool,
}

/// An entry of a directory: where its values are, and how many.
#[derive(Clone, Copy)]
struct Entry {
    kind: u16,
    count: u64,
    at: u64,
}

pub fn check(source: &mut Source) -> Result<(), Fault> {
    let start: [u8; 4] = source.array(TABLE)?;
    let layout = Layout {
        is_big_endian: start[0] == b'M',
        is_big: start[2] == 43 || start[3] == 43,
    };
    if layout.is_big {
        source.skip(4, TABLE)?;
    }
    let mut next = vec![layout.offset(source)?];
    let (mut seen, mut has_picture, mut parts) = (HashSet::new(), false, 0_u64);
    if next == [0] {
        return Err(Fault::broken(
            "it contains no picture: its program did not finish it",
        ));
    }
    while let Some(at) = next.pop() {
        if at == 0 || !seen.insert(at) {
            continue;
        }
        if seen.len() > MOST {
            return Err(Fault::NotChecked(
                "it has too many pictures to be checked here".into(),
            ));
        }
        source.seek(at, TABLE)?;
        let count = match layout.is_big {
            true => layout.u64(source)?,
            false => layout.u16(source)?.into(),
        };
        parts = parts.saturating_add(count);
        if parts > MOST_PARTS {
            return Err(too_many());
        }
        let (each, width) = if layout.is_big { (20, 8) } else { (12, 4) };
        source.need(count.saturating_mul(each), TABLE)?;
        let (mut offsets, mut sizes, mut packing, mut below) = (None, None, 1, None);
        let entries = source.at();
        for number in 0..count {
            source.seek(entries + number * each, TABLE)?;
            let tag = layout.u16(source)?;
            let kind = layout.u16(source)?;
            let values = match layout.is_big {
                true => layout.u64(source)?,
                false => layout.u32(source)?.into(),
            };
            let bytes = match bytes_of(kind) {
                Some(bytes) => bytes,
                None if kind == 0 => return Err(Fault::broken("its tables are damaged")),
                None => continue,
            };
            let bytes = values.saturating_mul(bytes);
            let place = match bytes <= width {
                true => source.at(),
                false => layout.offset(source)?,
            };
            if place.saturating_add(bytes) > source.size() {
                return Err(source.ends(TABLE));
            }
            let entry = Entry {
                kind,
                count: values,
                at: place,
            };
            match tag {
                259 => packing = layout.value(source, entry, 0)?,
                273 | 324 => offsets = Some(entry),
                279 | 325 => sizes = Some(entry),
                330 => below = Some(entry),
                _ => {}
            }
        }
        source.seek(entries + count * each, TABLE)?;
        next.push(layout.offset(source)?);
        if let Some(below) = below {
            for number in 0..below.count.min(MOST as u64) {
                next.push(layout.value(source, below, number)?);
            }
        }
        match (offsets, sizes) {
            (Some(offsets), Some(sizes)) => {
                parts = parts.saturating_add(offsets.count);
                if parts > MOST_PARTS {
                    return Err(too_many());
                }
                has_picture |= layout.parts(source, offsets, sizes, packing)?;
            }
            // Old programs write no sizes.
            (Some(_), None) => has_picture = true,
            (None, _) => {}
        }
    }
    match has_picture {
        true => Ok(()),
        false => Err(Fault::broken(
            "it contains no picture: its program did not finish it",
        )),
    }
}

impl Layout {
    /// Looks at each strip or tile, and returns whether any has content.
    fn parts(
        self,
        source: &mut Source,
        offsets: Entry,
        sizes: Entry,
        packing: u64,
    ) -> Result<bool, Fault> {
        let count = offsets.count.min(sizes.count);
        let places = self.values(source, offsets, count)?;
        let sizes = self.values(source, sizes, count)?;
        let is_known = matches!(packing, 5 | 7 | 8 | 32946);
        let mut has_content = false;
        for (at, size) in places.into_iter().zip(sizes) {
            // Some programs leave out tiles that are all black.
            if at == 0 && size == 0 {
                continue;
            }
            has_content = true;
            if at.saturating_add(size) > source.size() {
                return Err(source.ends(PICTURE));
            }
            // The first bytes of what is packed are known.
            if is_known && size >= 2 {
                source.seek(at, PICTURE)?;
                let [a, b] = source.array(PICTURE)?;
                let fits = match packing {
                    5 => a == 0x80 || (a, b & 1) == (0, 1),
                    8 | 32946 => a & 0xf == 8 && (u16::from(a) << 8 | u16::from(b)) % 31 == 0,
                    7 => (a, b) == (0xff, 0xd8),
                    _ => true,
                };
                if !fits {
                    return Err(Fault::broken(format!(
                        "the part of its picture at byte {at} is damaged"
                    )));
                }
            }
        }
        Ok(has_content)
    }

    /// The first values of an entry.
    fn values(self, source: &mut Source, entry: Entry, count: u64) -> Result<Vec<u64>, Fault> {
        (0..count)
            .map(|number| self.value(source, entry, number))
            .collect()
    }

    /// One of the values of an entry.
    fn value(self, source: &mut Source, entry: Entry, number: u64) -> Result<u64, Fault> {
        let bytes = bytes_of(entry.kind).unwrap_or(1);
        source.seek(entry.at.saturating_add(number.saturating_mul(bytes)), TABLE)?;
        Ok(match bytes {
            1 => source.u8(TABLE)?.into(),
            2 => self.u16(source)?.into(),
            4 => self.u32(source)?.into(),
            _ => self.u64(source)?,
        })
    }

    fn offset(self, source: &mut Source) -> Result<u64, Fault> {
        match self.is_big {
            true => self.u64(source),
            false => Ok(self.u32(source)?.into()),
        }
    }

    fn u16(self, source: &mut Source) -> Result<u16, Fault> {
        match self.is_big_endian {
            true => source.u16_be(TABLE),
            false => source.u16_le(TABLE),
        }
    }

    fn u32(self, source: &mut Source) -> Result<u32, Fault> {
        match self.is_big_endian {
            true => source.u32_be(TABLE),
            false => source.u32_le(TABLE),
        }
    }

    fn u64(self, source: &mut Source) -> Result<u64, Fault> {
        match self.is_big_endian {
            true => source.u64_be(TABLE),
            false => source.u64_le(TABLE),
        }
    }
}

fn too_many() -> Fault {
    Fault::NotChecked("it has too many parts to be checked here".into())
}

/// The bytes of a value of this kind; none if the kind is unknown.
fn bytes_of(kind: u16) -> Option<u64> {
    Some(match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => return None,
    })
}
