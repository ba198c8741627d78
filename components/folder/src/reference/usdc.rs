//! USD in its binary form ("crate"): asset paths, references, payloads, layers and value clips.
//!
//! The values of all fields are in one table, and each says its type. Only the types that can hold
//! the path of a file are read: geometry is not. The layout is that of OpenUSD's `crateFile.cpp`,
//! since version 0.4 (2016).

use std::io::{self, BufRead, Seek};

use super::scan::Scan;
use super::usda::add;
use crate::soundness::{Fault, Source};

/// The largest table that is read.
const LARGEST: usize = 64 << 20;

/// More tokens than this are not read.
const MOST_TOKENS: usize = 4_000_000;

/// Dictionaries in dictionaries, deeper than programs write them.
const DEEPEST: usize = 16;

/// More values than this are not read.
const MOST_VALUES: usize = 10_000_000;

const WHAT: &str = "its tables";

/// The types of values that can hold the path of a file.
const STRING: u64 = 10;
const ASSET: u64 = 12;
const DICTIONARY: u64 = 31;
const REFERENCES: u64 = 35;
const TIME_SAMPLES: u64 = 46;
const PAYLOAD: u64 = 47;
const STRINGS: u64 = 50;
const PAYLOADS: u64 = 55;

pub fn find(stream: &mut (impl BufRead + Seek), size: u64, scan: &mut Scan) -> io::Result<()> {
    let mut source = Source::new(stream, size);
    let found = Layer::open(&mut source).and_then(|mut layer| layer.find(scan));
    match found {
        Ok(()) => Ok(()),
        Err(Fault::NotChecked(reason)) => {
            scan.not_checked = Some(reason);
            Ok(())
        }
        Err(Fault::Io(error)) => Err(error),
        Err(fault) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            fault.to_string(),
        )),
    }
}

/// A layer whose tables are read.
struct Layer<'a, 'b> {
    source: &'a mut Source<'b>,
    version: [u8; 3],
    tokens: Vec<String>,
    /// Numbers of tokens.
    strings: Vec<u32>,
    /// The number of the token with the name of each field.
    names: Vec<u32>,
    values: Vec<u64>,
    /// How many values may still be read.
    left: usize,
}

impl<'a, 'b> Layer<'a, 'b> {
    fn open(source: &'a mut Source<'b>) -> Result<Self, Fault> {
        source.skip(8, WHAT)?;
        let version: [u8; 3] = source.array(WHAT)?;
        if version[0] != 0 || version < [0, 4, 0] {
            let [major, minor, patch] = version;
            return Err(Fault::NotChecked(format!(
                "the names in binary USD of version {major}.{minor}.{patch} cannot be read here"
            )));
        }
        source.seek(16, WHAT)?;
        let table = source.u64_le(WHAT)?;
        source.seek(table, WHAT)?;
        let count = source.u64_le(WHAT)?.min(64);
        let mut sections = Vec::new();
        for _ in 0..count {
            let name: [u8; 16] = source.array(WHAT)?;
            sections.push((name, source.u64_le(WHAT)?));
            source.skip(8, WHAT)?;
        }
        let section = |name: &[u8]| {
            let found = sections.iter().find(|(found, _)| {
                found.starts_with(name) && found.get(name.len()).is_none_or(|byte| *byte == 0)
            });
            found
                .map(|(_, at)| *at)
                .ok_or_else(|| Fault::broken("a table is missing"))
        };
        let (tokens_at, strings_at, fields_at) = (
            section(b"TOKENS")?,
            section(b"STRINGS")?,
            section(b"FIELDS")?,
        );

        source.seek(tokens_at, WHAT)?;
        source.skip(8, WHAT)?;
        let unpacked = source.u64_le(WHAT)?;
        let packed = source.u64_le(WHAT)?;
        let text = unpack(&source.bytes(packed, LARGEST, WHAT)?, unpacked)?;
        if text.iter().filter(|byte| **byte == 0).count() > MOST_TOKENS {
            return Err(Fault::NotChecked(format!(
                "{WHAT} are too large to be read here"
            )));
        }
        let tokens = text.split(|byte| *byte == 0);
        let tokens = tokens
            .map(|token| String::from_utf8_lossy(token).into_owned())
            .collect();

        source.seek(strings_at, WHAT)?;
        let count = source.u64_le(WHAT)?;
        let strings = source.bytes(count.saturating_mul(4), LARGEST, WHAT)?;
        let strings = strings.chunks_exact(4).map(number).collect();

        source.seek(fields_at, WHAT)?;
        let count = source.u64_le(WHAT)?;
        let packed = source.u64_le(WHAT)?;
        let names = integers(&source.bytes(packed, LARGEST, WHAT)?, count)?;
        let packed = source.u64_le(WHAT)?;
        let values = unpack(
            &source.bytes(packed, LARGEST, WHAT)?,
            count.saturating_mul(8),
        )?;
        let values = values.chunks_exact(8).map(|bytes| {
            let mut wide = [0; 8];
            wide.copy_from_slice(bytes);
            u64::from_le_bytes(wide)
        });
        let values = values.collect();
        Ok(Layer {
            source,
            version,
            tokens,
            strings,
            names,
            values,
            left: MOST_VALUES,
        })
    }

