//! The bytes of a file, as checkers read them: with the end of the file in mind.

use std::io::{self, BufRead, Seek, SeekFrom};

/// What checkers read from.
pub trait Stream: BufRead + Seek {}

impl<T: BufRead + Seek> Stream for T {}

/// Why a walk through a file ended early.
#[derive(Debug)]
pub enum Fault {
    /// The disk, or a library that reads the content.
    Io(io::Error),
    Broken(String),
    Damaged(String),
    NotChecked(String),
}

impl Fault {
    pub fn broken(reason: impl Into<String>) -> Self {
        Fault::Broken(reason.into())
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::Io(error)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Io(error) => error.fmt(f),
            Fault::Broken(reason) | Fault::Damaged(reason) | Fault::NotChecked(reason) => {
                f.write_str(reason)
            }
        }
    }
}

/// The bytes of a file, and the place in it.
pub struct Source<'a> {
    stream: &'a mut dyn Stream,
    at: u64,
    size: u64,
}

impl<'a> Source<'a> {
    /// From the first byte of a stream that has this many.
    pub fn new(stream: &'a mut dyn Stream, size: u64) -> Self {
        Source {
            stream,
            at: 0,
            size,
        }
    }

    /// The place of the next byte.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The size of the file, in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes follow.
    pub fn left(&self) -> u64 {
        self.size.saturating_sub(self.at)
    }

    /// The stream itself, for a library; afterwards, [`Source::seek`] says where to continue.
    pub fn stream(&mut self) -> &mut dyn Stream {
        self.stream
    }

    /// Fails unless this many bytes follow; they hold `what`.
    pub fn need(&self, count: u64, what: &str) -> Result<(), Fault> {
        match count <= self.left() {
            true => Ok(()),
            false => Err(self.ends(what)),
        }
    }

    /// The file ends inside of something.
    pub fn ends(&self, what: &str) -> Fault {
        Fault::Broken(format!(
            "it ends after {} bytes, in the middle of {what}",
            self.size
        ))
    }

    /// Goes to a place that may be the end of the file, but not beyond it.
    pub fn seek(&mut self, to: u64, what: &str) -> Result<(), Fault> {
        if to > self.size {
            return Err(self.ends(what));
        }
        match i64::try_from(i128::from(to) - i128::from(self.at)) {
            // The buffer stays if the place is inside of it.
            Ok(by) => self.stream.seek_relative(by)?,
            Err(_) => drop(self.stream.seek(SeekFrom::Start(to))?),
        }
        self.at = to;
        Ok(())
    }

    /// Goes to a place after a library has read from the stream.
    pub fn resume(&mut self, to: u64) -> Result<(), Fault> {
        self.at = self.stream.seek(SeekFrom::Start(to.min(self.size)))?;
        Ok(())
    }

    /// Goes over this many bytes, which hold `what`.
    pub fn skip(&mut self, count: u64, what: &str) -> Result<(), Fault> {
        self.need(count, what)?;
        self.seek(self.at + count, what)
    }

    /// The next bytes.
    pub fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], Fault> {
        self.need(N as u64, what)?;
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes)?;
        self.at += N as u64;
        Ok(bytes)
    }

    /// The next bytes, at most `most` of them: a longer text is not one that this is for.
    pub fn bytes(&mut self, count: u64, most: usize, what: &str) -> Result<Vec<u8>, Fault> {
        self.need(count, what)?;
        let fits = usize::try_from(count).ok().filter(|count| *count <= most);
        let Some(count) = fits else {
            return Err(Fault::NotChecked(format!(
                "{what} is too large to be read here"
            )));
        };
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes)?;
        self.at += count as u64;
        Ok(bytes)
    }

    /// What is in the buffer; empty at the end of the file. [`Source::consume`] says how much of it
    /// was used.
    pub fn buffer(&mut self) -> Result<&[u8], Fault> {
        Ok(self.stream.fill_buf()?)
    }

    pub fn consume(&mut self, count: usize) {
        self.stream.consume(count);
        self.at += count as u64;
    }

    pub fn u8(&mut self, what: &str) -> Result<u8, Fault> {
        Ok(self.array::<1>(what)?[0])
    }

    pub fn u16_le(&mut self, what: &str) -> Result<u16, Fault> {
        Ok(u16::from_le_bytes(self.array(what)?))
    }

    pub fn u16_be(&mut self, what: &str) -> Result<u16, Fault> {
        Ok(u16::from_be_bytes(self.array(what)?))
    }

    pub fn u32_le(&mut self, what: &str) -> Result<u32, Fault> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    pub fn u32_be(&mut self, what: &str) -> Result<u32, Fault> {
        Ok(u32::from_be_bytes(self.array(what)?))
    }

    pub fn u64_le(&mut self, what: &str) -> Result<u64, Fault> {
        Ok(u64::from_le_bytes(self.array(what)?))
    }

    pub fn u64_be(&mut self, what: &str) -> Result<u64, Fault> {
        Ok(u64::from_be_bytes(self.array(what)?))
    }
}
