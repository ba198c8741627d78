//! Texts in their form on disk: as they are, or compressed with zstd.
//!
//! Events repeat their words a lot, so compressed they take a tenth to a fifteenth of their size.
//! That needs many of them in one piece. So a few events are written as they are, and are
//! compressed later, together with those after them (`compact`).
//!
//! Each line of events begins with its time in microseconds. What is compressed has the time since
//! the line before instead: it has fewer digits, and digits are what is compressed least.
//!
//! A compressed text has its length at its beginning. A damaged or forged one cannot become larger
//! than that, and one that claims more than [`MOST`] is not read at all.

use zstd::zstd_safe::get_frame_content_size;

use super::error::StoreError;

/// The size in bytes at which a text is complete, and nothing more is added to it. Larger ones are
/// hardly compressed any better, and whoever reads one event reads all of its text.
pub(super) const FULL: usize = 256 << 10;

/// The most bytes of a text that is compressed. Larger ones, such as an event with a very large
/// value, stay as they are.
pub(super) const MOST: usize = 16 << 20;

/// From how many bytes on a text is worth compressing alone.
const WORTHWHILE: usize = 64 << 10;

/// How much time compressing may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// A run waits for it: 500 MB a second. Short texts are left for later.
    Quick,
    /// Nobody waits for it: 80 MB a second, for a fifth less.
    Thorough,
}

impl Effort {
    fn level(self) -> i32 {
        match self {
            Effort::Quick => 1,
            Effort::Thorough => 9,
        }
    }
}

/// Compresses lines of events. None if they stay as they are: they are too short or too long, or
/// not as we write them.
pub(super) fn pack(text: &str, effort: Effort) -> Option<Vec<u8>> {
    let is_short = effort == Effort::Quick && text.len() < WORTHWHILE;
    if is_short || text.len() > MOST {
        return None;
    }
    let differences = differences(text)?;
    // This only fails without memory.
    zstd::bulk::compress(differences.as_bytes(), effort.level()).ok()
}

/// The length of a compressed text, as it says itself: with shorter times. None if it is not
/// compressed, or is too long.
pub(super) fn length(packed: &[u8]) -> Option<usize> {
    let length = get_frame_content_size(packed).ok()??;
    usize::try_from(length)
        .ok()
        .filter(|length| *length <= MOST)
}

/// The text that was compressed. `what` is for the error.
pub(super) fn unpack(packed: &[u8], what: &str) -> Result<String, StoreError> {
    let damaged = |reason: &str| StoreError::Damaged(format!("{what} {reason}"));
    let length = length(packed)
        .ok_or_else(|| damaged("are not compressed, or are more than 16 MiB of text"))?;
    let text = zstd::bulk::decompress(packed, length)
        .map_err(|error| damaged(&format!("cannot be decompressed: {error}")))?;
    if text.len() != length {
        return Err(damaged("are shorter than they should be"));
    }
    let text = String::from_utf8(text).map_err(|_| damaged("are not a text"))?;
    let text = times(&text).ok_or_else(|| damaged("have times that are none"))?;
    #[cfg(test)]
    tally::count(text.len());
    Ok(text)
}

/// These lines, each with the time since the line before. None if one does not begin with a time.
fn differences(text: &str) -> Option<String> {
    let mut differences = String::with_capacity(text.len());
    let mut digits = itoa::Buffer::new();
    let mut before = 0_i64;
    for line in text.split_inclusive('\n') {
        let (time, rest) = line.split_at(line.find('\t')?);
        let is_plain = time.bytes().all(|digit| digit.is_ascii_digit());
        // Otherwise it would come back without its zeros.
        if !is_plain || (time.starts_with('0') && time != "0") {
            return None;
        }
        let at: i64 = time.parse().ok()?;
        differences.push_str(digits.format(at - before));
        differences.push_str(rest);
        before = at;
    }
    Some(differences)
}

