//! OpenEXR: the headers, the table of offsets, and each block that the table names.
//!
//! The crate `exr` reads the headers and says which blocks there must be. It does not compare the
//! table with the blocks, so this does: a render that was killed leaves a table of zeros, and a disk
//! that was full leaves blocks of zeros.
//!
//! To unpack all blocks takes ten times as long as reading the file. So only those are unpacked in
//! which something can be missing: the last one of each part, which is the one that is half-written,
//! and those with a row of zeros in them, which packed values do not have. ZIP and PXR24 have a
//! checksum. `exr` unpacks PIZ and B44, which have none: there a fault is found if it makes the values
//! impossible to unpack. The inside of DWA and HTJ2K is not checked, and that is said.

use exr::compression::Compression;
use exr::error::Error;
use exr::meta::attribute::IntegerBounds;
use exr::meta::header::Header;
use exr::meta::{BlockDescription, MetaData};
use zune_inflate::{DeflateDecoder, DeflateOptions};

use super::source::{Fault, Source};

/// More blocks than this are not walked: the table alone would be 32 megabytes.
const MOST_BLOCKS: usize = 1 << 22;

/// Larger blocks are not unpacked, in bytes. 256 lines of 8k with ten channels are smaller.
const LARGEST: usize = 256 << 20;

const PICTURE: &str = "its picture";

pub fn check(source: &mut Source) -> Result<(), Fault> {
    let (meta, at) = {
        let mut reader = Counted { source, at: 0 };
        let meta = MetaData::read_from_buffered(&mut reader, false).map_err(fault)?;
        (meta, reader.at)
    };
    source.resume(at)?;
    let blocks = meta
        .headers
        .iter()
        .try_fold(0_usize, |sum, header| sum.checked_add(header.chunk_count));
    let blocks = blocks.filter(|blocks| *blocks <= MOST_BLOCKS);
    let Some(blocks) = blocks else {
        return Err(Fault::NotChecked(
            "it has too many blocks to be checked here".into(),
        ));
    };
    let table = source.bytes(blocks as u64 * 8, MOST_BLOCKS * 8, "its table of offsets")?;
    let first = source.at();
    let mut offsets = table
        .chunks_exact(8)
        .map(|bytes| bytes.try_into().map_or(0, u64::from_le_bytes));
    let several = meta.headers.len() > 1 || meta.requirements.has_multiple_layers;
    for (part, header) in meta.headers.iter().enumerate() {
        let mut expected = header.blocks_increasing_y_order();
        for (number, offset) in offsets.by_ref().take(header.chunk_count).enumerate() {
            if offset < first {
                return Err(Fault::broken(
                    "its table of offsets has gaps: its program did not finish it",
                ));
            }
            source.seek(offset, PICTURE)?;
            if several && source.u32_le(PICTURE)? as usize != part {
                return Err(misplaced(offset));
            }
            let area = expected.next().and_then(|tile| {
                let area = header
                    .get_absolute_block_pixel_coordinates(tile.location)
                    .ok()?;
                Some((tile.location, area))
            });
            let Some((tile, area)) = area else {
                return Err(Fault::broken("its header is not valid (blocks)"));
            };
            let place = match header.blocks {
                BlockDescription::ScanLines => {
                    source.u32_le(PICTURE)?.cast_signed() == area.position.y()
                }
                BlockDescription::Tiles(_) => {
                    let at: [u8; 16] = source.array(PICTURE)?;
                    let number = |n: usize| {
                        u32::from_le_bytes([at[n], at[n + 1], at[n + 2], at[n + 3]]) as usize
                    };
                    let (index, level) = (tile.tile_index, tile.level_index);
                    [index.x(), index.y(), level.x(), level.y()]
                        == [number(0), number(4), number(8), number(12)]
                }
            };
            if !place {
                return Err(misplaced(offset));
            }
            match header.deep {
                true => deep(source)?,
                false => {
                    let pixels = bytes_of(header, area.size.width(), area.size.height());
                    let is_last = number + 1 == header.chunk_count;
                    flat(source, header, area, pixels, offset, is_last)?;
                }
            }
        }
    }
    // Its blocks are all there.
    let unknown = meta.headers.iter().find(|it| !is_known(it.compression));
    match unknown {
        Some(header) => Err(cannot_unpack(header.compression)),
        None => Ok(()),
    }
}

/// Whether this unpacks it. The crate cannot do HTJ2K; what it does with DWA is too new to be trusted
/// with files of strangers.
fn is_known(compression: Compression) -> bool {
    !matches!(
        compression,
        Compression::DWAA(_) | Compression::DWAB(_) | Compression::HTJ2K32 | Compression::HTJ2K256
    )
}

fn cannot_unpack(compression: Compression) -> Fault {
    Fault::NotChecked(format!("{compression} cannot be unpacked here"))
}

