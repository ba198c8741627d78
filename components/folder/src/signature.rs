//! The real format of a file, from its first bytes.

/// A format that can be detected from the first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Png,
    Jpeg,
    Exr,
    Tiff,
    Glb,
    UsdText,
    UsdBinary,
    Alembic,
    Fbx,
    Blend,
    Zip,
    /// Used by Blender's compressed scenes, among others.
    Gzip,
    Zstd,
    Gif,
    Pdf,
    Photoshop,
    Html,
}

use Format::*;

/// How many bytes [`Format::of`] needs.
pub const ENOUGH: usize = 1024;

/// The first bytes of the formats.
const STARTS: [(&[u8], Format); 27] = [
    (b"\x89PNG\r\n\x1a\n", Png),
    (b"\xff\xd8\xff", Jpeg),
    (b"\x76\x2f\x31\x01", Exr),
    (b"II*\0", Tiff),
    (b"MM\0*", Tiff),
    // BigTIFF.
    (b"II+\0", Tiff),
    (b"MM\0+", Tiff),
    (b"glTF", Glb),
    (b"#usda", UsdText),
    (b"PXR-USDC", UsdBinary),
    (b"Ogawa", Alembic),
    // Older Alembic files, in HDF5.
    (b"\x89HDF\r\n\x1a\n", Alembic),
    (b"Kaydara FBX Binary", Fbx),
    (b"; FBX", Fbx),
    (b"FBXHeaderExtension", Fbx),
    (b"BLENDER", Blend),
    (b"PK\x03\x04", Zip),
    // An empty archive, and a split one.
    (b"PK\x05\x06", Zip),
    (b"PK\x07\x08", Zip),
    (b"\x1f\x8b", Gzip),
    (b"\x28\xb5\x2f\xfd", Zstd),
    (b"GIF8", Gif),
    (b"%PDF-", Pdf),
    (b"8BPS", Photoshop),
    (b"<!DOCTYPE html", Html),
    (b"<!doctype html", Html),
    (b"<html", Html),
];

impl Format {
    /// The format that begins with these bytes.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let mut starts = STARTS.iter();
        starts
            .find(|(start, _)| bytes.starts_with(start))
            .map(|(_, format)| *format)
    }

    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Png => "a PNG image",
            Jpeg => "a JPEG image",
            Exr => "an OpenEXR image",
            Tiff => "a TIFF image",
            Glb => "a binary glTF",
            UsdText => "a USD text file",
            UsdBinary => "a USD binary file",
            Alembic => "an Alembic cache",
            Fbx => "an FBX file",
            Blend => "a Blender scene",
            Zip => "a ZIP archive",
            Gzip => "a gzip archive",
            Zstd => "a Zstandard archive",
            Gif => "a GIF image",
            Pdf => "a PDF document",
            Photoshop => "a Photoshop document",
            Html => "a web page",
        }
    }

    /// The matching extension, if it is relevant here.
    pub fn extension(self) -> Option<&'static str> {
        Some(match self {
            Png => "png",
            Jpeg => "jpg",
            Exr => "exr",
            Tiff => "tif",
            Glb => "glb",
            UsdText => "usda",
            UsdBinary => "usdc",
            Alembic => "abc",
            Fbx => "fbx",
            Blend => "blend",
            Zip => "zip",
            Gif => "gif",
            Pdf => "pdf",
            Photoshop => "psd",
            Gzip | Zstd | Html => return None,
        })
    }
}

/// The formats that a file with this extension may have; none if the extension is unknown.
pub fn claimed(extension: &str) -> &'static [Format] {
    match extension.to_ascii_lowercase().as_str() {
        "png" => &[Png],
        "jpg" | "jpeg" => &[Jpeg],
        "exr" => &[Exr],
        "tif" | "tiff" | "tx" => &[Tiff],
        "glb" => &[Glb],
        "usda" => &[UsdText],
        "usdc" => &[UsdBinary],
        "usd" => &[UsdBinary, UsdText],
        "usdz" | "zip" => &[Zip],
        "abc" => &[Alembic],
        "fbx" => &[Fbx],
        "blend" => &[Blend, Gzip, Zstd],
        _ => &[],
    }
}

/// The apparent format of the first bytes, as text.
pub fn looks_like(bytes: &[u8]) -> String {
    match Format::of(bytes) {
        Some(format) => format.name().into(),
        None if bytes.iter().all(|byte| *byte == 0) => {
            "only zeros, as after an interrupted copy".into()
        }
        None if is_text(bytes) => "plain text".into(),
        None => {
            let first: Vec<String> = bytes
                .iter()
                .take(8)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!("no known format (they are {})", first.join(" "))
        }
    }
}

fn is_text(bytes: &[u8]) -> bool {
    // The bytes may end inside a character, which is not an error.
    let whole = match std::str::from_utf8(bytes) {
        Ok(_) => bytes.len(),
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => return false,
    };
    bytes[..whole]
        .iter()
        .all(|byte| *byte >= b' ' || b"\t\r\n".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_start_is_known() {
        for (start, format) in STARTS {
            assert_eq!(Format::of(&[start, b" and more"].concat()), Some(format));
        }
        assert_eq!(Format::of(b"\x89PNG"), None);
        assert_eq!(Format::of(b""), None);
    }

    #[test]
    fn an_extension_claims_what_it_should() {
        for (extension, bytes) in [
            ("PNG", &b"\x89PNG\r\n\x1a\n"[..]),
            ("jpeg", b"\xff\xd8\xff\xe0"),
            ("tx", b"II*\0"),
            ("usd", b"#usda 1.0"),
            ("usd", b"PXR-USDC"),
            ("usdz", b"PK\x03\x04"),
            ("abc", b"Ogawa\xff"),
            ("abc", b"\x89HDF\r\n\x1a\n"),
            ("fbx", b"; FBX 7.4.0 project file"),
            ("fbx", b"Kaydara FBX Binary  \0"),
            ("blend", b"BLENDER-v300"),
            ("blend", b"\x1f\x8b\x08"),
            ("blend", b"\x28\xb5\x2f\xfd"),
        ] {
            let format = Format::of(bytes).expect(extension);
            assert!(claimed(extension).contains(&format), "{extension}");
        }
        assert!(claimed("md").is_empty());
        assert!(!claimed("usdc").contains(&UsdText));
    }

    #[test]
    fn bytes_are_described_in_words() {
        assert_eq!(looks_like(b"\xff\xd8\xff"), "a JPEG image");
        assert_eq!(looks_like("grüße\n".as_bytes()), "plain text");
        assert_eq!(looks_like(&"ü".as_bytes()[..1]), "plain text");
        assert!(looks_like(&[0; 16]).contains("zeros"));
        assert!(looks_like(&[1, 2, 3]).contains("01 02 03"));
    }
}