/// The lines as they were. None if one does not begin with a time, or all of them are too long.
fn times(differences: &str) -> Option<String> {
    let mut text = String::with_capacity(differences.len() + differences.len() / 8);
    let mut digits = itoa::Buffer::new();
    let mut at = 0_i64;
    for line in differences.split_inclusive('\n') {
        let (difference, rest) = line.split_at(line.find('\t')?);
        at = at.checked_add(difference.parse().ok()?)?;
        text.push_str(digits.format(at));
        text.push_str(rest);
        if text.len() > MOST {
            return None;
        }
    }
    Some(text)
}

/// What this thread has decompressed, for tests.
#[cfg(test)]
pub(super) mod tally {
    use std::cell::Cell;

    thread_local! {
        static UNPACKED: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    }

    pub(in super::super) fn count(bytes: usize) {
        let (texts, sum) = UNPACKED.get();
        UNPACKED.set((texts + 1, sum + bytes));
    }

    /// How many texts, and how many bytes of them, since the last call.
    pub(in super::super) fn take() -> (usize, usize) {
        UNPACKED.take()
    }
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise;

    use super::*;

    const LINE: &str = "1800000000123456\t7\tresult\t{}\n";

    #[test]
    fn text_comes_back_as_it_was() {
        // At once, later, earlier, at the first moment, at the last one, and without a line break.
        let times = ["0", "0", "77", "5", "9223372036854775807", "0", "12"];
        let lines = times.map(|time| format!("{time}\t\treset\t{{\u{1f3ac}}}\n"));
        let long = LINE.repeat(MOST / LINE.len());
        for text in ["", LINE, &lines.concat(), lines.concat().trim_end(), &long] {
            for effort in [Effort::Quick, Effort::Thorough] {
                let Some(packed) = pack(text, effort) else {
                    assert!(effort == Effort::Quick && text.len() < WORTHWHILE);
                    continue;
                };
                let back = unpack(&packed, "they").unwrap();
                assert!(back == text, "{:.100}", back);
            }
        }
        assert!(length(&pack(&long, Effort::Quick).unwrap()).unwrap() < long.len() * 2 / 3);
        let longer = LINE.repeat(MOST / LINE.len() + 1);
        assert_eq!(pack(&longer, Effort::Thorough), None);
    }

    #[test]
    fn text_of_others_stays_as_it_is() {
        for line in [
            "no tab",
            "-5\t",
            "+5\t",
            "05\t",
            "5.5\t",
            "\t",
            "9223372036854775808\t",
        ] {
            assert_eq!(
                pack(&format!("{LINE}{line}\n"), Effort::Thorough),
                None,
                "{line}"
            );
        }
    }

    #[test]
    fn text_that_grows_too_large_is_refused() {
        let compress = |text: &[u8]| zstd::bulk::compress(text, 3).unwrap();
        let error = |packed: &[u8]| format!("{:?}", unpack(packed, "they").unwrap_err());
        let bomb = compress(&vec![b'x'; MOST + 1]);
        assert!(bomb.len() < 2000);
        let said = error(&bomb);
        promise!("DATA-19", said.contains("more than 16 MiB"), "{said}");
        // One that lies about its length: each frame is small, and together they are not.
        let said = error(&compress(&vec![b'x'; MOST]).repeat(64));
        promise!("DATA-19", said.contains("cannot be decompressed"), "{said}");
        // One that grows because its times do.
        let said = error(&compress(
            "9000000000000000000\t\n".repeat(MOST / 21).as_bytes(),
        ));
        assert!(said.contains("times that are none"), "{said}");
        let times = format!("9000000000000000000\t\n{}", "0\t\n".repeat(MOST / 20));
        let said = error(&compress(times.as_bytes()));
        promise!("DATA-19", said.contains("times that are none"), "{said}");
    }

    #[test]
    fn what_is_not_compressed_is_refused() {
        let whole = pack(&LINE.repeat(100), Effort::Thorough).unwrap();
        let cut = &whole[..whole.len() - 5];
        let latin = zstd::bulk::compress(b"0\t\xe4\xf6\xfc", 3).unwrap();
        let words = zstd::bulk::compress(b"some words", 3).unwrap();
        for bytes in [&b"some words"[..], b"", cut, &latin, &words] {
            assert!(unpack(bytes, "they").is_err(), "{bytes:?}");
        }
    }
}
