//! Programs for macOS: only their headers can be read here.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};

use super::super::target::Target;
use super::proving::{Proof, Proving};

/// The numbers of Mach-O's headers, from `<mach-o/loader.h>` and `<mach/machine.h>`.
const MAGIC: u32 = 0xfeed_facf;
const EXECUTE: u32 = 2;
const LOAD_DYLIB: u32 = 0xc;
const CODE_SIGNATURE: u32 = 0x1d;
const X86_64: u32 = 0x0100_0007;
const ARM64: u32 = 0x0100_000c;

/// The processor, the libraries and the signature.
pub fn headers(proving: &Proving<'_>, target: &Target) -> Result<Proof> {
    let path = proving.unpacked(target)?.join(target.program());
    let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let program = read(&bytes).context("it ends within its headers")?;
    let wanted = match target.triple.starts_with("aarch64") {
        true => ARM64,
        false => X86_64,
    };
    if program.processor != wanted {
        bail!(
            "it is for the processor {:#x}, not {wanted:#x}",
            program.processor
        );
    }
    // What every macOS has, and nothing of this machine.
    let foreign = |name: &&String| !name.starts_with("/usr/lib/") && !name.starts_with("/System/");
    if let Some(name) = program.libraries.iter().find(foreign) {
        bail!("it asks for {name}");
    }
    let signed = program.commands.contains_key(&CODE_SIGNATURE);
    if !signed && wanted == ARM64 {
        bail!("it is not signed, and arm64 runs nothing that is not");
    }
    Ok(Proof::Shown(format!(
        "an executable for {}, with {}{}",
        target.triple,
        program.libraries.join(" and "),
        if signed { ", signed ad hoc" } else { "" }
    )))
}

/// What the headers of a program say.
struct MachO {
    processor: u32,
    /// How many there are of each kind.
    commands: BTreeMap<u32, usize>,
    libraries: Vec<String>,
}

fn read(bytes: &[u8]) -> Option<MachO> {
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    if number(0)? != MAGIC || number(12)? != EXECUTE {
        return None;
    }
    let mut program = MachO {
        processor: number(4)?,
        commands: BTreeMap::new(),
        libraries: Vec::new(),
    };
    let mut at = 32;
    for _ in 0..number(16)? {
        let (command, size) = (number(at)?, usize::try_from(number(at + 4)?).ok()?);
        *program.commands.entry(command).or_default() += 1;
        if command == LOAD_DYLIB {
            let start = at + usize::try_from(number(at + 8)?).ok()?;
            let name = bytes
                .get(start..at + size)?
                .split(|byte| *byte == 0)
                .next()?;
            program
                .libraries
                .push(String::from_utf8_lossy(name).into_owned());
        }
        at += size.max(8);
    }
    Some(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_name_processor_and_libraries() {
        let name = b"/usr/lib/libSystem.B.dylib\0\0\0\0\0\0";
        let size = u32::try_from(24 + name.len()).unwrap();
        let numbers = [
            MAGIC, ARM64, 0, EXECUTE, 1, size, 0, 0, LOAD_DYLIB, size, 24, 0, 0, 0,
        ];
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|it| it.to_le_bytes()).collect();
        bytes.extend(name);
        let program = read(&bytes).unwrap();
        assert_eq!(program.processor, ARM64);
        assert_eq!(program.libraries, ["/usr/lib/libSystem.B.dylib"]);
        assert_eq!(program.commands, BTreeMap::from([(LOAD_DYLIB, 1)]));
        assert!(read(&bytes[..bytes.len() - 40]).is_none());
        assert!(read(b"\x7fELF").is_none());
    }
}
