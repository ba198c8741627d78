//! Our lines in a file of the user's: after all others, between two marks, so that they can be
//! found, replaced and removed without a trace. A file is bytes: it keeps its encoding and line
//! ends.

use super::mark;

/// How the first of the lines begins; the version, the digest of the lines between, and what was
/// there before follow.
pub(super) const BEGIN: &str = "# >>> pyblish-endpoint ";
const END: &str = "# <<< pyblish-endpoint";

/// What the first line notes, so the file can be restored exactly when the lines are removed.
const NO_FILE: &str = " (there was no file)";
const NO_LINE_END: &str = " (there was no line end before)";

/// Our lines in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    start: usize,
    end: usize,
    pub version: String,
    /// Whether nobody has changed the lines since.
    pub intact: bool,
    /// Whether the file is ours, too.
    pub made: bool,
    joined: bool,
}

/// The file has a first mark and no second one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnclosedBlock;

pub(super) fn find(file: &[u8]) -> Result<Option<Block>, UnclosedBlock> {
    let Some(start) = position(file, BEGIN.as_bytes(), 0) else {
        return Ok(None);
    };
    let last = position(file, END.as_bytes(), start).ok_or(UnclosedBlock)?;
    let end = position(file, b"\n", last).map_or(file.len(), |at| at + 1);
    let line = position(file, b"\n", start).ok_or(UnclosedBlock)?;
    let first = String::from_utf8_lossy(&file[start + BEGIN.len()..line.min(last)]);
    let mut words = first.split_whitespace();
    let version = words.next().unwrap_or_default();
    let between = file.get(line + 1..last).unwrap_or_default();
    Ok(Some(Block {
        start,
        end,
        version: version.to_owned(),
        intact: words.next() == Some(&mark::digest(between)),
        made: first.contains(NO_FILE),
        joined: first.contains(NO_LINE_END),
    }))
}

/// The file with these lines, which replace those that are there; `None` is a file that is not.
pub(super) fn with(
    file: Option<&[u8]>,
    version: &str,
    lines: &str,
) -> Result<Vec<u8>, UnclosedBlock> {
    let (mut made, mut joined) = (file.is_none(), false);
    let file = file.unwrap_or_default();
    let (before, after) = match find(file)? {
        Some(found) => {
            (made, joined) = (found.made, found.joined);
            (&file[..found.start], &file[found.end..])
        }
        None => (file, &b""[..]),
    };
    let mut text = before.to_vec();
    if text.last().is_some_and(|last| *last != b'\n') {
        joined = true;
        text.push(b'\n');
    }
    let digest = mark::digest(lines.as_bytes());
    let made = if made { NO_FILE } else { "" };
    let joined = if joined { NO_LINE_END } else { "" };
    text.extend(format!("{BEGIN}{version} {digest}{made}{joined}\n{lines}{END}\n").bytes());
    text.extend(after);
    Ok(text)
}

/// The file as it was before.
pub(super) fn without(file: &[u8]) -> Result<Vec<u8>, UnclosedBlock> {
    let Some(found) = find(file)? else {
        return Ok(file.to_vec());
    };
    let mut start = found.start;
    // Text that the user wrote after our lines since then needs the line end.
    if found.joined && found.end == file.len() {
        start = start.saturating_sub(1);
    }
    Ok([&file[..start], &file[found.end..]].concat())
}

fn position(file: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let rest = file.get(from..)?;
    let at = rest.windows(what.len()).position(|bytes| bytes == what)?;
    Some(from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remove_restores_the_file() {
        let files: [&[u8]; 6] = [
            b"",
            b"import a\n",
            b"import a",
            b"import a\r\nb\r\n",
            b"# caf\xe9\n",
            b"\n\n",
        ];
        for file in files {
            let installed = with(Some(file), "1.0.0", "ours\n").unwrap();
            assert!(installed.starts_with(file));
            assert_eq!(find(&installed).unwrap().unwrap().version, "1.0.0");
            assert!(!find(&installed).unwrap().unwrap().made);
            assert!(find(&installed).unwrap().unwrap().intact);
            assert_eq!(without(&installed).unwrap(), file, "{file:?}");
            let again = with(Some(&installed), "1.1.0", "newer\n").unwrap();
            assert!(position(&again, b"ours", 0).is_none());
            assert_eq!(without(&again).unwrap(), file, "{file:?}");
        }
    }

    #[test]
    fn own_file_is_recognised() {
        let file = with(None, "1.0.0", "ours\n").unwrap();
        assert!(find(&file).unwrap().unwrap().made);
        let again = with(Some(&file), "1.1.0", "newer\n").unwrap();
        assert!(find(&again).unwrap().unwrap().made);
        assert_eq!(without(&again).unwrap(), b"");
    }

    #[test]
    fn text_after_block_stays() {
        let mut file = with(Some(b"import a"), "1.0.0", "ours\n").unwrap();
        file.extend(b"import b\n");
        assert_eq!(without(&file).unwrap(), b"import a\nimport b\n");
        let again = with(Some(&file), "1.1.0", "newer\n").unwrap();
        assert!(again.ends_with(b"import b\n"));
        assert_eq!(with(Some(&again), "1.1.0", "newer\n").unwrap(), again);
        assert_eq!(without(&again).unwrap(), b"import a\nimport b\n");
    }

    #[test]
    fn partial_block_is_refused() {
        let torn = format!("import a\n{BEGIN}1.0.0\nours\n");
        assert_eq!(without(torn.as_bytes()), Err(UnclosedBlock));
        assert_eq!(
            with(Some(torn.as_bytes()), "1.0.0", "ours\n"),
            Err(UnclosedBlock)
        );
    }

    #[test]
    fn change_inside_block_is_noticed() {
        let file = with(Some(b"import a\n"), "1.0.0", "ours\n").unwrap();
        let text = String::from_utf8(file).unwrap();
        let intact = |text: String| find(text.as_bytes()).unwrap().unwrap().intact;
        assert!(intact(text.replace("import a", "import b")));
        assert!(!intact(text.replace("ours\n", "theirs\n")));
        assert!(!intact(text.replace("ours\n", "")));
    }
}
