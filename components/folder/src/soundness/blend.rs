//! Blender: each block to the last one. Packed files are unpacked, which checks them, too.

use std::io;

use super::source::{Fault, Source};
use crate::blend;

/// Packed files that are not scenes, such as `.bgeo.gz`, are only unpacked.
const SCENE: &[u8] = b"BLENDER";

/// The bytes of the header.
const HEADER: usize = 12;

/// No scene is smaller, in bytes: each holds the names of all its types.
const SMALLEST: usize = 256;

pub fn check(source: &mut Source) -> Result<(), Fault> {
    if source.size() < SMALLEST as u64 {
        let all = source.bytes(source.size(), SMALLEST, "its header")?;
        if all.iter().skip(HEADER).all(|byte| *byte == 0) {
            // Somebody's stand-in for a scene: Blender neither writes nor leaves such a file.
            return Err(Fault::NotChecked("it has a header and no content".into()));
        }
        source.resume(0)?;
    }
    let mut content = blend::unpacked(source.stream())?;
    blend::blocks(&mut content, |_, _, _| Ok(())).map_err(fault)
}

/// Packed with gzip or Zstandard.
pub fn check_packed(source: &mut Source) -> Result<(), Fault> {
    let mut start = [0; SCENE.len()];
    let is_scene = {
        let mut content = blend::unpacked(source.stream())?;
        match io::Read::read_exact(&mut content, &mut start) {
            Ok(()) => start == SCENE,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
            Err(error) => return Err(fault(error)),
        }
    };
    source.resume(0)?;
    let mut content = blend::unpacked(source.stream())?;
    if is_scene {
        blend::blocks(&mut content, |_, _, _| Ok(())).map_err(fault)?;
    }
    // The checksum is after the last block.
    io::copy(&mut content, &mut io::sink()).map_err(fault)?;
    Ok(())
}

fn fault(error: io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Fault::broken("it ends in the middle of its content"),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
            Fault::broken(format!("its content is damaged ({error})"))
        }
        _ => Fault::Io(error),
    }
}
