//! Has the runtime copy the files into a staging folder, and measure them: their SHA-256 is that of
//! the written bytes.
//!
//! The copies only count if no file changed meanwhile, which the runtime checks. After any failure,
//! the staging folder is removed.

use std::fs;
use std::rc::Rc;
use std::time::UNIX_EPOCH;

use pyblish_sdk::{Copying, Instance, InstancePlugin, Meta, Result, fail, log, progress};
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::disk;
use crate::handed::RunIdentity;
use crate::name::{self, MANIFEST, show};
use crate::reference;
use crate::staging::{self, Staging, Transfer};
use crate::version::Thing;

pub struct ExtractFiles {
    pub config: Rc<Config>,
}

impl ExtractFiles {
    pub const NAME: &str = "ExtractFiles";
}

impl InstancePlugin for ExtractFiles {
    fn meta(&self) -> Meta {
        Meta::extractor(Self::NAME).label("Copy files").doc(
            "Copies the files to the publish folder, and checks that they did not change \
             meanwhile. Nothing is published yet, and your files stay where they are.",
        )
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let config = &self.config;
        let mut files = name::files(instance)?;
        files.extend(reference::parts(instance)?);
        if let Some(file) = files
            .iter()
            .find(|file| file.eq_ignore_ascii_case(MANIFEST))
        {
            fail!(
                "{file} is the name of the description in every version: rename the file, and \
                 collect again"
            );
        }
        let stamp = stamp(config, &files)?;
        if is_published(config, instance, &stamp) {
            log::info!(
                "{} is published already, and its files have not changed since",
                show(instance.name())
            );
            return Ok(());
        }
        // From here on, earlier copies are out of date, even if this fails.
        staging::discard(config, instance);
        for key in [
            "staging",
            "transfers",
            "thumbnail",
            "published",
            "unchanged",
        ] {
            instance.unset(key);
        }

        let job = RunIdentity::of(instance.context());
        let is_handed_over = job.is_some_and(|job| job.is_handed_over());
        let staging = Staging::create(config, is_handed_over)?;
        staging.make_folders(config, &files)?;
        let copying = Copying::new(&config.inbox, staging.path()).progress(0.0, 1.0);
        let copying = files
            .iter()
            .fold(copying, |copying, file| copying.file(file, file));
        let copied = copying
            .run()
            .map_err(|error| disk::cannot_copy(&error, &config.root))?;
        let transfers: Vec<Transfer> = files
            .iter()
            .zip(copied)
            .map(|(file, copied)| Transfer {
                file: file.clone(),
                size: copied.size,
                sha256: copied.sha256,
            })
            .collect();
        progress(1.0, &format!("Copied {} files", files.len()));
        instance.set(
            "size",
            transfers.iter().map(|transfer| transfer.size).sum::<u64>(),
        );
        instance.set("transfers", serde_json::to_value(&transfers)?);
        instance.set("stamp", stamp);
        super::thumbnail::put_given(config, instance, staging.path(), &files)?;
        instance.set("staging", config.shown(&staging.keep()));
        Ok(())
    }
}

/// What the files are like now: their names, sizes and modification times, as a digest. Files that
/// change while they are copied have another one next time.
fn stamp(config: &Config, files: &[String]) -> Result<String> {
    let mut digest = Sha256::new();
    for file in files {
        let path = config.source(file);
        let found = fs::metadata(&path).map_err(|error| disk::cannot_read(&path, &error))?;
        let modified = found.modified().ok();
        let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let nanoseconds = since.map_or(0, |since| since.as_nanos());
        digest.update(format!("{file}\0{}\0{nanoseconds}\n", found.len()));
    }
    Ok(format!("{:x}", digest.finalize()))
}

/// Whether this session has published these files as they are, under the name that they have now.
fn is_published(config: &Config, instance: &Instance, stamp: &str) -> bool {
    let text = |key: &str| instance.get::<String>(key).unwrap_or_default();
    if instance.get("published") != Some(true) || text("stamp") != stamp {
        return false;
    }
    let (family, asset) = (text("family"), text("asset"));
    let thing = Thing::of(config, &family, &asset, instance);
    let newest = thing.newest().ok().flatten();
    newest.is_some_and(|(_, path)| config.shown(&path) == text("publishPath"))
}
