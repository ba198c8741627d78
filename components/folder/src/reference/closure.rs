//! Follows names from file to file, inside of the inbox.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use pyblish_sdk::files::stat;
use pyblish_sdk::{FileKind, Result, stop_if_cancelled};

use super::path::{self, Target};
use super::pattern::{Kind, Pattern};
use super::reader;
use super::scan::Scan;
use crate::config::Config;
use crate::disk;
use crate::{name, portable};

/// More files than this do not belong to one item.
const MOST: usize = 200_000;

/// What the files of an item name, directly and through others.
#[derive(Debug, Default)]
pub struct Closure {
    /// The paths of the files that belong to it, and whether they are frames, which stay an item of
    /// their own.
    pub parts: BTreeMap<String, bool>,
    /// Why a name leads to no file of the inbox: the file, the name and the reason.
    pub problems: Vec<Problem>,
    /// The files of which nobody knows all names, and why.
    pub not_checked: BTreeMap<String, BTreeSet<String>>,
}

/// A name that leads to no file of the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    pub name: String,
    pub reason: String,
}

/// Where the names of one file lead to.
#[derive(Debug, Default)]
struct Links {
    targets: Vec<(String, bool)>,
    /// Files of the inbox that it names in a way that leads elsewhere on other machines.
    mentions: Vec<String>,
    problems: Vec<Problem>,
    not_checked: Option<String>,
}

/// The files of a folder.
#[derive(Debug, Default)]
struct Folder {
    names: BTreeSet<String>,
    /// By what is one name on some disk: without upper case, and in one spelling of letters.
    folded: HashMap<String, String>,
    /// Links that lead to no file of the inbox.
    outside: BTreeSet<String>,
}

/// Follows names. Each file is read once, and each folder listed once.
pub struct Follower<'a> {
    config: &'a Config,
    folders: HashMap<String, Rc<Folder>>,
    links: HashMap<String, Rc<Links>>,
    /// Of files that name no others.
    none: Rc<Links>,
}

impl<'a> Follower<'a> {
    pub fn new(config: &'a Config) -> Self {
        Follower {
            config,
            folders: HashMap::new(),
            links: HashMap::new(),
            none: Rc::default(),
        }
    }

    /// All that these files name, directly and through others.
    pub fn closure(&mut self, files: &[String]) -> Result<Closure> {
        let mut closure = Closure::default();
        let mut next: Vec<String> = files.to_vec();
        let mut seen: BTreeSet<String> = files.iter().cloned().collect();
        while let Some(file) = next.pop() {
            let links = self.links(&file)?;
            closure.problems.extend(links.problems.iter().cloned());
            if let Some(reason) = &links.not_checked {
                closure
                    .not_checked
                    .entry(reason.clone())
                    .or_default()
                    .insert(file.clone());
            }
            for (target, is_frame) in &links.targets {
                if files.contains(target) {
                    continue;
                }
                // A file that is named in both ways is a part.
                let known = closure.parts.entry(target.clone()).or_insert(*is_frame);
                *known &= is_frame;
                if closure.parts.len() > MOST {
                    let reason = "more than 200,000 files belong to it".to_owned();
                    closure
                        .not_checked
                        .entry(reason)
                        .or_default()
                        .insert(file.clone());
                    return Ok(closure);
                }
                if seen.insert(target.clone()) {
                    next.push(target.clone());
                }
            }
        }
        closure
            .problems
            .sort_by(|a, b| (&a.file, &a.name).cmp(&(&b.file, &b.name)));
        Ok(closure)
    }

    /// The files of the inbox that this file only seems to name, by a path that is whole or has
    /// variables in it. On this machine, or in a program that looks for lost files beside its own,
    /// such a name can lead there.
    pub fn mentions(&mut self, file: &str) -> Result<Vec<String>> {
        Ok(self.links(file)?.mentions.clone())
    }

    /// The files that this file names directly.
    pub fn direct(&mut self, file: &str) -> Result<Vec<(String, bool)>> {
        Ok(self.links(file)?.targets.clone())
    }

    fn links(&mut self, file: &str) -> Result<Rc<Links>> {
        if let Some(links) = self.links.get(file) {
            return Ok(Rc::clone(links));
        }
        let extension = name::split(path::split(file).1).1;
        // Most files of an inbox are images.
        if !reader::can_name(extension) {
            return Ok(Rc::clone(&self.none));
        }
        if self.links.len().is_multiple_of(64) {
            stop_if_cancelled()?;
        }
        let found = reader::of(&self.config.source(file), extension).unwrap_or_else(|error| Scan {
            names: Vec::new(),
            not_checked: Some(format!("it cannot be read ({error})")),
        });
        let mut links = Links {
            not_checked: found.not_checked,
            ..Links::default()
        };
        for name in found.names {
            match self.resolve(file, &name) {
                Ok(targets) => links.targets.extend(targets),
                Err(reason) => {
                    links.mentions.extend(self.mentioned(file, &name));
                    links.problems.push(Problem {
                        file: file.into(),
                        name,
                        reason,
                    });
                }
            }
        }
        let links = Rc::new(links);
        self.links.insert(file.into(), Rc::clone(&links));
        Ok(links)
    }

