//! Turns the staged files into a version: `<root>/<family>/<asset>/v001`, then `v002`, …, or whatever
//! the template says. If the newest version has these bytes already, there is no new one.
//!
//! The staged folder becomes the version by one rename, so that a version is either complete or
//! missing. The rename fails if the version exists already, and then the next number is tried. So
//! two users can publish at once without a lock, which could be left behind. (A rename replaces an
//! empty folder, so this code never creates one at the path of a version.)
//!
//! A farm may do a publish again, when it lost the worker in the middle of it. `publish.json` names
//! the run, which is the same then: what that run has published already is not published a second
//! time, even if others have published since. Two workers that both believe they own a run can meet
//! here, too: both find the same next number, and the rename of the second one fails; then it sees
//! the version of the first. For that, the number is chosen before the versions are looked at.
//!
//! Power failure: the files are synced to disk before the rename, and the rename is synced before
//! the version is reported. On systems that can sync a folder (Linux, macOS), a reported version is
//! complete afterwards. On other systems it may be missing, but is never incomplete.

use std::collections::BTreeSet;
use std::fs;
use std::rc::Rc;

use pyblish_sdk::files::stat;
use pyblish_sdk::{Failure, Instance, InstancePlugin, Meta, Result, fail, log, stop_if_cancelled};
use sha2::{Digest, Sha256};

use crate::clock;
use crate::config::{Config, HOST};
use crate::disk::{self, Kind};
use crate::exception::{APPLIED, Reasons};
use crate::handed::RunIdentity;
use crate::item::Item;
use crate::manifest::{FrameRange, Manifest};
use crate::name::{self, MANIFEST, show};
use crate::staging::{self, Transfer};
use crate::version::{self, Thing};

/// How many times another publish may be faster before this counts as an error.
const TRIES: usize = 1000;

pub struct IntegrateVersion {
    pub config: Rc<Config>,
}

/// A version that has the files.
struct Version {
    number: u64,
    path: String,
    /// Whether it was there already.
    is_old: bool,
    /// The name of its thumbnail.
    thumbnail: Option<String>,
}

impl Version {
    /// One that is there already.
    fn there(number: u64, path: String) -> Self {
        Version {
            thumbnail: version::read(&path).and_then(|published| published.thumbnail),
            number,
            path,
            is_old: true,
        }
    }
}

impl IntegrateVersion {
    pub const NAME: &str = "IntegrateVersion";

    /// Moves the staged folder to the first free version, unless the newest one has these files.
    fn publish(
        &self,
        staged: &str,
        thing: &Thing,
        transfers: &[Transfer],
        wanted: Option<u64>,
        manifest: &mut Manifest,
    ) -> Result<Version> {
        let root = &self.config.root;
        let folder = &thing.folder()?;
        disk::make_folders(folder).map_err(|error| disk::cannot_write(folder, root, &error))?;
        let mut least = 1;
        for _ in 0..TRIES {
            let number = wanted.unwrap_or(thing.next()?.max(least));
            if let Some(job) = &manifest.job
                && let Some((number, path)) = thing.of_run(&job.run)?
            {
                return Ok(Version::there(number, path));
            }
            if let Some(same) = same(thing, transfers)? {
                return Ok(same);
            }
            let path = thing.path(number)?;
            manifest.version = number;
            manifest.path = self.config.shown(&path);
            manifest.write(staged).map_err(|error| {
                disk::cannot_write(&format!("{staged}/{MANIFEST}"), root, &error)
            })?;
            disk::sync_folder(staged);
            match fs::rename(staged, &path) {
                Ok(()) => {
                    return Ok(Version {
                        number,
                        path,
                        is_old: false,
                        thumbnail: manifest.thumbnail.clone(),
                    });
                }
                Err(_) if wanted.is_some() && fs::symlink_metadata(&path).is_ok() => fail!(
                    "{} is there already, with other bytes: ask for another version, or for none",
                    self.config.shown(&path)
                ),
                // Another publish was faster.
                Err(_) if fs::symlink_metadata(&path).is_ok() => least = number + 1,
                Err(error) => return Err(disk::cannot_write(&path, root, &error)),
            }
        }
        fail!(
            "{} has no free version, because others keep publishing to it; try again later",
            self.config.shown(folder)
        );
    }

    /// Syncs the folder of a version and those above it.
    fn sync(&self, path: &str) {
        let mut path = path;
        while let Some((above, _)) = path.rsplit_once('/') {
            if above.len() < self.config.root.len() {
                break;
            }
            disk::sync_folder(above);
            path = above;
        }
    }
}

