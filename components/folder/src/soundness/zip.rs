//! ZIP archives, and with them USDZ: the list at the end, and each file in it with its checksum.
//!
//! The crate `zip` would do this, but brings encryption and system calls with it, which have no
//! place in the sandbox.

use std::io::{self, Read};

use super::source::{Fault, Source};

/// More files than this in one archive are not read.
const MOST: u64 = 1_000_000;

/// An archive that unpacks to more than this many times its size is not read to its end.
const MOST_UNPACKED: u64 = 64;

/// The mark of the end, with its length; a comment of at most 64 KiB follows.
const END: &[u8] = b"PK\x05\x06";
const END_LENGTH: u64 = 22;

/// A number that is elsewhere, because it is too large for its place.
const LARGE: u64 = 0xffff_ffff;

const LIST: &str = "its list of files";

/// A file in an archive.
struct Member {
    name: String,
    packing: u16,
    is_encrypted: bool,
    checksum: u32,
    packed: u64,
    size: u64,
    at: u64,
}

pub fn check(source: &mut Source) -> Result<(), Fault> {
    let size = source.size();
    let from = size.saturating_sub(END_LENGTH + 0xffff);
    source.seek(from, LIST)?;
    let tail = source.bytes(size - from, 1 << 17, LIST)?;
    let Some(place) = memchr::memmem::rfind(&tail, END) else {
        return Err(Fault::broken(
            "its list of files is missing: it was cut off",
        ));
    };
    let end = from + place as u64;
    source.seek(end + 20, LIST)?;
    let comment = source.u16_le(LIST)?;
    source.skip(comment.into(), LIST)?;
    source.seek(end + 10, LIST)?;
    let mut count = u64::from(source.u16_le(LIST)?);
    source.skip(4, LIST)?;
    let mut list = u64::from(source.u32_le(LIST)?);
    if count == 0xffff || list == LARGE {
        source.seek(end.saturating_sub(20), LIST)?;
        if source.array::<4>(LIST)? != *b"PK\x06\x07" {
            return Err(Fault::broken("its list of files is damaged"));
        }
        source.skip(4, LIST)?;
        let at = source.u64_le(LIST)?;
        source.seek(at, LIST)?;
        source.skip(32, LIST)?;
        count = source.u64_le(LIST)?;
        source.skip(8, LIST)?;
        list = source.u64_le(LIST)?;
    }
    if count > MOST {
        return Err(Fault::NotChecked(
            "it has too many files to be checked here".into(),
        ));
    }
    let mut members = Vec::new();
    source.seek(list, LIST)?;
    for _ in 0..count {
        members.push(member(source)?);
    }
    let mut left = size.saturating_mul(MOST_UNPACKED);
    members.sort_by_key(|member| member.at);
    let mut not_checked = None;
    for member in &members {
        if member.is_encrypted || ![0, 8].contains(&member.packing) {
            not_checked = Some("files in it are encrypted, or packed in an unusual way".to_owned());
            continue;
        }
        left = left
            .checked_sub(member.size.max(member.packed))
            .ok_or_else(|| Fault::NotChecked("it unpacks to too much to be checked here".into()))?;
        content(source, member)?;
    }
    not_checked.map_or(Ok(()), |reason| Err(Fault::NotChecked(reason)))
}

/// The next file of the list.
fn member(source: &mut Source) -> Result<Member, Fault> {
    if source.array::<4>(LIST)? != *b"PK\x01\x02" {
        return Err(Fault::broken("its list of files is damaged"));
    }
    source.skip(4, LIST)?;
    let flags = source.u16_le(LIST)?;
    let packing = source.u16_le(LIST)?;
    source.skip(4, LIST)?;
    let checksum = source.u32_le(LIST)?;
    let mut packed = u64::from(source.u32_le(LIST)?);
    let mut size = u64::from(source.u32_le(LIST)?);
    let name = source.u16_le(LIST)?;
    let extra = source.u16_le(LIST)?;
    let comment = source.u16_le(LIST)?;
    source.skip(8, LIST)?;
    let mut at = u64::from(source.u32_le(LIST)?);
    let name = source.bytes(name.into(), 0x10000, LIST)?;
    let extra = source.bytes(extra.into(), 0x10000, LIST)?;
    source.skip(comment.into(), LIST)?;
    // The numbers of large files are in an extra field, in this order.
    let mut large = wide(&extra)
        .chunks_exact(8)
        .map(|bytes| bytes.try_into().map_or(0, u64::from_le_bytes));
    for number in [&mut size, &mut packed, &mut at] {
        if *number == LARGE {
            *number = large.next().unwrap_or(LARGE);
        }
    }
    // For messages only.
    let name = crate::name::show(&String::from_utf8_lossy(&name[..name.len().min(256)]));
    Ok(Member {
        name,
        packing,
        is_encrypted: flags & 1 != 0,
        checksum,
        packed,
        size,
        at,
    })
}

/// The extra field with numbers of 64 bits; empty if there is none.
fn wide(mut extra: &[u8]) -> &[u8] {
    while let [a, b, c, d, rest @ ..] = extra {
        let length = usize::from(u16::from_le_bytes([*c, *d])).min(rest.len());
        if [*a, *b] == [1, 0] {
            return &rest[..length];
        }
        extra = &rest[length..];
    }
    &[]
}

/// Reads a file to its end.
fn content(source: &mut Source, member: &Member) -> Result<(), Fault> {
    let name = &member.name;
    let damaged = || Fault::broken(format!("the file {name} in it is damaged"));
    let what = format!("the file {name} in it");
    source.seek(member.at, &what)?;
    if source.array::<4>(&what)? != *b"PK\x03\x04" {
        return Err(damaged());
    }
    source.skip(22, &what)?;
    let before = u64::from(source.u16_le(&what)?) + u64::from(source.u16_le(&what)?);
    source.skip(before, &what)?;
    source.need(member.packed, &what)?;
    let end = source.at() + member.packed;
    let packed = source.stream().take(member.packed);
    let (sum, size) = match member.packing {
        0 => summed(packed),
        // One byte more than there should be is enough to tell.
        _ => summed(flate2::bufread::DeflateDecoder::new(packed).take(member.size + 1)),
    }
    .map_err(|_| damaged())?;
    if (sum, size) != (member.checksum, member.size) {
        return Err(damaged());
    }
    source.resume(end)
}

/// The checksum and the size of what is read.
fn summed(mut from: impl Read) -> io::Result<(u32, u64)> {
    let (mut sum, mut size, mut buffer) = (crc32fast::Hasher::new(), 0, vec![0; 64 * 1024]);
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok((sum.finalize(), size)),
            count => {
                sum.update(&buffer[..count]);
                size += count as u64;
            }
        }
    }
}
