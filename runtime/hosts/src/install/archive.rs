//! The files of a zip archive, as wheels are: plain or deflated files, with one list of them at the
//! end. Encrypted archives, and those of more than 4 GB, are refused. (PKWARE, "APPNOTE.TXT", 6.3.)

use std::collections::BTreeMap;

use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// The marks of the end, of an entry in the list, and of a file; and the bytes that each has before
/// its texts.
const END: (&[u8], usize) = (b"PK\x05\x06", 22);
const ENTRY: (&[u8], usize) = (b"PK\x01\x02", 46);
const FILE: (&[u8], usize) = (b"PK\x03\x04", 30);

/// How files may be stored.
const PLAIN: usize = 0;
const DEFLATED: usize = 8;

/// The files by their paths with `/`: at most so many, with so many bytes together.
///
/// # Errors
/// In words, to follow the archive's path.
pub(super) fn unpacked(
    bytes: &[u8],
    most: usize,
    limit: u64,
) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let damaged = || "it is damaged, or no wheel".to_owned();
    let mut left = usize::try_from(limit).unwrap_or(usize::MAX);
    let end = bytes.windows(END.0.len()).rposition(|it| it == END.0);
    let end = end
        .and_then(|at| part(bytes, at, END))
        .ok_or_else(damaged)?;
    let count = number(end, 10, 2);
    if count > most {
        return Err(format!("it has more than {most} files"));
    }
    let mut at = number(end, 16, 4);
    let mut files = BTreeMap::new();
    for _ in 0..count {
        let entry = part(bytes, at, ENTRY).ok_or_else(damaged)?;
        let [name, extra, comment] = [28, 30, 32].map(|place| number(entry, place, 2));
        let start = at + ENTRY.1;
        let path = bytes.get(start..start + name).ok_or_else(damaged)?;
        let path = std::str::from_utf8(path).map_err(|_| damaged())?;
        at = start + name + extra + comment;
        // A folder.
        if path.ends_with('/') {
            continue;
        }
        if !is_plain(path) {
            return Err(format!("{path:?} in it leads out of its folder"));
        }
        let [packed, size, place] = [20, 24, 42].map(|place| number(entry, place, 4));
        let file = part(bytes, place, FILE).ok_or_else(damaged)?;
        let start = place + FILE.1 + number(file, 26, 2) + number(file, 28, 2);
        let stored = bytes.get(start..start + packed).ok_or_else(damaged)?;
        // Its size is what the archive says; that may be false, so it is a limit, too.
        if size > left {
            return Err(format!("it has more than {} MB", limit >> 20));
        }
        let content = match number(entry, 10, 2) {
            PLAIN => stored.to_vec(),
            DEFLATED if size == 0 => Vec::new(),
            DEFLATED => decompress_to_vec_with_limit(stored, size).map_err(|_| damaged())?,
            _ => return Err("it is stored in a way that wheels are not".into()),
        };
        if content.len() != size {
            return Err(damaged());
        }
        left -= size;
        files.insert(path.to_owned(), content);
    }
    Ok(files)
}

/// What begins here, if it has this mark and this size.
fn part<'a>(bytes: &'a [u8], at: usize, (mark, size): (&[u8], usize)) -> Option<&'a [u8]> {
    let part = bytes.get(at..at.checked_add(size)?)?;
    part.starts_with(mark).then_some(part)
}

/// A number of two or four bytes, the lowest first.
fn number(part: &[u8], at: usize, length: usize) -> usize {
    let bytes = part[at..at + length].iter().rev();
    bytes.fold(0, |number, byte| (number << 8) | usize::from(*byte))
}

/// Whether a path with `/` stays below its folder, on each system.
pub(super) fn is_plain(name: &str) -> bool {
    let part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
    name.split('/').all(part)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn append(to: &mut Vec<u8>, number: usize, length: usize) {
        to.extend(&number.to_le_bytes()[..length]);
    }

    /// An archive of these files: every other one deflated.
    pub(in crate::install) fn packed(files: &[(String, String)]) -> Vec<u8> {
        let (mut archive, mut list) = (Vec::new(), Vec::new());
        for (number, (name, text)) in files.iter().enumerate() {
            let deflated = number % 2 == 1;
            let stored = match deflated {
                true => miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 6),
                false => text.clone().into_bytes(),
            };
            let method = if deflated { DEFLATED } else { PLAIN };
            let place = archive.len();
            let head = |to: &mut Vec<u8>| {
                // The version, flags, the method, time and date, and a sum that is not read.
                for (number, length) in [(20, 2), (0, 2), (method, 2), (0, 4), (0, 4)] {
                    append(to, number, length);
                }
                append(to, stored.len(), 4);
                append(to, text.len(), 4);
                append(to, name.len(), 2);
                append(to, 0, 2);
            };
            archive.extend(FILE.0);
            head(&mut archive);
            archive.extend(name.bytes());
            archive.extend(&stored);
            list.extend(ENTRY.0);
            append(&mut list, 20, 2);
            head(&mut list);
            // The comment, the disk, attributes inside and outside.
            append(&mut list, 0, 2 + 2 + 2 + 2);
            append(&mut list, 0, 2);
            append(&mut list, place, 4);
            list.extend(name.bytes());
        }
        let place = archive.len();
        archive.extend(&list);
        archive.extend(END.0);
        append(&mut archive, 0, 4);
        append(&mut archive, files.len(), 2);
        append(&mut archive, files.len(), 2);
        append(&mut archive, list.len(), 4);
        append(&mut archive, place, 4);
        append(&mut archive, 0, 2);
        archive
    }

    #[test]
    fn files_are_unpacked_up_to_the_limits() {
        let files = [("a/b.py", "one"), ("a/c.py", "two\n"), ("e", ""), ("f", "")];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let archive = packed(&files);
        let found = unpacked(&archive, 4, 7).unwrap();
        for (name, text) in files {
            assert_eq!(found[&name], text.as_bytes());
        }
        let said = unpacked(&archive, 3, 7).unwrap_err();
        assert!(said.contains("more than 3 files"), "{said}");
        let said = unpacked(&archive, 4, 6).unwrap_err();
        assert!(said.contains("more than 0 MB"), "{said}");
    }

    #[test]
    fn no_archive_breaks_it() {
        let file = ("pyblish/a.py".to_owned(), "x".repeat(99));
        let archive = packed(&[file.clone(), ("pyblish/b.py".into(), file.1)]);
        for length in 0..archive.len() {
            unpacked(&archive[..length], 9, 999).unwrap_err();
        }
        for at in 0..archive.len() {
            for byte in [0, 1, 0x7f, 0xff] {
                let mut changed = archive.clone();
                changed[at] = byte;
                // Whatever it answers, it answers.
                let _ = unpacked(&changed, 9, 999);
            }
        }
    }

    #[test]
    fn path_that_leads_out_is_refused() {
        for name in ["../a", "/a", "a/../b", "a//b", "C:a", "a\\b", "./a"] {
            assert!(!is_plain(name), "{name}");
        }
        assert!(is_plain("a/b.c/d") && is_plain("..a"));
    }
}
