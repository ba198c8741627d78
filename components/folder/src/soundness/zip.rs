//! ZIP archives, and with them USDZ: each file in it to its end, with its checksum.

use std::io::{self, Read};

use ::zip::ZipArchive;
use ::zip::result::ZipError;

use super::source::{Fault, Source};

/// More files than this in one archive are not read.
const MOST: usize = 100_000;

/// An archive that unpacks to more than this many times its size is not read to its end.
const MOST_UNPACKED: u64 = 64;

pub fn check(source: &mut Source) -> Result<(), Fault> {
    let size = source.size();
    let mut archive = ZipArchive::new(source.stream()).map_err(|error| match error {
        ZipError::UnsupportedArchive(what) => {
            Fault::NotChecked(format!("{what} cannot be checked here"))
        }
        ZipError::Io(error) if error.kind() == io::ErrorKind::Other => Fault::Io(error),
        _ => Fault::broken("its list of files is missing: it was cut off"),
    })?;
    if archive.len() > MOST {
        return Err(Fault::NotChecked(
            "it has too many files to be checked here".into(),
        ));
    }
    let mut left = size.saturating_mul(MOST_UNPACKED);
    for number in 0..archive.len() {
        let mut file = match archive.by_index(number) {
            Ok(file) => file,
            Err(ZipError::UnsupportedArchive(what)) => {
                return Err(Fault::NotChecked(format!("{what} cannot be checked here")));
            }
            Err(error) => return Err(Fault::broken(format!("a file in it is damaged ({error})"))),
        };
        let name = crate::name::show(&file.name().unwrap_or_default());
        let unpacked = io::copy(&mut file.by_ref().take(left), &mut io::sink());
        match unpacked {
            Ok(unpacked) => left -= unpacked,
            Err(error) => {
                return Err(Fault::broken(format!(
                    "the file {name} in it is damaged ({error})"
                )));
            }
        }
        if left == 0 {
            return Err(Fault::NotChecked(
                "it unpacks to too much to be checked here".into(),
            ));
        }
    }
    Ok(())
}
