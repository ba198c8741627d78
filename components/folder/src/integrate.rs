//! Makes a version of what was staged: `<root>/<family>/<asset>/v001`, then `v002`, …
//!
//! The staged folder becomes the version by one rename, so that a version is there whole or not at all. The
//! rename fails where there is a version already, and then the next number is tried: that is what keeps two
//! who publish at once apart, with no lock that could be left behind. (A rename replaces an empty folder; so
//! nobody here ever makes one where a version goes.)
//!
//! Power loss: the files were written to disk before, and the rename is written to disk before the version is
//! reported. Where a folder can be synced (Linux, macOS), a version that was reported is there afterwards,
//! whole. Elsewhere it may be missing, but never be half.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::rc::Rc;

use pyblish_sdk::{Failure, Instance, InstancePlugin, Meta, Result, fail, log, stop_if_cancelled};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::disk::{self, Sink};
use crate::name::{self, MANIFEST, show};
use crate::staging::{self, Transfer};
use crate::{HOST, clock};

/// So often another may be faster before something else must be wrong.
const TRIES: usize = 1000;

pub struct IntegrateVersion {
    pub config: Rc<Config>,
}

impl IntegrateVersion {
    pub const NAME: &str = "IntegrateVersion";

    /// Moves the staged folder to the first version that is free, and answers its number and path.
    fn publish(
        &self,
        staged: &str,
        folder: &str,
        manifest: &mut Manifest,
    ) -> Result<(u64, String)> {
        let root = &self.config.root;
        disk::make_folders(folder).map_err(|error| disk::cannot_write(folder, root, &error))?;
        let mut least = 1;
        for _ in 0..TRIES {
            let number = next(folder)?.max(least);
            let path = format!("{folder}/v{number:03}");
            manifest.version = number;
            let description = format!("{staged}/{MANIFEST}");
            describe(&description, manifest)
                .map_err(|error| disk::cannot_write(&description, root, &error))?;
            disk::sync_folder(staged);
            match fs::rename(staged, &path) {
                Ok(()) => return Ok((number, path)),
                // Another was faster.
                Err(_) if fs::symlink_metadata(&path).is_ok() => least = number + 1,
                Err(error) => return Err(disk::cannot_write(&path, root, &error)),
            }
        }
        fail!("{folder} has no free version: others publish to it all the time; try again later");
    }
}

impl InstancePlugin for IntegrateVersion {
    fn meta(&self) -> Meta {
        Meta::integrator(Self::NAME).label("Publish version").doc(
            "Makes a new version of the copied files, v001, then v002, and so on, that nobody can overwrite. \
             A publish.json beside them says what they are, who published them, and when.",
        )
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let config = &self.config;
        let transfers: Vec<Transfer> = instance.get("transfers").unwrap_or_default();
        let staged = staging::of(config, instance).filter(|_| !transfers.is_empty());
        let Some(staged) = staged else {
            let name = show(instance.name());
            fail!(
                "Nothing of {name} was copied, so there is nothing to publish: run ExtractFiles first"
            );
        };
        stop_if_cancelled()?;
        let text = |key| instance.get::<String>(key);
        let family = text("family").unwrap_or_default();
        let asset = text("asset").unwrap_or_else(|| instance.name().into());
        name::must_be_plain("family", &family)?;
        name::must_be_plain("name", &asset)?;

        let thumbnail = text("thumbnail");
        let mut files = transfers.clone();
        if let Some(name) = &thumbnail {
            files.push(measured(&staged, name)?);
        }
        must_be_whole(&staged, &files)?;
        let frames = |key| instance.get::<u64>(key);
        let mut manifest = Manifest {
            name: asset.clone(),
            family: family.clone(),
            version: 0,
            host: HOST,
            adapter: env!("CARGO_PKG_VERSION"),
            user: config.user.clone(),
            machine: config.machine.clone(),
            created: clock::now(),
            comment: instance.context().get("comment").unwrap_or_default(),
            frames: frames("frames").map(|count| FrameRange {
                start: frames("frameStart"),
                end: frames("frameEnd"),
                count,
                padding: frames("padding"),
            }),
            thumbnail,
            source: transfers
                .iter()
                .map(|transfer| config.source(&transfer.file))
                .collect(),
            files,
        };
        let above = format!("{}/{family}", config.root);
        let folder = format!("{above}/{asset}");
        let (version, path) = self.publish(&staged, &folder, &mut manifest)?;
        for folder in [&folder, &above, &config.root] {
            disk::sync_folder(folder);
        }
        log::info!("Published {} as {path}", show(instance.name()));
        instance.unset("staging");
        instance.set("version", version);
        instance.set("publishPath", path);
        instance.set("published", true);
        Ok(())
    }
}