    fn find(&mut self, scan: &mut Scan) -> Result<(), Fault> {
        let fields = std::mem::take(&mut self.values)
            .into_iter()
            .zip(std::mem::take(&mut self.names));
        for (value, name) in fields {
            let name = self.tokens.get(name as usize).cloned().unwrap_or_default();
            self.value(&name, value, 0, scan)?;
        }
        Ok(())
    }

    /// Reads a value: its type, where it is or what it is, and two flags.
    fn value(
        &mut self,
        name: &str,
        value: u64,
        depth: usize,
        scan: &mut Scan,
    ) -> Result<(), Fault> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || depth > DEEPEST {
            return Err(Fault::NotChecked("it has too many values".into()));
        }
        let (kind, payload) = (value >> 48 & 0xff, value & 0xffff_ffff_ffff);
        let is_array = value >> 63 != 0;
        // A number of a table is the low half.
        let short = payload as u32;
        match kind {
            ASSET if is_array => {
                if payload == 0 {
                    return Ok(());
                }
                self.source.seek(payload, WHAT)?;
                let count = match self.version < [0, 7, 0] {
                    true => self.source.u32_le(WHAT)?.into(),
                    false => self.source.u64_le(WHAT)?,
                };
                self.texts(count, scan)
            }
            ASSET if name != "identifier" => {
                let token = self.tokens.get(short as usize).ok_or_else(damaged)?;
                add(scan, token);
                Ok(())
            }
            STRING if name == "templateAssetPath" => {
                let text = self.text(short)?;
                add(scan, &text);
                Ok(())
            }
            STRINGS if name == "subLayers" => {
                self.source.seek(payload, WHAT)?;
                let count = self.source.u64_le(WHAT)?;
                self.texts(count, scan)
            }
            REFERENCES | PAYLOADS => {
                self.source.seek(payload, WHAT)?;
                let lists = self.source.u8(WHAT)?;
                // Six lists, of which the first bit says something else.
                for _ in 0..(lists >> 1).count_ones() {
                    let count = self.source.u64_le(WHAT)?;
                    for _ in 0..count {
                        self.link(kind, depth, scan)?;
                    }
                }
                Ok(())
            }
            PAYLOAD => {
                self.source.seek(payload, WHAT)?;
                self.link(kind, depth, scan)
            }
            DICTIONARY if payload != 0 => {
                self.source.seek(payload, WHAT)?;
                self.dictionary(depth, scan)
            }
            TIME_SAMPLES => {
                self.source.seek(payload, WHAT)?;
                // The times, and then the values.
                self.jump()?;
                self.source.skip(8, WHAT)?;
                self.jump()?;
                let count = self.source.u64_le(WHAT)?;
                self.source.need(count.saturating_mul(8), WHAT)?;
                for _ in 0..count {
                    let value = self.source.u64_le(WHAT)?;
                    let at = self.source.at();
                    // Samples of other types are all of the same type.
                    if value >> 48 & 0xff != ASSET {
                        return Ok(());
                    }
                    self.value(name, value, depth + 1, scan)?;
                    self.source.seek(at, WHAT)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A reference or a payload: the file, the path in it, offsets of time, and data.
    fn link(&mut self, kind: u64, depth: usize, scan: &mut Scan) -> Result<(), Fault> {
        let file = self.source.u32_le(WHAT)?;
        let file = self.text(file)?;
        add(scan, &file);
        self.source.skip(4, WHAT)?;
        if kind == REFERENCES || self.version >= [0, 8, 0] {
            self.source.skip(16, WHAT)?;
        }
        if kind == REFERENCES {
            self.dictionary(depth, scan)?;
        }
        Ok(())
    }

    /// A dictionary at this place: names, and values that are elsewhere.
    fn dictionary(&mut self, depth: usize, scan: &mut Scan) -> Result<(), Fault> {
        let count = self.source.u64_le(WHAT)?;
        self.source.need(count.saturating_mul(12), WHAT)?;
        for _ in 0..count {
            let name = self.source.u32_le(WHAT)?;
            let name = self.text(name)?;
            self.jump()?;
            let value = self.source.u64_le(WHAT)?;
            let at = self.source.at();
            self.value(&name, value, depth + 1, scan)?;
            self.source.seek(at, WHAT)?;
        }
        Ok(())
    }

    /// Goes over what a value needed to be written before it.
    fn jump(&mut self) -> Result<(), Fault> {
        let at = self.source.at();
        let by = self.source.u64_le(WHAT)?.cast_signed();
        match at.checked_add_signed(by).filter(|to| *to > at) {
            Some(to) => self.source.seek(to, WHAT),
            None => Err(damaged()),
        }
    }

    fn texts(&mut self, count: u64, scan: &mut Scan) -> Result<(), Fault> {
        self.source.need(count.saturating_mul(4), WHAT)?;
        for _ in 0..count {
            let text = self.source.u32_le(WHAT)?;
            let text = self.text(text)?;
            add(scan, &text);
        }
        Ok(())
    }

    /// The text with this number.
    fn text(&self, number: u32) -> Result<String, Fault> {
        let token = self
            .strings
            .get(number as usize)
            .and_then(|token| self.tokens.get(*token as usize));
        token.cloned().ok_or_else(damaged)
    }
}

fn number(bytes: &[u8]) -> u32 {
    let mut wide = [0; 4];
    wide[..bytes.len().min(4)].copy_from_slice(&bytes[..bytes.len().min(4)]);
    u32::from_le_bytes(wide)
}

/// Unpacks LZ4: how many pieces there are, and each with its length; or one without.
fn unpack(packed: &[u8], size: u64) -> Result<Vec<u8>, Fault> {
    let Some(size) = usize::try_from(size).ok().filter(|size| *size <= LARGEST) else {
        return Err(Fault::NotChecked(format!(
            "{WHAT} are too large to be read here"
        )));
    };
    let (count, mut rest) = packed.split_first().ok_or_else(damaged)?;
    let piece =
        |bytes: &[u8], most| lz4_flex::block::decompress(bytes, most).map_err(|_| damaged());
    if *count == 0 {
        return piece(rest, size);
    }
    let mut unpacked = Vec::new();
    for _ in 0..*count {
        let (length, more) = rest.split_at_checked(4).ok_or_else(damaged)?;
        let (bytes, more) = more
            .split_at_checked(number(length) as usize)
            .ok_or_else(damaged)?;
        unpacked.extend(piece(bytes, size - unpacked.len().min(size))?);
        rest = more;
    }
    Ok(unpacked)
}

/// Unpacks integers: the most frequent difference of two, two bits for each integer that say how
/// wide its difference is, and the differences that are not the most frequent one.
fn integers(packed: &[u8], count: u64) -> Result<Vec<u32>, Fault> {
    let Some(count) = usize::try_from(count)
        .ok()
        .filter(|count| *count <= LARGEST / 8)
    else {
        return Err(Fault::NotChecked(format!(
            "{WHAT} are too large to be read here"
        )));
    };
    let codes = count.div_ceil(4);
    let unpacked = unpack(packed, (4 + codes + count * 4) as u64)?;
    let (common, rest) = unpacked.split_at_checked(4).ok_or_else(damaged)?;
    let (codes, mut rest) = rest.split_at_checked(codes).ok_or_else(damaged)?;
    let (mut value, mut values) = (0_u32, Vec::with_capacity(count));
    for place in 0..count {
        let width = match codes[place / 4] >> (2 * (place % 4)) & 3 {
            0 => 0,
            1 => 1,
            2 => 2,
            _ => 4,
        };
        let (bytes, more) = rest.split_at_checked(width).ok_or_else(damaged)?;
        rest = more;
        let difference = match *bytes {
            [a] => a.cast_signed().into(),
            [a, b] => i16::from_le_bytes([a, b]).into(),
            [a, b, c, d] => i32::from_le_bytes([a, b, c, d]),
            _ => number(common).cast_signed(),
        };
        value = value.wrapping_add_signed(difference);
        values.push(value);
    }
    Ok(values)
}

fn damaged() -> Fault {
    Fault::broken("its tables are damaged")
}
