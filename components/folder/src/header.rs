//! Width and height of an image, from its header, without reading pixels.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};

/// The first bytes of OpenEXR files.
const EXR: [u8; 4] = [0x76, 0x2f, 0x31, 0x01];

/// A header with more attributes than this is broken.
const MOST_ATTRIBUTES: usize = 4096;

/// The longest name in an OpenEXR header, including its last byte, NUL.
const LONGEST_NAME: u64 = 256;

/// The size of a frame, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub width: u64,
    pub height: u64,
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} x {}", self.width, self.height)
    }
}

/// Whether the size of images with this extension can be read.
pub fn is_known(extension: &str) -> bool {
    ["png", "jpg", "jpeg", "exr"].contains(&extension.to_ascii_lowercase().as_str())
}

/// The size of the image at `path`.
pub fn size(path: &str) -> io::Result<Size> {
    read(BufReader::new(File::open(path)?))
}

/// The size of the image in this data.
pub fn read(mut reader: impl BufRead + Seek) -> io::Result<Size> {
    if reader.fill_buf()?.starts_with(&EXR) {
        return exr(&mut reader);
    }
    match imagesize::reader_size(reader) {
        Ok(size) => Ok(Size {
            width: size.width as u64,
            height: size.height as u64,
        }),
        Err(imagesize::ImageError::IoError(error)) => Err(error),
        Err(error) => Err(broken(&error.to_string())),
    }
}

/// The display window: the size of the frame. The data window, which most readers return, may
/// differ between frames of a correct sequence, because renderers crop empty areas.
fn exr(reader: &mut (impl BufRead + Seek)) -> io::Result<Size> {
    // Magic number and version.
    reader.seek_relative(8)?;
    for _ in 0..MOST_ATTRIBUTES {
        let name = text(reader)?;
        if name.is_empty() {
            break;
        }
        let kind = text(reader)?;
        let length = number(reader)?;
        if name == b"displayWindow" && kind == b"box2i" {
            let [left, top, right, bottom] = [
                number(reader)?,
                number(reader)?,
                number(reader)?,
                number(reader)?,
            ]
            .map(i64::from);
            let side = |from: i64, to: i64| u64::try_from(to - from + 1);
            return match (side(left, right), side(top, bottom)) {
                (Ok(width), Ok(height)) => Ok(Size { width, height }),
                _ => Err(broken("its display window is inverted")),
            };
        }
        match u32::try_from(length) {
            Ok(length) => reader.seek_relative(length.into())?,
            Err(_) => break,
        }
    }
    Err(broken("there is no display window in its header"))
}

/// A text that ends with a NUL.
fn text(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    reader.take(LONGEST_NAME).read_until(0, &mut text)?;
    match text.pop() {
        Some(0) => Ok(text),
        _ => Err(broken("its header has no end")),
    }
}

fn number(reader: &mut impl Read) -> io::Result<i32> {
    let mut bytes = [0; 4];
    reader.read_exact(&mut bytes)?;
    Ok(i32::from_le_bytes(bytes))
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::testing::{exr_header, jpeg, png};

    #[test]
    fn sizes_come_from_headers_alone() {
        let folder = tempfile::tempdir().unwrap();
        let size_of = |bytes: &[u8]| {
            let path = folder.path().join("image");
            std::fs::write(&path, bytes).unwrap();
            size(path.to_str().unwrap())
        };
        let known = |width, height| Size { width, height };
        assert_eq!(size_of(&png(64, 36)).unwrap(), known(64, 36));
        assert_eq!(size_of(&png(64, 36)[..30]).unwrap(), known(64, 36));
        assert_eq!(size_of(&jpeg(48, 27)).unwrap(), known(48, 27));
        assert_eq!(size_of(&exr_header(1920, 1080)).unwrap(), known(1920, 1080));
        for bytes in [
            &b""[..],
            b"\x89PNG\r\n\x1a\n",
            b"hello world, this is text",
            &EXR,
        ] {
            assert!(size_of(bytes).is_err());
        }
    }

    #[test]
    fn a_broken_exr_header_is_an_error_and_no_loop() {
        let mut bytes = exr_header(4, 4);
        let window = bytes
            .windows(13)
            .position(|w| w == b"displayWindow")
            .unwrap();
        bytes[window] = b'D';
        assert!(
            exr(&mut Cursor::new(&bytes))
                .unwrap_err()
                .to_string()
                .contains("no display window")
        );
        let mut negative = [&EXR[..], &[2, 0, 0, 0]].concat();
        negative.extend(b"x\0y\0\xff\xff\xff\xff");
        assert!(exr(&mut Cursor::new(&negative)).is_err());
        let endless = [&EXR[..], &[2, 0, 0, 0], &[b'a'; 4000]].concat();
        assert!(
            exr(&mut Cursor::new(&endless))
                .unwrap_err()
                .to_string()
                .contains("no end")
        );
    }
}