/// The newest version, if it has exactly these files, and they are still there.
fn same(thing: &Thing, transfers: &[Transfer]) -> Result<Option<Version>> {
    let Some((number, path)) = thing.newest()? else {
        return Ok(None);
    };
    let Some(published) = version::read(&path) else {
        return Ok(None);
    };
    let is_file = |file: &&Transfer| Some(&file.file) != published.thumbnail.as_ref();
    let sorted = |files: &mut dyn Iterator<Item = &Transfer>| {
        let mut files: Vec<Transfer> = files.cloned().collect();
        files.sort_by(|a, b| a.file.cmp(&b.file));
        files
    };
    let old = sorted(&mut published.files.iter().filter(is_file));
    if old != sorted(&mut transfers.iter()) {
        return Ok(None);
    }
    let names: Vec<&str> = old.iter().map(|file| file.file.as_str()).collect();
    let mut found = stat(&path, &names).into_iter().zip(&old);
    let is_whole = |(found, file): (std::io::Result<_>, &Transfer)| {
        found.is_ok_and(|found: pyblish_sdk::FileStat| found.size == file.size)
    };
    Ok(found.all(is_whole).then_some(Version {
        number,
        path,
        is_old: true,
        thumbnail: published.thumbnail,
    }))
}

impl InstancePlugin for IntegrateVersion {
    fn meta(&self) -> Meta {
        Meta::integrator(Self::NAME).label("Publish version").doc(
            "Turns the copied files into a new version, v001, then v002, and so on, which is never \
             overwritten. If the newest version has these bytes already, there is no new one. A \
             publish.json beside them says what they are, who published them, and when.",
        )
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let config = &self.config;
        let transfers: Vec<Transfer> = instance.get("transfers").unwrap_or_default();
        let staged = staging::of(config, instance).filter(|_| !transfers.is_empty());
        let Some(staged) = staged else {
            let name = show(instance.name());
            if instance.get("published") == Some(true) {
                let path: String = instance.get("publishPath").unwrap_or_default();
                log::info!("{name} is published already, in {path}");
                instance.set("unchanged", true);
                return Ok(());
            }
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
        let count: Option<u64> = instance.get("frames");
        let value = |key| instance.data().get(key).cloned().unwrap_or_default();
        let mut manifest = Manifest {
            name: asset.clone(),
            family: family.clone(),
            version: 0,
            path: String::new(),
            item: Item::of(instance)?.pattern(),
            host: HOST,
            adapter: env!("CARGO_PKG_VERSION"),
            user: config.user.clone(),
            machine: config.machine.clone(),
            created: clock::now(),
            comment: text("comment")
                .or_else(|| instance.context().get("comment"))
                .unwrap_or_default(),
            job: RunIdentity::of(instance.context()),
            frames: count.map(|count| FrameRange {
                start: value("frameStart"),
                end: value("frameEnd"),
                step: value("step"),
                count,
                padding: instance.get("padding"),
            }),
            tiles: instance.get("tiles"),
            exceptions: instance.get::<Reasons>(APPLIED).unwrap_or_default(),
            thumbnail,
            source: transfers
                .iter()
                .map(|transfer| config.shown(&config.source(&transfer.file)))
                .collect(),
            files,
        };
        let thing = Thing::of(config, &family, &asset, instance);
        let wanted = instance.get("wantedVersion");
        let version = self.publish(&staged, &thing, &transfers, wanted, &mut manifest)?;
        let path = config.shown(&version.path);
        let folder = version.path.rsplit('/').next().unwrap_or_default();
        if version.is_old {
            log::info!(
                "{} is unchanged: {folder} already has these bytes, in {path}",
                show(instance.name())
            );
            staging::discard(config, instance);
        } else {
            staging::gone(config, &staged);
            self.sync(&version.path);
            log::info!("Published {} as {path}", show(instance.name()));
        }
        instance.unset("staging");
        if version.is_old {
            match version.thumbnail {
                Some(name) => instance.set("thumbnail", name),
                None => instance.unset("thumbnail"),
            }
        }
        instance.set("version", version.number);
        instance.set("publishPath", path);
        instance.set("published", true);
        instance.set("unchanged", version.is_old);
        Ok(())
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
        show(&crate::paths::shown(staged))
    ))
    .title("The copies changed")
}
