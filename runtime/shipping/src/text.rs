//! Takes the folders out of the paths in a text.

/// What stands for the folders that were left out.
const FOLDERS: &str = "…/";

/// The last part of a path: the name of its file or folder.
pub(crate) fn last_part(path: &str) -> &str {
    let path = path.trim_end_matches(['/', '\\']);
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The text with only the last part of each path in it. A path begins with `/`, `~/`, a drive such
/// as `C:\`, or `\\`, where a word can begin. It ends at the next white space or quote; in quotes,
/// with them.
pub(crate) fn without_folders(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    let mut before: Option<char> = None;
    while let Some(next) = rest.chars().next() {
        let length = match before {
            Some(before) if !may_precede(before) => 0,
            _ => path_length(rest, before),
        };
        if length == 0 {
            made.push(next);
            before = Some(next);
            rest = &rest[next.len_utf8()..];
            continue;
        }
        let (path, after) = rest.split_at(length);
        made += FOLDERS;
        made += last_part(path);
        before = path.chars().next_back();
        rest = after;
    }
    made
}

/// Whether a path can begin behind this character.
fn may_precede(before: char) -> bool {
    before.is_whitespace() || "'\"`([{<=:,;|>".contains(before)
}

/// How many bytes the path has that this text begins with; 0 if it begins with none.
fn path_length(text: &str, before: Option<char>) -> usize {
    let bytes = text.as_bytes();
    let begins = match bytes {
        // `//` is a comment or the middle of an address, and `/` alone divides.
        [b'/', second, ..] => !second.is_ascii_whitespace(),
        [b'~', b'/' | b'\\', ..] | [b'\\', b'\\', ..] => true,
        [drive, b':', b'/' | b'\\', ..] => drive.is_ascii_alphabetic(),
        _ => false,
    };
    if !begins {
        return 0;
    }
    let quote = before.filter(|it| "'\"`".contains(*it));
    // Without its partner the quote says nothing.
    let quoted = quote.and_then(|quote| text.find(quote));
    let ends = |c: char| c.is_whitespace() || "'\"`,;)]}>|".contains(c);
    let end = quoted.or_else(|| text.find(ends)).unwrap_or(text.len());
    let path = text[..end].trim_end_matches(['.', ':', '!', '?']);
    let has_name = path.contains(|c: char| c.is_alphanumeric());
    if has_name { path.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_paths_are_left_out() {
        for (text, told) in [
            ("/jobs/show/hero.ma is missing", "…/hero.ma is missing"),
            (
                "cannot read '/jobs/my show/hero.ma': gone",
                "cannot read '…/hero.ma': gone",
            ),
            (
                r#"File "C:\jobs\a b\x.py", line 3"#,
                r#"File "…/x.py", line 3"#,
            ),
            (r"\\server\share\x.exr.", "…/x.exr."),
            (
                "see file:///jobs/x/y.txt, please",
                "see file:…/y.txt, please",
            ),
            ("~/x/y and (D:/z/w)", "…/y and (…/w)"),
            ("path=/a/b;/c/d", "path=…/b;…/d"),
            ("/jobs/show/", "…/show"),
        ] {
            assert_eq!(without_folders(text), told, "{text}");
        }
    }

    #[test]
    fn other_texts_stay() {
        for text in [
            "",
            "1/2 of them",
            "and/or",
            "a / b",
            "10:30",
            "/",
            "no path: here",
            "tris/quads",
        ] {
            assert_eq!(without_folders(text), text);
        }
    }

    #[test]
    fn last_part_is_the_name() {
        for (path, name) in [
            ("/a/b.ma", "b.ma"),
            (r"C:\a\b.ma", "b.ma"),
            ("b.ma", "b.ma"),
            ("/", ""),
        ] {
            assert_eq!(last_part(path), name);
        }
    }
}