/// A block of a picture with one value for each pixel.
fn flat(
    source: &mut Source,
    header: &Header,
    area: IntegerBounds,
    pixels: Option<usize>,
    offset: u64,
    is_last: bool,
) -> Result<(), Fault> {
    let length = source.u32_le(PICTURE)?;
    let most = header.max_block_byte_size();
    let fits = (length as usize) <= most && length > 0;
    // A block that packing would make larger is not packed.
    let is_raw = pixels == Some(length as usize);
    if !fits || (header.compression == Compression::Uncompressed && pixels.is_some() && !is_raw) {
        return Err(damaged(offset));
    }
    source.need(length.into(), PICTURE)?;
    if is_raw {
        return source.skip(length.into(), PICTURE);
    }
    let is_whole = match header.compression {
        Compression::ZIP1 | Compression::ZIP16 | Compression::PXR24 => {
            let packed = source.bytes(length.into(), LARGEST, PICTURE)?;
            if most > LARGEST || (!is_last && !has_hole(&packed)) {
                return Ok(());
            }
            let hint = pixels.unwrap_or(0).min(most);
            let options = DeflateOptions::default()
                .set_limit(most)
                .set_size_hint(hint);
            let unpacked = DeflateDecoder::new_with_options(&packed, options).decode_zlib();
            let is_pixels = header.compression != Compression::PXR24;
            let fits = |count| !is_pixels || pixels.is_none_or(|pixels| pixels == count);
            unpacked.is_ok_and(|unpacked| fits(unpacked.len()))
        }
        Compression::RLE => {
            let packed = source.bytes(length.into(), LARGEST, PICTURE)?;
            let unpacked = length_of_runs(&packed);
            unpacked.is_some_and(|count| pixels.is_none_or(|pixels| pixels == count))
        }
        compression if is_known(compression) => {
            let packed = source.bytes(length.into(), LARGEST, PICTURE)?;
            let fits = pixels.is_some_and(|pixels| pixels <= LARGEST);
            if !fits || (!is_last && !has_hole(&packed)) {
                return Ok(());
            }
            let unpacked =
                compression.decompress_image_section_from_le(header, packed, area, false);
            match unpacked {
                Ok(unpacked) => pixels == Some(unpacked.len()),
                Err(Error::NotSupported(_)) => return Err(cannot_unpack(compression)),
                Err(_) => false,
            }
        }
        _ => {
            source.skip(length.into(), PICTURE)?;
            true
        }
    };
    match is_whole {
        true => Ok(()),
        false => Err(damaged(offset)),
    }
}

/// Whether there is a row of zeros, as a sector of a disk that was not written leaves it.
fn has_hole(bytes: &[u8]) -> bool {
    /// Half of them is in one piece, wherever they begin.
    const ZEROS: usize = 64;
    let mut pieces = bytes.chunks_exact(ZEROS / 2);
    pieces.any(|piece| piece.iter().all(|byte| *byte == 0))
}

/// How many bytes these runs unpack to: each begins with how often the next byte is repeated, or
/// with how many follow as they are. None if the last one is not whole.
fn length_of_runs(mut packed: &[u8]) -> Option<usize> {
    let mut length = 0_usize;
    while let [count, rest @ ..] = packed {
        let count = count.cast_signed();
        let (bytes, unpacked) = match count < 0 {
            true => (
                usize::from(count.unsigned_abs()),
                usize::from(count.unsigned_abs()),
            ),
            false => (1, usize::from(count.unsigned_abs()) + 1),
        };
        packed = rest.get(bytes..)?;
        length += unpacked;
    }
    Some(length)
}

/// A block of a picture with many values for each pixel: two tables, and the size when unpacked.
fn deep(source: &mut Source) -> Result<(), Fault> {
    let counts = source.u64_le(PICTURE)?;
    let samples = source.u64_le(PICTURE)?;
    source.skip(8, PICTURE)?;
    source.skip(counts, PICTURE)?;
    source.skip(samples, PICTURE)
}

/// The bytes of an unpacked block; none where channels of their own size make it hard to say.
fn bytes_of(header: &Header, width: usize, height: usize) -> Option<usize> {
    let channels = &header.channels.list;
    let is_full = channels
        .iter()
        .all(|channel| channel.sampling.x() == 1 && channel.sampling.y() == 1);
    let pixel: usize = channels
        .iter()
        .map(|channel| channel.sample_type.bytes_per_sample())
        .sum();
    is_full
        .then(|| width.checked_mul(height)?.checked_mul(pixel))
        .flatten()
}

fn misplaced(offset: u64) -> Fault {
    Fault::broken(format!(
        "the part of its picture at byte {offset} is missing"
    ))
}

fn damaged(offset: u64) -> Fault {
    Fault::broken(format!(
        "the part of its picture at byte {offset} is damaged"
    ))
}

/// What the crate says of the headers.
fn fault(error: Error) -> Fault {
    match error {
        Error::NotSupported(what) => Fault::NotChecked(format!("{what} cannot be checked here")),
        Error::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Fault::broken("it ends in the middle of its header")
        }
        Error::Io(error) => Fault::Io(error),
        Error::Invalid(what) => Fault::broken(format!("its header is not valid ({what})")),
        Error::Aborted => Fault::broken("its header is not valid"),
    }
}

/// Counts what is read from a source.
struct Counted<'a, 'b> {
    source: &'a mut Source<'b>,
    at: u64,
}

impl std::io::Read for Counted<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = std::io::Read::read(&mut self.source.stream(), buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}
