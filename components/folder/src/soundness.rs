//! Whether a file is whole: not cut off, not half-written, not damaged.
//!
//! Each format has a checker, which walks the file to its end: lengths, offsets, tables, and the
//! checksums that the format has. Pixels and geometry are not decoded, so a check takes about as
//! long as reading the file, or less. The policy:
//!
//! - *Broken* is only what is proven: something lies beyond the end of the file, a checksum is
//!   wrong, a part that every reader needs is missing.
//! - *Damaged* is a proven fault that leaves most of the file readable.
//! - What no checker knows is *not checked*, and is never called broken.
//! - A header can claim anything: nothing is allocated by a number from a file, and every walk has
//!   a bound.

mod avi;
mod blend;
mod bmp;
mod boxes;
mod cineon;
mod dpx;
mod ebml;
mod exr;
mod fbx;
mod gif;
mod glb;
mod gltf;
mod hdf5;
mod hdr;
mod jpeg;
mod ogawa;
mod pdf;
mod png;
mod psd;
mod riff;
mod source;
mod text;
mod tga;
mod tiff;
mod usda;
mod usdc;
mod vdb;
mod wav;
mod webp;
mod zip;

use std::fs::File;
use std::io::{self, BufReader, SeekFrom};

pub use source::{Fault, Source, Stream};

/// How much of a file is read at once: each read is a call of the runtime.
const BUFFER: usize = 256 * 1024;

/// What was found out about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Sound,
    /// A part of it cannot be read.
    Damaged(String),
    /// It cannot be used.
    Broken(String),
    /// Nothing is known, for this reason.
    NotChecked(String),
}

/// A checker walks a file, and fails if something is wrong.
type Check = fn(&mut Source) -> Result<(), Fault>;

/// The checker for a file with this extension, and these first bytes.
fn checker(extension: &str, start: &[u8]) -> Option<Check> {
    let begins = |magic: &[u8]| start.starts_with(magic);
    let form = |name: &[u8]| start.get(8..12) == Some(name);
    // The content decides where it can. Another validator compares it with the extension.
    Some(match extension.to_ascii_lowercase().as_str() {
        _ if begins(b"\x89PNG") => png::check,
        _ if begins(b"\x76\x2f\x31\x01") => exr::check,
        _ if begins(b"\xff\xd8\xff") => jpeg::check,
        _ if begins(b"II*\0") || begins(b"MM\0*") || begins(b"II+\0") || begins(b"MM\0+") => {
            tiff::check
        }
        _ if begins(b"GIF8") => gif::check,
        _ if begins(b"RIFF") && form(b"WEBP") => webp::check,
        _ if begins(b"RIFF") && form(b"AVI ") => avi::check,
        _ if begins(b"RIFF") && form(b"WAVE") => wav::check,
        _ if begins(b"RIFX") => riff::check_big_endian,
        _ if begins(b"#?R") => hdr::check,
        _ if begins(b"SDPX") || begins(b"XPDS") => dpx::check,
        _ if begins(b"\x80\x2a\x5f\xd7") || begins(b"\xd7\x5f\x2a\x80") => cineon::check,
        _ if begins(b"8BPS") => psd::check,
        _ if begins(b"\x1a\x45\xdf\xa3") => ebml::check,
        _ if begins(b"Ogawa") => ogawa::check,
        _ if begins(b"\x89HDF") => hdf5::check,
        _ if begins(b"PXR-USDC") => usdc::check,
        _ if begins(b"#usda") => usda::check,
        _ if begins(b"Kaydara FBX Binary") => fbx::check,
        _ if begins(b"glTF") => glb::check,
        _ if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") => zip::check,
        _ if begins(b"BLENDER") => blend::check,
        _ if begins(b"\x28\xb5\x2f\xfd") => blend::check_packed,
        _ if begins(b"\x1f\x8b") => blend::check_packed,
        _ if begins(b"\x20\x42\x44\x56\0\0\0\0") => vdb::check,
        _ if begins(b"%PDF-") => pdf::check,
        "mp4" | "mov" | "m4v" | "m4a" | "3gp" | "jp2" | "heic" | "heif" | "avif" => boxes::check,
        "bmp" if begins(b"BM") => bmp::check,
        "ply" if memchr::memmem::find(start, b"format ascii").is_some() => text::check,
        "tga" => tga::check,
        "gltf" => gltf::check,
        "obj" | "mtl" | "nk" | "ma" | "ass" | "usda" | "dae" | "svg" | "xml" | "json" | "csv"
        | "tsv" | "txt" | "md" | "yaml" | "yml" | "html" | "fbx" | "stl" | "rib" | "cube"
        | "edl" | "fcpxml" | "otio" | "aepx" | "xmp" | "srt" => text::check,
        _ => return None,
    })
}

/// A broken file that ends with this many zeros was not written to its end.
const ZEROS: u64 = 64;

/// The formats of raw values, which may all be zero.
const RAW: [&str; 6] = ["bin", "raw", "dat", "img", "yuv", "pcm"];

/// Looks at the file at `path` to its end.
///
/// # Errors
/// The disk refuses to read it.
pub fn of(path: &str) -> io::Result<Verdict> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let extension = crate::name::split(path.rsplit('/').next().unwrap_or(path)).1;
    read(extension, size, &mut BufReader::with_capacity(BUFFER, file))
}

/// Looks at a file of `size` bytes, with this extension.
///
/// # Errors
/// The disk refuses to read it.
pub fn read(extension: &str, size: u64, stream: &mut dyn Stream) -> io::Result<Verdict> {
    // Another validator reports empty files.
    if size == 0 {
        return Ok(Verdict::Sound);
    }
    let start = stream.fill_buf()?;
    let start = start[..start.len().min(64)].to_vec();
    let is_raw = RAW.contains(&extension.to_ascii_lowercase().as_str());
    if !is_raw && is_zero(stream, 0)? {
        return Ok(Verdict::Broken("it contains nothing but zeros".into()));
    }
    stream.rewind()?;
    let Some(check) = checker(extension, &start) else {
        let what = match extension {
            "" => "files without an extension".to_owned(),
            extension => format!(".{extension} files"),
        };
        return Ok(Verdict::NotChecked(format!(
            "{what} cannot be checked here"
        )));
    };
    let mut source = Source::new(stream, size);
    let found = check(&mut source);
    Ok(match found {
        Ok(()) => Verdict::Sound,
        Err(Fault::NotChecked(reason)) => Verdict::NotChecked(reason),
        Err(Fault::Damaged(reason)) => Verdict::Damaged(reason),
        Err(Fault::Io(error)) if !is_content(&error) => return Err(error),
        Err(fault) => {
            let mut reason = match fault {
                Fault::Broken(reason) => reason,
                fault => format!("its content is not valid ({fault})"),
            };
            // The usual reason, and the one that people understand.
            if is_zero(stream, size.saturating_sub(ZEROS))? {
                reason += "; its end is only zeros, as after an interrupted copy or a full disk";
            }
            Verdict::Broken(reason)
        }
    })
}

/// Whether an error comes from the content of a file, not from its disk.
fn is_content(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
}

/// Whether there is nothing but zeros from a place on. The first other byte ends the reading.
fn is_zero(stream: &mut dyn Stream, from: u64) -> io::Result<bool> {
    stream.seek(SeekFrom::Start(from))?;
    loop {
        let bytes = stream.fill_buf()?;
        if bytes.is_empty() {
            return Ok(true);
        }
        if bytes.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        let count = bytes.len();
        stream.consume(count);
    }
}

#[cfg(test)]
mod tests;
