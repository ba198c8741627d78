//! Turns the staged files into a version: `<root>/<family>/<asset>/v001`, then `v002`, …
//!
//! The staged folder becomes the version by one rename, so that a version is either complete or
//! missing. The rename fails if the version exists already, and then the next number is tried. So
//! two users can publish at once without a lock, which could be left behind. (A rename replaces an
//! empty folder, so this code never creates one at the path of a version.)
//!
//! Power failure: the files are synced to disk before the rename, and the rename is synced before
//! the version is reported. On systems that can sync a folder (Linux, macOS), a reported version is
//! complete afterwards. On other systems it may be missing, but is never incomplete.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::rc::Rc;

use pyblish_sdk::files::stat;
use pyblish_sdk::{Failure, Instance, InstancePlugin, Meta, Result, fail, log, stop_if_cancelled};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::clock;
use crate::config::{Config, HOST};
use crate::disk::{self, Kind};
use crate::name::{self, MANIFEST, show};
use crate::staging::{self, Transfer};

/// How many times another publish may be faster before this counts as an error.
const TRIES: usize = 1000;

pub struct IntegrateVersion {
    pub config: Rc<Config>,
}

impl IntegrateVersion {
    pub const NAME: &str = "IntegrateVersion";

    /// Moves the staged folder to the first free version, and returns its number and path.
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
                // Another publish was faster.
                Err(_) if fs::symlink_metadata(&path).is_ok() => least = number + 1,
                Err(error) => return Err(disk::cannot_write(&path, root, &error)),
            }
        }
        fail!(
            "{folder} has no free version, because others keep publishing to it; try again later"
        );
    }
}

impl InstancePlugin for IntegrateVersion {
    fn meta(&self) -> Meta {
        Meta::integrator(Self::NAME).label("Publish version").doc(
            "Turns the copied files into a new version, v001, then v002, and so on, which is never \
             overwritten. A publish.json beside them says what they are, who published them, and \
             when.",
        )
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let config = &self.config;
        let transfers: Vec<Transfer> = instance.get("transfers").unwrap_or_default();
        let staged = staging::of(config, instance).filter(|_| !transfers.is_empty());
        let Some(staged) = staged else {
            let name = show(instance.name());
            fail!("{name} was not copied, so there is nothing to publish: run ExtractFiles first");
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

/// The content of `publish.json`.
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
    /// Only for a sequence.
    frames: Option<FrameRange>,
    /// Which of the files is the thumbnail.
    thumbnail: Option<String>,
    /// The folder that the files were copied from, as the adapter sees it.
    source: Vec<String>,
    /// Every file of the version except this one.
    files: Vec<Transfer>,
}

#[derive(Serialize)]
struct FrameRange {
    start: Option<u64>,
    end: Option<u64>,
    count: u64,
    padding: Option<u64>,
}

/// Writes `publish.json`, and replaces one from an earlier try.
fn describe(path: &str, manifest: &Manifest) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut text = serde_json::to_vec_pretty(manifest)?;
    text.push(b'\n');
    disk::write_new(path, &text)
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
            "{folder} has a version v{highest}, the highest possible number: rename that folder"
        ),
    }
}

/// The size and digest of a small staged file.
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

/// Fails unless a staged folder contains exactly these files with these sizes.
fn must_be_whole(staged: &str, files: &[Transfer]) -> Result {
    let mut present: BTreeSet<String> = BTreeSet::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let path = format!("{staged}/{folder}");
        let listed = disk::list(&path).map_err(|_| changed(staged, "its folder"))?;
        for entry in listed {
            let entry = entry.map_err(|_| changed(staged, "a file"))?;
            let name = format!("{folder}{}", entry.name);
            match entry.kind {
                Kind::File => drop(present.insert(name)),
                Kind::Folder => folders.push(format!("{name}/")),
                _ => return Err(changed(staged, &name)),
            }
        }
        disk::sync_folder(&path);
    }
    present.remove(MANIFEST);
    let names: Vec<&str> = files
        .iter()
        .map(|transfer| transfer.file.as_str())
        .collect();
    for (Transfer { file, size, .. }, found) in files.iter().zip(stat(staged, &names)) {
        if !present.remove(file) || found.ok().map(|found| found.size) != Some(*size) {
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
        "{} has changed since it was copied to {}: run ExtractFiles again",
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
                .contains("the highest possible number")
        );
    }
}
