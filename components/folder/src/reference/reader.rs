//! Reads the names that are in a file, whatever its format.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use super::scan::Scan;
use super::{aftereffects, blend, fbx, gltf, maya, mtl, nuke, obj, usda, usdc};

/// How much of a file is read for names, in bytes. Geometry can be large, and has its names at the
/// beginning.
const MOST: u64 = 64 << 20;
const MOST_OF_OBJ: u64 = 256 << 10;
/// Its own description is at the end of a scene.
const MOST_OF_BLEND: u64 = 2 << 30;

/// Finds the names in a file.
type Find = fn(&mut dyn BufRead, &mut Scan) -> io::Result<()>;

/// The names in the file at `path`, with this extension.
///
/// # Errors
/// The disk refuses to read it.
pub fn of(path: &str, extension: &str) -> io::Result<Scan> {
    let extension = extension.to_ascii_lowercase();
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    read(
        &extension,
        size,
        &mut BufReader::with_capacity(64 * 1024, file),
    )
}

/// Whether files with this extension name other files.
pub fn can_name(extension: &str) -> bool {
    const KNOWN: [&str; 31] = [
        "gltf", "glb", "obj", "mtl", "usd", "usda", "usdc", "usdz", "blend", "fbx", "nk", "ma",
        "aepx", // Nothing is known of these, and that is said.
        "mb", "aep", "hip", "hipnc", "hiplc", "max", "c4d", "katana", "lxo", "spp", "sbs", "ztl",
        "zpr", "3ds", "dae", "ass", "prproj", "xmp",
    ];
    KNOWN
        .iter()
        .any(|known| known.eq_ignore_ascii_case(extension))
}

/// The names in a file of `size` bytes, with this extension in lower case.
///
/// # Errors
/// The disk refuses to read it.
pub fn read(
    extension: &str,
    size: u64,
    stream: &mut (impl BufRead + io::Seek),
) -> io::Result<Scan> {
    let start = stream.fill_buf()?;
    let find: Find = match extension {
        _ if start.starts_with(b"PXR-USDC") => {
            let mut scan = Scan::default();
            if let Err(error) = usdc::find(stream, size, &mut scan) {
                broken(&mut scan, error)?;
            }
            return Ok(unique(scan));
        }
        _ if start.starts_with(b"#usda") => usda::find,
        _ if start.starts_with(b"glTF") => gltf::find_in_binary,
        _ if start.starts_with(b"Kaydara FBX Binary") => fbx::find,
        "fbx" => fbx::find_in_text,
        "gltf" => gltf::find,
        "obj" => obj::find,
        "mtl" => mtl::find,
        "nk" => nuke::find,
        "ma" => maya::find,
        "aepx" => aftereffects::find,
        "blend" => blend::find,
        extension if can_name(extension) => {
            return Ok(Scan::unknown(&format!(
                "the names in .{extension} files cannot be read here"
            )));
        }
        _ => return Ok(Scan::default()),
    };
    let mut scan = Scan::default();
    let most = match extension {
        "obj" => MOST_OF_OBJ,
        "blend" => MOST_OF_BLEND,
        _ => MOST,
    };
    let mut bounded = stream.take(most);
    if let Err(error) = find(&mut bounded, &mut scan) {
        broken(&mut scan, error)?;
    }
    if size > most && bounded.limit() == 0 {
        let most = most >> 10;
        scan.not_checked = Some(format!("only its first {most} KB are read for names"));
    }
    Ok(unique(scan))
}

/// A file that is not valid names what was found before that. Another validator tells the fault.
fn broken(scan: &mut Scan, error: io::Error) -> io::Result<()> {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    match error.kind() {
        InvalidData | InvalidInput | Other | UnexpectedEof => {
            scan.not_checked = Some("it cannot be read to its end".into());
            Ok(())
        }
        _ => Err(error),
    }
}

fn unique(mut scan: Scan) -> Scan {
    let mut seen = std::collections::HashSet::new();
    scan.names.retain(|name| seen.insert(name.clone()));
    scan
}
