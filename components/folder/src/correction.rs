//! What artists said of items, kept in the root for the next time: `<root>/.pyblish/items/`.
//!
//! Each item has a file of its own, named by a digest of its pattern, so that two people who say
//! something at once do not replace each other's words.

use std::collections::HashMap;
use std::fs;
use std::io;

use pyblish_sdk::{Result, log};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock;
use crate::config::Config;
use crate::disk;
use crate::meaning::Meaning;
use crate::name::show;

/// The corrections by the pattern of their items.
pub type Corrections = HashMap<String, Meaning>;

/// A correction as it is on disk.
#[derive(Serialize, Deserialize)]
struct Kept {
    item: String,
    reading: String,
    user: String,
    created: String,
}

/// All corrections. One that cannot be read is logged and left out.
pub fn all(config: &Config) -> Corrections {
    let folder = folder(config);
    let mut corrections = Corrections::new();
    for entry in disk::list(&folder).into_iter().flatten().flatten() {
        if !entry.name.ends_with(".json") {
            continue;
        }
        let path = format!("{folder}/{}", entry.name);
        match read(&path) {
            Ok((item, meaning)) => {
                corrections.insert(item, meaning);
            }
            Err(error) => log::warn!(
                "{} was left out, because it cannot be read ({error}): correct that item again, or \
                 remove the file",
                config.shown(&path)
            ),
        }
    }
    corrections
}

/// Keeps a correction for the next time.
pub fn keep(config: &Config, pattern: &str, meaning: Meaning) -> Result {
    let folder = folder(config);
    let refused = |path: &str, error: &io::Error| disk::cannot_write(path, &config.root, error);
    disk::make_folders(&folder).map_err(|error| refused(&folder, &error))?;
    let kept = Kept {
        item: pattern.into(),
        reading: meaning.to_string(),
        user: config.user.clone(),
        created: clock::now(),
    };
    let path = path(config, pattern);
    let new = format!("{path}.new");
    let _ = fs::remove_file(&new);
    let text = serde_json::to_vec_pretty(&kept)?;
    disk::write_new(&new, &text)
        .and_then(|()| fs::rename(&new, &path))
        .map_err(|error| refused(&path, &error))?;
    log::info!("From now on, {} are {meaning}", show(pattern));
    Ok(())
}

/// Forgets what was said of an item, so that it is guessed again.
pub fn forget(config: &Config, pattern: &str) -> Result {
    let path = path(config, pattern);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(disk::cannot_write(&path, &config.root, &error))
        }
        _ => Ok(()),
    }
}

/// The file of a correction.
fn path(config: &Config, pattern: &str) -> String {
    let digest = format!("{:x}", Sha256::digest(pattern));
    format!("{}/{}.json", folder(config), &digest[..32])
}

fn read(path: &str) -> io::Result<(String, Meaning)> {
    let kept: Kept = serde_json::from_slice(&fs::read(path)?)?;
    let meaning = Meaning::read(&kept.reading);
    let meaning = meaning.ok_or_else(|| io::Error::other(format!("it says {:?}", kept.reading)))?;
    Ok((kept.item, meaning))
}

fn folder(config: &Config) -> String {
    format!("{}/.pyblish/items", config.root)
}