/// What `publish.json` says.
#[derive(Serialize)]
struct Manifest {
    name: String,
    family: String,
    version: u64,
    host: &'static str,
    /// The version of this adapter.
    adapter: &'static str,
    user: String,
    machine: String,
    /// RFC 3339, in UTC.
    created: String,
    comment: String,
    /// Of a sequence.
    frames: Option<FrameRange>,
    /// Which of the files is the small picture.
    thumbnail: Option<String>,
    /// Where the files were copied from, as the adapter saw them.
    source: Vec<String>,
    /// Every file of the version but this one.
    files: Vec<Transfer>,
}

#[derive(Serialize)]
struct FrameRange {
    start: Option<u64>,
    end: Option<u64>,
    count: u64,
    padding: Option<u64>,
}

/// Writes `publish.json`, in place of one that another try left.
fn describe(path: &str, manifest: &Manifest) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut text = serde_json::to_vec_pretty(manifest)?;
    text.push(b'\n');
    let mut file = Sink::create(path)?;
    file.write_all(&text)?;
    file.sync()
}

/// The number after the highest version in a folder.
fn next(folder: &str) -> Result<u64> {
    let listed = disk::list(folder).map_err(|error| disk::cannot_read(folder, &error))?;
    let numbers = listed.iter().flatten().filter_map(|entry| {
        let number = entry.name.strip_prefix(['v', 'V'])?;
        number
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| number.parse().ok())?
    });
    let highest: u64 = numbers.max().unwrap_or(0);
    match highest.checked_add(1) {
        Some(next) => Ok(next),
        None => fail!(
            "{folder} has a version v{highest}, and no number comes after it: rename that folder"
        ),
    }
}

/// The size and digest of a staged file that is small.
fn measured(staged: &str, file: &str) -> Result<Transfer> {
    let bytes = match name::is_plain(file) {
        true => fs::read(format!("{staged}/{file}")).ok(),
        false => None,
    };
    let Some(bytes) = bytes else {
        return Err(changed(staged, file));
    };
    Ok(Transfer {
        file: file.into(),
        size: bytes.len() as u64,
        sha256: format!("{:x}", Sha256::digest(&bytes)),
    })
}

/// Fails unless a staged folder holds these files, of these sizes, and nothing else.
fn must_be_whole(staged: &str, files: &[Transfer]) -> Result {
    let listed = disk::list(staged).map_err(|_| changed(staged, "its folder"))?;
    let mut present: BTreeSet<String> = BTreeSet::new();
    for entry in listed {
        present.insert(entry.map_err(|_| changed(staged, "a file"))?.name);
    }
    present.remove(MANIFEST);
    for Transfer { file, size, .. } in files {
        let found = fs::symlink_metadata(format!("{staged}/{file}")).map(|found| found.len());
        if !present.remove(file) || found.ok() != Some(*size) {
            return Err(changed(staged, file));
        }
    }
    match present.pop_first() {
        Some(stranger) => Err(changed(staged, &stranger)),
        None => Ok(()),
    }
}

#[track_caller]
fn changed(staged: &str, file: &str) -> Failure {
    Failure::new(format!(
        "{} is not as it was copied to {}: run ExtractFiles again",
        show(file),
        show(staged)
    ))
    .title("The copies changed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_version_follows_the_highest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let after = |name: &str| {
            fs::create_dir(folder.path().join(name)).unwrap();
            next(path).map_err(|failure| failure.message().to_owned())
        };
        assert_eq!(next(path).unwrap(), 1);
        assert_eq!(after("notes"), Ok(1));
        assert_eq!(after("v"), Ok(1));
        assert_eq!(after("v001"), Ok(2));
        assert_eq!(after("v2x"), Ok(2));
        assert_eq!(after("V7"), Ok(8));
        assert_eq!(after("v1000"), Ok(1001));
        assert!(
            after("v18446744073709551615")
                .unwrap_err()
                .contains("no number comes after")
        );
    }
}
