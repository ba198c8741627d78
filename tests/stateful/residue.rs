//! Resources that a server at rest still uses, and files that it leaves.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::model::{Checked, Finding, broken};

/// How long a server may take to give back resources: idle threads wait for 10 seconds, and the
/// machine may be busy.
const GIVES_BACK: Duration = Duration::from_secs(60);

/// Threads of the pool, and sockets, that a server may have more than at first: both come and go
/// with requests. It is less than one for each session that is opened and closed at the end.
const POOL: usize = 8;

/// How many read connections a history keeps open at most: as many as there were readers at a time.
const READERS: usize = 4;

/// The name under which compiled adapters are counted.
const COMPILED: &str = "compiled adapters";

/// The resources that a process uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// Threads of the pool that works for requests.
    pub pool: usize,
    /// All other threads, by name: each session has two.
    pub threads: BTreeMap<String, usize>,
    pub sockets: usize,
    /// Other open files, folders and pipes, by name, and how often.
    pub files: BTreeMap<String, usize>,
    /// Children, dead or alive.
    pub children: usize,
}

impl Usage {
    /// None if the system does not tell.
    pub fn of(pid: u32) -> Option<Usage> {
        let process = Path::new("/proc").join(pid.to_string());
        let children = fs::read_to_string(process.join(format!("task/{pid}/children"))).ok();
        let mut usage = Usage {
            pool: 0,
            threads: BTreeMap::new(),
            sockets: 0,
            files: BTreeMap::new(),
            children: children.map_or(0, |it| it.split_whitespace().count()),
        };
        // A thread that ends meanwhile does not count.
        for thread in fs::read_dir(process.join("task")).ok()?.flatten() {
            match fs::read_to_string(thread.path().join("comm")) {
                Ok(name) if name.starts_with("tokio-") => usage.pool += 1,
                Ok(name) => *usage.threads.entry(name.trim().into()).or_default() += 1,
                Err(_) => {}
            }
        }
        for file in fs::read_dir(process.join("fd")).ok()?.flatten() {
            if let Ok(target) = fs::read_link(file.path()) {
                usage.has_open(&target.to_string_lossy());
            }
        }
        Some(usage)
    }

    /// The same, once no more than one session is left: the thread of an ended session ends a
    /// little later.
    pub fn with_one_session(pid: u32) -> Option<Usage> {
        let begin = Instant::now();
        loop {
            let usage = Usage::of(pid)?;
            let threads = usage.threads.iter();
            let sessions = threads.filter(|(name, _)| name.starts_with("session"));
            let sessions: usize = sessions.map(|(_, count)| count).sum();
            if sessions <= 1 || begin.elapsed() > GIVES_BACK {
                return Some(usage);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn has_open(&mut self, target: &str) {
        // The same adapter is in memory when it was compiled just now, and a file when it was compiled before.
        let compiled =
            target.starts_with("/memfd:wasm-memory-image") || target.contains("/compiled/");
        match target.split_once(":[") {
            _ if compiled => *self.files.entry(COMPILED.into()).or_default() += 1,
            Some(("socket", _)) => self.sockets += 1,
            // Pipes have numbers in place of names.
            Some((kind, _)) if kind != "anon_inode" => {
                *self.files.entry(kind.into()).or_default() += 1
            }
            _ => *self.files.entry(target.into()).or_default() += 1,
        }
    }

    /// Whether a file is open more often than before. The history of a session is opened once more
    /// for each concurrent reader of the disk, and stays open.
    fn has_open_more_than(&self, base: &Usage) -> bool {
        self.files.iter().any(|(name, count)| {
            let readers = READERS * usize::from(name.contains(".sqlite"));
            let known = base.files.get(name);
            known.is_none_or(|known| *count > known + readers)
        })
    }

    fn has_threads_beside(&self, base: &Usage) -> bool {
        let known = |name| base.threads.get(name).copied().unwrap_or(0);
        self.threads
            .iter()
            .any(|(name, count)| *count > known(name))
    }

    fn is_within(&self, base: &Usage) -> bool {
        self.pool <= base.pool + POOL
            && !self.has_threads_beside(base)
            && self.sockets <= base.sockets + POOL
            && !self.has_open_more_than(base)
            && self.children == 0
    }
}

/// Bytes of a process's own memory; none if the system does not tell.
pub fn memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes: u64 = line?.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes << 10)
}

/// Checks that the server uses no more than before, once it has had time to give back the rest.
pub fn is_back(pid: u32, base: Option<&Usage>) -> Checked {
    let Some(base) = base else {
        return Ok(());
    };
    let begin = Instant::now();
    loop {
        match Usage::of(pid) {
            Some(now) if now.is_within(base) => return Ok(()),
            Some(now) if begin.elapsed() > GIVES_BACK => {
                let words = format!("it had {base:#?} at first, and has {now:#?}");
                return broken("a server at rest takes what it took at first", words);
            }
            Some(_) => std::thread::sleep(Duration::from_millis(50)),
            None => return Ok(()),
        }
    }
}

/// Checks that its memory is at most this, once it has had time to give back the rest. Returns it.
pub fn memory_is_within(pid: u32, most: u64) -> Result<u64, Finding> {
    let begin = Instant::now();
    loop {
        let now = memory(pid).unwrap_or(0);
        if now <= most {
            return Ok(now);
        }
        if begin.elapsed() > GIVES_BACK {
            let (now, most) = (now >> 20, most >> 20);
            let words = format!("{now} MiB are in use, where {most} should be enough");
            return broken("closed sessions take no memory", words);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Checks that each published version is complete, or not there.
pub fn versions_are_whole(root: &Path) -> Checked {
    for version in folders(root).iter().flat_map(|family| folders(family)) {
        for version in folders(&version) {
            let shown = version.display();
            let manifest = fs::read_to_string(version.join("publish.json")).unwrap_or_default();
            let manifest: Value = serde_json::from_str(&manifest).unwrap_or_default();
            let Some(files) = manifest["files"].as_array() else {
                return broken(
                    "a version is whole or not there",
                    format!("{shown}: {manifest}"),
                );
            };
            for file in files {
                let name = file["file"].as_str().unwrap_or_default();
                let size = fs::metadata(version.join(name)).map(|it| it.len()).ok();
                if size != file["size"].as_u64() {
                    let words = format!("{shown}/{name} has {size:?} bytes: {file}");
                    return broken("a version is whole or not there", words);
                }
            }
        }
    }
    Ok(())
}

/// The folders in this one, without hidden ones.
fn folders(path: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default();
            path.is_dir() && !name.as_encoded_bytes().starts_with(b".")
        })
        .collect()
}

/// Checks that after an orderly end the run folder is empty, and no partial file is left anywhere.
pub fn nothing_half_stands(run: &Path, others: &[&Path]) -> Checked {
    let mut left = Vec::new();
    walk(run, &mut |path| left.push(path.display().to_string()));
    // The secret of the user's hosts stays.
    left.retain(|path| !path.ends_with("/secret") && !path.ends_with(".lock"));
    for folder in others {
        walk(folder, &mut |path| {
            let name = path.display().to_string();
            let half = [".tmp", ".new", ".part", "-journal", "~"];
            if half.iter().any(|end| name.ends_with(end)) || name.contains(".tmp.") {
                left.push(name);
            }
        });
    }
    match left.is_empty() {
        true => Ok(()),
        false => broken("nothing half stands", format!("{left:?} is left")),
    }
}

fn walk(folder: &Path, each: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&path, each),
            _ => each(&path),
        }
    }
}