    /// The files that a name leads to, and whether they are frames; or why there are none.
    fn resolve(
        &mut self,
        file: &str,
        name: &str,
    ) -> std::result::Result<Vec<(String, bool)>, String> {
        let target = match path::target(path::split(file).0, name) {
            Target::Inside(target) => target,
            Target::Leaves => return Err("leads out of the inbox".into()),
            Target::Absolute => {
                return Err("is an absolute path, which other machines do not have".into());
            }
            Target::Remote => {
                return Err(
                    "is not a relative path, so that nobody knows here what it leads to".into(),
                );
            }
        };
        let (folder, last) = path::split(&target);
        let files = self.folder(folder);
        let full = |name: &str| match folder {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        };
        if files.names.contains(last) {
            return Ok(vec![(full(last), false)]);
        }
        if let Some(pattern) = Pattern::of(last) {
            // The clips of a layer of USD are a part of it; nobody works with one of them.
            let extension = name::split(file).1.to_ascii_lowercase();
            let is_layer = ["usd", "usda", "usdc"].contains(&extension.as_str());
            let is_frame = pattern.kind == Kind::Frames && !is_layer;
            let found = files.names.iter().filter(|name| pattern.fits(name));
            let found: Vec<_> = found.map(|name| (full(name), is_frame)).collect();
            return match found.is_empty() {
                true => Err("stands for files of which none is there".into()),
                false => Ok(found),
            };
        }
        if files.outside.contains(last) {
            return Err("is a link that leads out of the inbox, or to nothing".into());
        }
        Err(match files.folded.get(&portable::fold(last)) {
            Some(other) => format!(
                "is not there, but {other} is, in another spelling, which some systems tell apart"
            ),
            None => "is not there".into(),
        })
    }

    /// The files that a name leads to which is whole or has variables in it: by its path on this
    /// machine, or else those of its last name beside the file that has it.
    fn mentioned(&mut self, file: &str, name: &str) -> Vec<String> {
        let folder = path::split(file).0;
        if !matches!(
            path::target(folder, name),
            Target::Absolute | Target::Remote
        ) {
            return Vec::new();
        }
        let name = name.replace('\\', "/");
        let name = name.strip_prefix("file://").unwrap_or(&name);
        if name.contains("://") {
            return Vec::new();
        }
        let inbox = self.config.shown(&self.config.inbox).replace('\\', "/");
        let inside = name.strip_prefix(inbox.trim_end_matches('/'));
        let found = match inside.and_then(|rest| rest.strip_prefix('/')) {
            Some(inside) => self.resolve("", inside),
            None => self.resolve(file, path::split(name).1),
        };
        let found = found.unwrap_or_default().into_iter();
        found.map(|(target, _)| target).collect()
    }

    /// The names of the files in a folder; none if it cannot be listed.
    fn folder(&mut self, folder: &str) -> Rc<Folder> {
        if let Some(files) = self.folders.get(folder) {
            return Rc::clone(files);
        }
        let path = match folder {
            "" => self.config.inbox.clone(),
            folder => self.config.source(folder),
        };
        let entries = disk::list(&path).unwrap_or_default().into_iter().flatten();
        let files =
            entries.filter(|entry| matches!(entry.kind, disk::Kind::File | disk::Kind::Link));
        let (links, files): (Vec<_>, Vec<_>) =
            files.partition(|entry| entry.kind == disk::Kind::Link);
        let mut names: BTreeSet<String> = files.into_iter().map(|entry| entry.name).collect();
        let mut outside = BTreeSet::new();
        let paths: Vec<&str> = links.iter().map(|link| link.name.as_str()).collect();
        for (found, link) in stat(&path, &paths).into_iter().zip(&links) {
            match found.is_ok_and(|found| found.kind == FileKind::File) {
                true => names.insert(link.name.clone()),
                false => outside.insert(link.name.clone()),
            };
        }
        let folded = names
            .iter()
            .map(|name| (portable::fold(name), name.clone()))
            .collect();
        let files = Rc::new(Folder {
            names,
            folded,
            outside,
        });
        self.folders.insert(folder.into(), Rc::clone(&files));
        files
    }
}
