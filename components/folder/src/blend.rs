//! The blocks of a `.blend` file, packed or not.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::StreamingDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

/// More blocks than this are not read.
const MOST: usize = 50_000_000;

/// How the blocks are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Pointers of 8 bytes, not 4.
    pub is_wide: bool,
    pub is_big_endian: bool,
    /// Since Blender 5.0, blocks can be larger than 4 GiB.
    is_large: bool,
}

/// The start of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    pub code: [u8; 4],
    /// The number of its structure in the file's own description.
    pub structure: u32,
    pub length: u64,
}

/// The content of a file: unpacked, if it is packed.
pub fn unpacked<'a>(mut stream: impl BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let start = stream.fill_buf()?;
    Ok(match start {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(stream)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(Frames {
            stream: Some(stream),
            decoder: None,
        }),
        _ => Box::new(stream),
    })
}

/// Reads each block. The function gets its start and its content, and need not read all of it.
///
/// # Errors
/// What is there are not blocks to the last one, or it cannot be read.
pub fn blocks(
    mut content: impl Read,
    mut each: impl FnMut(Layout, Block, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    let layout = Layout::read(&mut content)?;
    for _ in 0..MOST {
        let block = layout.block(&mut content)?;
        if block.code == *b"ENDB" {
            return Ok(());
        }
        if block
            .code
            .iter()
            .any(|byte| *byte != 0 && !(b'0'..=b'Z').contains(byte))
        {
            return Err(invalid("one of its blocks has no valid start"));
        }
        let mut inside = content.by_ref().take(block.length);
        each(layout, block, &mut inside)?;
        let left = inside.limit();
        if io::copy(&mut inside, &mut io::sink())? < left {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Err(invalid("it has too many blocks"))
}

impl Layout {
    fn read(content: &mut impl Read) -> io::Result<Self> {
        let mut start = [0; 12];
        content.read_exact(&mut start)?;
        let is_large = start[7].is_ascii_digit();
        // Blender 5.0 writes the length of this header, and the version of the format.
        let (pointer, order) = match is_large {
            true => {
                let mut rest = [0; 5];
                content.read_exact(&mut rest)?;
                (start[9], rest[0])
            }
            false => (start[7], start[8]),
        };
        let layout = Layout {
            is_wide: pointer == b'-',
            is_big_endian: order == b'V',
            is_large,
        };
        match start.starts_with(b"BLENDER") && b"-_".contains(&pointer) && b"vV".contains(&order) {
            true => Ok(layout),
            false => Err(invalid("its header is not valid")),
        }
    }

    fn block(self, content: &mut impl Read) -> io::Result<Block> {
        let mut code = [0; 4];
        content.read_exact(&mut code)?;
        if self.is_large {
            let structure = self.u32(content)?;
            content.read_exact(&mut [0; 8])?;
            let length = self.u64(content)?;
            content.read_exact(&mut [0; 8])?;
            return Ok(Block {
                code,
                structure,
                length,
            });
        }
        let length = self.u32(content)?.into();
        content.read_exact(&mut [0; 8][..if self.is_wide { 8 } else { 4 }])?;
        let structure = self.u32(content)?;
        content.read_exact(&mut [0; 4])?;
        Ok(Block {
            code,
            structure,
            length,
        })
    }

    pub fn u16(self, content: &mut impl Read) -> io::Result<u16> {
        let mut bytes = [0; 2];
        content.read_exact(&mut bytes)?;
        Ok(match self.is_big_endian {
            true => u16::from_be_bytes(bytes),
            false => u16::from_le_bytes(bytes),
        })
    }

    pub fn u32(self, content: &mut impl Read) -> io::Result<u32> {
        let mut bytes = [0; 4];
        content.read_exact(&mut bytes)?;
        Ok(match self.is_big_endian {
            true => u32::from_be_bytes(bytes),
            false => u32::from_le_bytes(bytes),
        })
    }

    fn u64(self, content: &mut impl Read) -> io::Result<u64> {
        let mut bytes = [0; 8];
        content.read_exact(&mut bytes)?;
        Ok(match self.is_big_endian {
            true => u64::from_be_bytes(bytes),
            false => u64::from_le_bytes(bytes),
        })
    }
}

/// The frames of Zstandard, one after another. Blender writes one for each megabyte, and a table of
/// them at the end, which is a frame to go over.
struct Frames<S: BufRead> {
    stream: Option<S>,
    decoder: Option<StreamingDecoder<S, ruzstd::decoding::FrameDecoder>>,
}

impl<S: BufRead> Read for Frames<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(decoder) = &mut self.decoder {
                let count = decoder.read(buffer)?;
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
                self.stream = self.decoder.take().map(StreamingDecoder::into_inner);
            }
            let Some(mut stream) = self.stream.take() else {
                return Ok(0);
            };
            let start = stream.fill_buf()?;
            if start.is_empty() {
                self.stream = Some(stream);
                return Ok(0);
            }
            if start.len() >= 4 && start[0] & 0xf0 == 0x50 && start[1..4] == [0x2a, 0x4d, 0x18] {
                let mut header = [0; 8];
                stream.read_exact(&mut header)?;
                let length = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
                let skipped = io::copy(&mut stream.by_ref().take(length.into()), &mut io::sink())?;
                self.stream = Some(stream);
                if skipped < length.into() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                continue;
            }
            self.decoder = Some(StreamingDecoder::new(stream).map_err(|error| match error {
                FrameDecoderError::ReadFrameHeaderError(
                    ReadFrameHeaderError::MagicNumberReadError(error),
                ) => error,
                error => invalid(&error.to_string()),
            })?);
        }
    }
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
