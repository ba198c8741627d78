//! The inbox: its files, grouped into items.
//!
//! Only its top level counts. Unusable files are reported as warnings, intentionally ignored ones
//! as debug records; the other files are still collected. The time is proportional to the number of
//! files.

use std::collections::HashMap;
use std::io::{self, ErrorKind};

use pyblish_sdk::files::stat;
use pyblish_sdk::{Failure, FileKind, FileStat, Result, log, stop_if_cancelled};

use crate::config::Config;
use crate::disk::{self, Entry, Kind, Unusable};
use crate::family;
use crate::item::{Frames, Item};
use crate::name::{self, show};
use crate::sequence::{self, Numbered};

/// How many files to look at in one call. Between two calls the user can cancel.
const STEP: usize = 1024;

/// A file, and its size in bytes.
type Sized = (String, u64);

/// The common parts of numbered files that belong together: prefix, separator and extension.
type Series<'a> = (&'a str, char, &'a str);

/// The items of the inbox, sorted by name.
pub fn items(config: &Config) -> Result<Vec<Item>> {
    let mut items = grouped(files(config)?);
    items.sort_by_cached_key(|item| Order(item.files().swap_remove(0)));
    Ok(items)
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

/// The files that can be published.
fn files(config: &Config) -> Result<Vec<Sized>> {
    let inbox = &config.inbox;
    let listed = disk::list(inbox).map_err(|error| {
        Failure::new(format!(
            "the inbox {inbox} cannot be listed ({error}): check that it exists and that you may \
             read it, then collect again"
        ))
        .title("The inbox cannot be read")
    })?;
    let (mut found, mut left_out, mut folders) = (Vec::new(), Vec::new(), Vec::new());
    for entry in listed {
        match entry {
            Err(unusable) => warn(inbox, &unusable),
            Ok(entry) if name::is_left_out(&entry.name) => left_out.push(entry.name),
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
    for (names, what) in [
        (&mut left_out, "hidden or temporary files"),
        (
            &mut folders,
            "folders (only the top level of the inbox is collected)",
        ),
    ] {
        if !names.is_empty() {
            names.sort_by(|a, b| name::natural(a, b));
            let names = names.iter().map(String::as_str);
            log::debug!(
                "Left out {what}, {} in total: {}",
                names.len(),
                name::some_of(names)
            );
        }
    }
    Ok(files)
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

/// Groups numbered files into sequences where that makes sense.
fn grouped(files: Vec<Sized>) -> Vec<Item> {
    let mut items = Vec::new();
    let mut alike: HashMap<Series, Vec<(&str, &Sized)>> = HashMap::new();
    for file in &files {
        match Numbered::parse(&file.0) {
            Some(n) if family::of(n.extension).sequence.is_some() => {
                let key = (n.prefix, n.separator, n.extension);
                alike.entry(key).or_default().push((n.digits, file));
            }
            _ => items.push(Item::single(&file.0, file.1)),
        }
    }
    for ((prefix, separator, extension), files) in alike {
        let digits: Vec<&str> = files.iter().map(|(digits, _)| *digits).collect();
        for group in sequence::by_padding(&digits) {
            if let [place] = group[..] {
                let (file, size) = files[place].1;
                items.push(Item::single(file, *size));
                continue;
            }
            let mut frames: Vec<&str> = group.iter().map(|place| digits[*place]).collect();
            frames.sort_by_key(|digits| sequence::value(digits));
            items.push(Item {
                stem: prefix.into(),
                extension: extension.into(),
                frames: Some(Frames {
                    separator,
                    digits: frames.into_iter().map(Into::into).collect(),
                }),
                size: group.iter().map(|place| files[*place].1.1).sum(),
            });
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(files: &[&str]) -> Vec<String> {
        let files = files.iter().map(|file| ((*file).to_owned(), 1)).collect();
        let mut items = grouped(files);
        items.sort_by_cached_key(|item| Order(item.files().swap_remove(0)));
        items.iter().map(Item::label).collect()
    }

    #[test]
    fn frames_become_sequences_and_all_else_stays_single() {
        let files = [
            "b.2.png",
            "b.1.png",
            "b_1.png",
            "b_2.exr",
            "n_1.pdf",
            "n_2.pdf",
            "s_1.blend",
            "s_2.blend",
        ];
        assert_eq!(
            labels(&files),
            [
                "b.#.png 1-2",
                "b_1.png",
                "b_2.exr",
                "n_1.pdf",
                "n_2.pdf",
                "s_1.blend",
                "s_2.blend"
            ]
        );
        assert_eq!(
            labels(&["a.9.vdb", "a.10.vdb", "a.08.vdb", "a.10.VDB"]),
            ["a.##.vdb 8-10", "a.9.vdb", "a.10.VDB"]
        );
        assert_eq!(
            labels(&["a.0999.obj", "a.1000.obj"]),
            ["a.####.obj 999-1000"]
        );
    }

    #[test]
    fn what_nothing_is_known_of_says_why() {
        let why = |kind, error: ErrorKind| why(kind, &error.into());
        assert!(why(Kind::Link, ErrorKind::PermissionDenied).contains("out of the granted folder"));
        assert!(why(Kind::Link, ErrorKind::NotFound).contains("a broken link"));
        assert!(why(Kind::File, ErrorKind::NotFound).contains("disappeared"));
        assert!(why(Kind::File, ErrorKind::PermissionDenied).contains("may read it"));
    }
}
