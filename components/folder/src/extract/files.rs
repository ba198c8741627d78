//! Copies the files into a staging folder, and takes their SHA-256 from the very bytes that are written.
//!
//! A copy counts only if the file was the same before and after: its size, its time of change, and as many
//! bytes as it said. On any failure the staging folder is removed.

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read, Write};
use std::rc::Rc;

use pyblish_sdk::{
    Failure, Instance, InstancePlugin, Meta, Result, fail, progress, stop_if_cancelled,
};
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::disk::{self, Sink};
use crate::name::{self, MANIFEST, show};
use crate::staging::{self, Staging, Transfer};

/// So many bytes are copied at once: large enough to be fast, small enough to stop soon.
const CHUNK: usize = 1024 * 1024;

pub struct ExtractFiles {
    pub config: Rc<Config>,
}

impl ExtractFiles {
    pub const NAME: &str = "ExtractFiles";
}

impl InstancePlugin for ExtractFiles {
    fn meta(&self) -> Meta {
        Meta::extractor(Self::NAME).label("Copy files").doc(
            "Copies the files to where versions are kept, and checks that they did not change meanwhile. \
             Nothing is published yet, and your files stay where they are.",
        )
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let config = &self.config;
        let files = name::files(instance)?;
        if let Some(file) = files
            .iter()
            .find(|file| file.eq_ignore_ascii_case(MANIFEST))
        {
            fail!(
                "{file} is what every version calls its own description: rename the file, and collect again"
            );
        }
        // What was staged before is out of date from here on, whatever becomes of this.
        staging::discard(config, instance);
        for key in ["staging", "transfers", "thumbnail"] {
            instance.unset(key);
        }

        let mut total = 0;
        for file in &files {
            let path = config.source(file);
            total += fs::metadata(&path)
                .map_err(|error| disk::cannot_read(&path, &error))?
                .len();
        }
        let staging = Staging::create(config)?;
        let mut told = Told {
            done: 0,
            total,
            last: 0.0,
        };
        let mut transfers = Vec::with_capacity(files.len());
        for file in &files {
            let target = format!("{}/{file}", staging.path());
            let (size, sha256) = copy(&config.source(file), &target, &config.root, &mut |bytes| {
                stop_if_cancelled()?;
                told.add(bytes, file);
                Ok(())
            })?;
            transfers.push(Transfer {
                file: file.clone(),
                size,
                sha256,
            });
        }
        disk::sync_folder(staging.path());
        progress(1.0, &format!("Copied {} files", files.len()));
        instance.set(
            "size",
            transfers.iter().map(|transfer| transfer.size).sum::<u64>(),
        );
        instance.set("transfers", serde_json::to_value(&transfers)?);
        instance.set("staging", staging.keep());
        Ok(())
    }
}

/// What was said of the progress.
struct Told {
    /// In bytes.
    done: u64,
    total: u64,
    /// The fraction that was said last.
    last: f64,
}

impl Told {
    /// Says how far it is, if that is a hundredth further than it was.
    fn add(&mut self, bytes: u64, file: &str) {
        self.done += bytes;
        let fraction = (self.done as f64 / self.total.max(1) as f64).min(1.0);
        if fraction >= self.last + 0.01 {
            self.last = fraction;
            progress(fraction, &format!("Copying {}", show(file)));
        }
    }
}

/// Copies a file to a new one, and answers its size and SHA-256. `step` is called after each chunk, and can
/// stop it.
fn copy(
    source: &str,
    target: &str,
    root: &str,
    step: &mut dyn FnMut(u64) -> Result,
) -> Result<(u64, String)> {
    let unread = |error| disk::cannot_read(source, &error);
    let unwritten = |error| disk::cannot_write(target, root, &error);
    let mut input = File::open(source).map_err(unread)?;
    let before = input.metadata().map_err(unread)?;
    let mut output = Sink::create(target).map_err(unwritten)?;
    let size = before.len();
    let mut digest = Sha256::new();
    let mut copied = 0;
    // Small files need no large buffer; one byte more sees that a file grew.
    let mut buffer = vec![0; usize::try_from(size).map_or(CHUNK, |size| CHUNK.min(size + 1))];
    loop {
        let count = match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(unread(error)),
        };
        digest.update(&buffer[..count]);
        output.write_all(&buffer[..count]).map_err(unwritten)?;
        copied += count as u64;
        step(count as u64)?;
    }
    output.sync().map_err(unwritten)?;
    let after = fs::metadata(source).map_err(unread)?;
    if copied != size || !is_same(&before, &after) {
        let message = format!(
            "{} changed while it was copied: wait until whatever writes it is done, then collect again",
            show(source)
        );
        return Err(Failure::new(message).title("A file changed"));
    }
    Ok((size, format!("{:x}", digest.finalize())))
}

/// Whether a file was left alone, as far as the disk tells.
fn is_same(before: &Metadata, after: &Metadata) -> bool {
    before.len() == after.len() && before.modified().ok() == after.modified().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(change: impl Fn(&str)) -> (Result<(u64, String)>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (source, target) = (path("source"), path("target"));
        fs::write(&source, b"abc").unwrap();
        let result = copy(&source, &target, "/publish", &mut |_| {
            change(&source);
            Ok(())
        });
        (result, folder)
    }

    #[test]
    fn a_copy_has_the_bytes_and_their_digest() {
        let (result, folder) = copied(|_| {});
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(result.unwrap(), (3, sha256.into()));
        assert_eq!(fs::read(folder.path().join("target")).unwrap(), b"abc");
    }

    #[test]
    fn a_file_that_changes_meanwhile_is_refused() {
        // It grows, is cut, is replaced by another of its size, and vanishes.
        let grown = copied(|path| fs::write(path, b"abcdef").unwrap()).0;
        let cut = copied(|path| fs::write(path, b"a").unwrap()).0;
        let other = copied(|path| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            fs::remove_file(path).unwrap();
            fs::write(path, b"xyz").unwrap();
        })
        .0;
        for result in [grown, cut, other] {
            assert!(
                result
                    .unwrap_err()
                    .message()
                    .contains("changed while it was copied")
            );
        }
        let gone = copied(|path| fs::remove_file(path).unwrap()).0;
        assert!(gone.unwrap_err().message().contains("is gone"));
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x").to_str().unwrap().to_owned();
        fs::write(&path, b"abc").unwrap();
        let failure = copy(&path, &path, "/publish", &mut |_| Ok(())).unwrap_err();
        assert!(failure.message().contains("could not be written"));
        assert_eq!(fs::read(&path).unwrap(), b"abc");
    }
}
