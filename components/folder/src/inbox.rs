//! The inbox: its files, grouped into items.
//!
//! Only its top level counts. Unusable files are reported as warnings, intentionally ignored ones
//! are counted; the other files are still collected. The time is proportional to the number of
//! files.

use std::io::{self, ErrorKind};

use pyblish_sdk::files::stat;
use pyblish_sdk::{Failure, FileKind, FileStat, Result, log, stop_if_cancelled};

use crate::config::{Config, PATTERN};
use crate::correction::Corrections;
use crate::disk::{self, Entry, Kind, Unusable};
use crate::group::{self, Known, Sized};
use crate::header::{self, Size};
use crate::item::Item;
use crate::leftover;
use crate::meaning::Meaning;
use crate::name::{self, show};
use crate::version;

/// How many files to look at in one call. Between two calls the user can cancel.
const STEP: usize = 1024;

/// What is in the inbox.
pub struct Inbox {
    /// Sorted by name.
    pub items: Vec<Item>,
    /// The names of the leftovers of programs, sorted.
    pub left_out: Vec<String>,
}

/// Reads the inbox.
pub fn read(config: &Config, corrections: &Corrections) -> Result<Inbox> {
    let (files, left_out) = files(config)?;
    let known = Disk {
        config,
        corrections,
    };
    let mut items = group::grouped(&files, &known);
    items.sort_by_cached_key(|item| Order(item.files().swap_remove(0)));
    Ok(Inbox { items, left_out })
}

/// What the disk and the artists say of files.
struct Disk<'a> {
    config: &'a Config,
    corrections: &'a Corrections,
}

impl Known for Disk<'_> {
    fn size(&self, file: &str) -> Option<Size> {
        let (_, extension) = name::split(file);
        header::is_known(extension)
            .then(|| header::size(&self.config.source(file)).ok())
            .flatten()
    }

    fn correction(&self, pattern: &str) -> Option<Meaning> {
        self.corrections.get(pattern).copied()
    }

    fn was_sequence(&self, item: &Item) -> bool {
        version::is_of(self.config, item.family(), &item.stem, &item.pattern())
    }

    fn fits(&self, name: &str) -> bool {
        // The default says nothing: it is no studio's.
        self.config.pattern == PATTERN || self.config.fits(name)
    }
}

/// Sorts as [`name::natural`] does.
#[derive(PartialEq, Eq)]
struct Order(String);

impl Ord for Order {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        name::natural(&self.0, &other.0)
    }
}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The files that can be published, and the names of those that are left out.
fn files(config: &Config) -> Result<(Vec<Sized>, Vec<String>)> {
    let inbox = &config.inbox;
    let listed = disk::list(inbox).map_err(|error| {
        Failure::new(format!(
            "the inbox {} cannot be listed ({error}): check that it exists and that you may read \
             it, then collect again",
            config.shown(inbox)
        ))
        .title("The inbox cannot be read")
    })?;
    let names = listed.iter().flatten().map(|entry| entry.name.as_str());
    config.taken.fill(names);
    let (mut found, mut left_out, mut folders) = (Vec::new(), Vec::new(), Vec::new());
    for entry in listed {
        match entry {
            Err(unusable) => warn(&config.shown(inbox), &unusable),
            Ok(entry) if leftover::is_leftover(&entry.name, &config.leftovers) => {
                left_out.push(entry.name);
            }
            Ok(entry) if entry.kind == Kind::Folder => folders.push(entry.name),
            Ok(entry) => found.push(entry),
        }
    }
    let mut files = Vec::new();
    while !found.is_empty() {
        stop_if_cancelled()?;
        let part: Vec<Entry> = found.drain(..found.len().min(STEP)).collect();
        let names: Vec<&str> = part.iter().map(|entry| entry.name.as_str()).collect();
        let stats = stat(inbox, &names);
        files.extend(part.into_iter().zip(stats).filter_map(file));
    }
    for names in [&mut left_out, &mut folders] {
        names.sort_by(|a, b| name::natural(a, b));
    }
    if !left_out.is_empty() {
        log::info!(
            "Left out {} leftovers of programs: {}",
            left_out.len(),
            name::some_of(left_out.iter().map(String::as_str))
        );
    }
    if !folders.is_empty() {
        log::info!(
            "Left out {} folders, because only the top level of the inbox is collected: {}",
            folders.len(),
            name::some_of(folders.iter().map(String::as_str))
        );
    }
    Ok((files, left_out))
}

/// Warns about an entry that could not be listed. In the sandbox, its name is not known.
fn warn(inbox: &str, unusable: &Unusable) {
    match unusable {
        Unusable::NotText(name) => log::warn!(
            "A file of {inbox} was left out, because its name is not UTF-8{}: rename it (`ls -b` \
             in that folder shows such names with a backslash), then collect again",
            name.as_ref()
                .map(|name| format!(" (it looks like {:?})", show(name)))
                .unwrap_or_default(),
        ),
        Unusable::Unknown(error) => log::warn!(
            "An entry of {inbox} was left out, because the disk cannot say what it is ({error}): \
             check the folder, then collect again"
        ),
    }
}

/// The file of an entry; if it cannot be used, this is logged.
fn file((entry, found): (Entry, io::Result<FileStat>)) -> Option<Sized> {
    let name = show(&entry.name);
    match found.map(|found| (found.kind, found.size)) {
        Ok((FileKind::File, size)) => return Some((entry.name, size)),
        Ok((FileKind::Folder, _)) => {
            log::debug!("Left out {name}: it is a link to a folder");
        }
        Ok((FileKind::Special, _)) => log::warn!(
            "{name} was left out, because it is not a file but a pipe, a socket or a device: \
             remove it, or replace it by a file"
        ),
        Err(error) => log::warn!("{name} was left out, because {}", why(entry.kind, &error)),
    }
    None
}

/// Why an entry cannot be used, and what to do.
fn why(kind: Kind, error: &std::io::Error) -> String {
    match (kind, error.kind()) {
        (Kind::Link, ErrorKind::NotFound) => {
            "it is a broken link: replace it by the file itself".into()
        }
        // The sandbox does not follow a link out of the granted folders.
        (Kind::Link, ErrorKind::PermissionDenied) => {
            "it is a link that leads out of the granted folder: replace it by a copy of the file"
                .into()
        }
        (_, ErrorKind::NotFound) => {
            "it disappeared while the inbox was read: if it is still being moved, collect again"
                .into()
        }
        _ => format!("it cannot be read ({error}): check that you may read it, then collect again"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_is_known_of_says_why() {
        let why = |kind, error: ErrorKind| why(kind, &error.into());
        assert!(why(Kind::Link, ErrorKind::PermissionDenied).contains("out of the granted folder"));
        assert!(why(Kind::Link, ErrorKind::NotFound).contains("a broken link"));
        assert!(why(Kind::File, ErrorKind::NotFound).contains("disappeared"));
        assert!(why(Kind::File, ErrorKind::PermissionDenied).contains("may read it"));
    }
}
