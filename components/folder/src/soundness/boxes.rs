//! ISO media files: MP4, QuickTime, HEIC, AVIF, JPEG 2000. Each box to the end, that the box is there
//! without which no program opens the file, and that the pieces of a movie are in the file.

use super::source::{Fault, Source};

/// More boxes than this at one level are not walked.
const MOST: usize = 1_000_000;

/// Tables are in boxes in boxes: `moov/trak/mdia/minf/stbl`.
const DEEPEST: usize = 6;

/// Of each track this many pieces are looked at.
const MOST_PIECES: u64 = 4096;

const CONTENT: &str = "its content";
const TABLE: &str = "its tables";

/// What was found at the top level.
#[derive(Default)]
struct Found {
    moov: bool,
    mdat: bool,
    meta: bool,
    codestream: bool,
    moof: bool,
}

pub fn check(source: &mut Source) -> Result<(), Fault> {
    let mut found = Found::default();
    let mut movie = None;
    for _ in 0..MOST {
        if source.left() == 0 {
            break;
        }
        // Some cameras fill a file up with zeros.
        if found.moov && found.mdat && source.left() < 8 {
            break;
        }
        let (name, begins, end) = header(source, source.size())?;
        match &name {
            b"\0\0\0\0" if found.moov && found.mdat => break,
            b"moov" => (found.moov, movie) = (true, Some((begins, end))),
            b"mdat" => found.mdat = true,
            b"moof" => found.moof = true,
            b"meta" => found.meta = true,
            b"jp2c" => found.codestream = true,
            name if !name
                .iter()
                .all(|byte| (b' '..=b'~').contains(byte) || *byte == 0xa9) =>
            {
                let at = begins - 8;
                return Err(Fault::broken(format!(
                    "there is no valid part at byte {at}"
                )));
            }
            _ => {}
        }
        source.seek(end, CONTENT)?;
    }
    if let Some((begins, end)) = movie {
        source.seek(begins, TABLE)?;
        return tables(source, end, 1, &mut Track::default());
    }
    match found {
        Found { meta: true, .. }
        | Found {
            codestream: true, ..
        } => Ok(()),
        Found { mdat: true, .. } | Found { moof: true, .. } => Err(Fault::broken(
            "its index (moov) is missing: its program did not finish it",
        )),
        _ => Err(Fault::broken("it contains no movie and no picture")),
    }
}

/// What is known of the track whose tables are walked.
#[derive(Default)]
struct Track {
    is_video: bool,
    is_raw: bool,
    /// The pieces are in another file.
    is_elsewhere: bool,
}

/// Walks the boxes of a movie's index to `end`.
fn tables(source: &mut Source, end: u64, depth: usize, track: &mut Track) -> Result<(), Fault> {
    for _ in 0..MOST {
        // A list may end with four zeros.
        if source.at() + 8 > end {
            return Ok(());
        }
        let (name, begins, next) = header(source, end)?;
        match &name {
            b"trak" if depth < DEEPEST => tables(source, next, depth + 1, &mut Track::default())?,
            b"mdia" | b"minf" | b"stbl" if depth < DEEPEST => {
                tables(source, next, depth + 1, track)?
            }
            b"hdlr" if next - begins >= 12 => {
                source.skip(8, TABLE)?;
                track.is_video |= source.array::<4>(TABLE)? == *b"vide";
            }
            b"stsd" if next - begins >= 16 => {
                source.skip(12, TABLE)?;
                track.is_raw = source.array::<4>(TABLE)? == *b"raw ";
            }
            b"dinf" if depth < DEEPEST => tables(source, next, depth + 1, track)?,
            b"dref" if next - begins >= 20 => {
                source.skip(16, TABLE)?;
                track.is_elsewhere |= source.u32_be(TABLE)? & 1 == 0;
            }
            b"stco" | b"co64" if track.is_elsewhere => {}
            b"stco" => pieces(source, next, 4, track)?,
            b"co64" => pieces(source, next, 8, track)?,
            _ => {}
        }
        source.seek(next, TABLE)?;
    }
    Err(Fault::NotChecked(
        "it has too many parts to be checked here".into(),
    ))
}

/// The places of the pieces of a track: in the file, and not full of zeros.
fn pieces(source: &mut Source, end: u64, width: u64, track: &Track) -> Result<(), Fault> {
    source.skip(4, TABLE)?;
    let count = u64::from(source.u32_be(TABLE)?);
    let begins = source.at();
    if begins + count * width > end {
        return Err(Fault::broken("its index (moov) is damaged"));
    }
    let step = count.div_ceil(MOST_PIECES).max(1);
    let mut places = Vec::new();
    for number in (0..count).step_by(usize::try_from(step).unwrap_or(usize::MAX)) {
        source.seek(begins + number * width, TABLE)?;
        places.push(match width {
            8 => source.u64_be(TABLE)?,
            _ => source.u32_be(TABLE)?.into(),
        });
    }
    for at in places {
        source.seek(at, "its pictures and sound")?;
        if track.is_video && !track.is_raw && source.array::<16>("its pictures")? == [0; 16] {
            return Err(Fault::broken(format!(
                "its pictures at byte {at} are missing: there are only zeros"
            )));
        }
    }
    Ok(())
}

/// The name of the next box, where its content begins, and where it ends.
fn header(source: &mut Source, most: u64) -> Result<([u8; 4], u64, u64), Fault> {
    let begins = source.at();
    let size = source.u32_be(CONTENT)?;
    let name: [u8; 4] = source.array(CONTENT)?;
    let size = match size {
        0 => most - begins,
        1 => source.u64_be(CONTENT)?,
        size => size.into(),
    };
    let end = begins.saturating_add(size);
    if end < source.at() {
        return Err(Fault::broken(format!(
            "there is no valid part at byte {begins}"
        )));
    }
    match end <= most {
        true => Ok((name, source.at(), end)),
        false if most == source.size() => Err(source.ends(CONTENT)),
        false => Err(Fault::broken(format!(
            "there is no valid part at byte {begins}"
        ))),
    }
}
