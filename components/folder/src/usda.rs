//! The tokens of USD text.
//!
//! USD's grammar writes each path of a file as an asset, between `@` or `@@@`, and never as a plain
//! string, except for the patterns of value clips. So the tokens are enough to find the files that a
//! layer names, and whether the text is complete. Text is read as a stream and may have any size.

use std::io::{self, BufRead};

/// Longer words, strings and paths are cut. Only their end matters then.
const LONGEST: usize = 64 * 1024;

/// A token of USD text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A name, a number, or a path of the scene.
    Word(String),
    Text(String),
    /// The path of a file.
    Asset(String),
    Mark(u8),
}

/// Reads tokens from text.
pub struct Tokens<R> {
    text: R,
    /// What was read, and the place of the next byte in it: faster than to ask for each byte.
    buffer: Vec<u8>,
    place: usize,
    /// A byte that was read, and belongs to the next token.
    kept: Option<u8>,
    line: u64,
}

impl<R: BufRead> Tokens<R> {
    pub fn new(text: R) -> Self {
        Tokens {
            text,
            buffer: Vec::new(),
            place: 0,
            kept: None,
            line: 1,
        }
    }

    /// The line of the next token.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The next token; none at the end.
    ///
    /// # Errors
    /// The text ends inside of a string, a path or a comment (`UnexpectedEof`), or it is not text
    /// (`InvalidData`).
    pub fn next(&mut self) -> io::Result<Option<Token>> {
        loop {
            let Some(byte) = self.byte()? else {
                return Ok(None);
            };
            return Ok(Some(match byte {
                b' ' | b'\t' | b'\r' | b'\n' => continue,
                b'#' => {
                    self.skip_line()?;
                    continue;
                }
                b'/' => match self.byte()? {
                    Some(b'/') => {
                        self.skip_line()?;
                        continue;
                    }
                    Some(b'*') => {
                        self.until(b"*/", false)?;
                        continue;
                    }
                    other => {
                        self.kept = other;
                        Token::Mark(b'/')
                    }
                },
                b'"' | b'\'' => Token::Text(self.quoted(byte)?),
                b'@' => Token::Asset(self.asset()?),
                b'<' => Token::Word(self.until(b">", false)?),
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | 0x80.. => {
                    Token::Word(self.word(byte)?)
                }
                0..b' ' => {
                    let reason = format!("line {} contains a byte that is no text", self.line);
                    return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
                }
                mark => Token::Mark(mark),
            }));
        }
    }

    fn word(&mut self, first: u8) -> io::Result<String> {
        let mut word = vec![first];
        while let Some(byte) = self.byte()? {
            let is_word = byte.is_ascii_alphanumeric() || b"_:.".contains(&byte) || byte >= 0x80;
            if !is_word {
                self.kept = Some(byte);
                break;
            }
            if word.len() < LONGEST {
                word.push(byte);
            }
        }
        Ok(text(word))
    }

    /// A string: in one quotation mark to the end of the line at most, or in three over many lines.
    fn quoted(&mut self, mark: u8) -> io::Result<String> {
        let second = self.byte()?;
        if second != Some(mark) {
            self.kept = second;
            return self.until(&[mark], true);
        }
        let third = self.byte()?;
        if third != Some(mark) {
            self.kept = third;
            return Ok(String::new());
        }
        self.until(&[mark; 3], true)
    }

    fn asset(&mut self) -> io::Result<String> {
        let second = self.byte()?;
        if second != Some(b'@') {
            self.kept = second;
            return self.until(b"@", false);
        }
        let third = self.byte()?;
        if third != Some(b'@') {
            self.kept = third;
            return Ok(String::new());
        }
        let path = self.until(b"@@@", true)?;
        Ok(path.replace("\\@@@", "@@@"))
    }

    /// The text before an end. A backslash takes the meaning from the byte after it.
    fn until(&mut self, end: &[u8], has_escapes: bool) -> io::Result<String> {
        let (mut found, mut tail) = (Vec::new(), Vec::new());
        loop {
            let Some(byte) = self.byte()? else {
                return Err(io::ErrorKind::UnexpectedEof.into());
            };
            if has_escapes && byte == b'\\' {
                push(&mut found, byte);
                match self.byte()? {
                    Some(next) => push(&mut found, next),
                    None => return Err(io::ErrorKind::UnexpectedEof.into()),
                }
                tail.clear();
                continue;
            }
            if byte == b'\n' && end.len() == 1 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if byte == 0 {
                let reason = format!("line {} contains a zero", self.line);
                return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
            }
            push(&mut found, byte);
            tail.push(byte);
            if tail.len() > end.len() {
                tail.remove(0);
            }
            if tail == end {
                found.truncate(found.len().saturating_sub(end.len()));
                return Ok(text(found));
            }
        }
    }

    fn skip_line(&mut self) -> io::Result<()> {
        while let Some(byte) = self.byte()? {
            if byte == b'\n' {
                break;
            }
        }
        Ok(())
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        if let Some(kept) = self.kept.take() {
            return Ok(Some(kept));
        }
        if self.place == self.buffer.len() {
            self.buffer.clear();
            self.buffer.extend_from_slice(self.text.fill_buf()?);
            self.text.consume(self.buffer.len());
            self.place = 0;
        }
        let Some(byte) = self.buffer.get(self.place).copied() else {
            return Ok(None);
        };
        self.place += 1;
        self.line += u64::from(byte == b'\n');
        Ok(Some(byte))
    }
}

fn push(found: &mut Vec<u8>, byte: u8) {
    if found.len() < LONGEST {
        found.push(byte);
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> io::Result<Vec<Token>> {
        let mut tokens = Tokens::new(text.as_bytes());
        std::iter::from_fn(|| tokens.next().transpose()).collect()
    }

    fn assets(text: &str) -> Vec<String> {
        let tokens = tokens(text).unwrap().into_iter();
        tokens
            .filter_map(|token| match token {
                Token::Asset(path) => Some(path),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn only_assets_are_paths() {
        let text = "#usda 1.0 @comment.usda@\n// @a@\n/* @b@\n@c@ */\n\
                    def \"x@d@\" ( doc = '''@e@ \"\" ''' ) { asset f = @./g h.png@ \
                    rel m = </A/B@i@> asset j = @@@k@l.usd@@@ asset n = @@ string s = \"\\\"@o@\" }";
        assert_eq!(assets(text), ["./g h.png", "k@l.usd", ""]);
    }

    #[test]
    fn an_end_inside_of_a_token_is_an_error() {
        for text in [
            "\"abc",
            "\"abc\n\"",
            "'''abc''",
            "@abc",
            "@@@abc@@",
            "/* abc",
            "<abc",
        ] {
            let kind = tokens(text).unwrap_err().kind();
            assert_eq!(kind, io::ErrorKind::UnexpectedEof, "{text}");
        }
        assert_eq!(
            tokens("a\0").unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
    }
}
