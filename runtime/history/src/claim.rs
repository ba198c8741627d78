//! One process owns a history: while it writes, it holds a lock on a small file beside it.
//!
//! The same file holds the mark: the highest numbers that were assigned while the history itself
//! could not be written. The file has its full length from the start, so that it can be overwritten
//! in place on a full disk.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::HistoryError;
use pyblish_platform::files;
use pyblish_platform::trusted::{self, FileReason, Trust};

/// The beginning of the file, which identifies it as ours.
const MAGIC: &str = "pyblish-endpoint history lock 1\n";

/// The size of the file, in bytes.
const LENGTH: usize = 128;

/// How often and after how long to try a held lock again: a process that only checks a history
/// holds it briefly.
const TRIES: u32 = 20;
const REST: Duration = Duration::from_millis(10);

/// The lock files that this process holds for long. Nobody waits for those: they are not released
/// in a moment.
static HELD: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn held() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The highest numbers that were assigned, even if their events and runs are not in the history.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct HighestNumbers {
    pub event: u64,
    pub run: u64,
    pub revision: u64,
}

impl HighestNumbers {
    pub(crate) fn max(self, other: HighestNumbers) -> HighestNumbers {
        HighestNumbers {
            event: self.event.max(other.event),
            run: self.run.max(other.run),
            revision: self.revision.max(other.revision),
        }
    }

    /// Whether any number of an event or run was assigned.
    pub(crate) fn is_of_events(self) -> bool {
        (self.event, self.run) != (0, 0)
    }

    fn text(self) -> String {
        let numbers = format!("{:020} {:020} {:020}", self.event, self.run, self.revision);
        let text = format!("{MAGIC}{numbers} {}\n", sum(&numbers));
        format!("{text:LENGTH$.LENGTH$}")
    }

    fn read(text: &str) -> Option<HighestNumbers> {
        let line = text.strip_prefix(MAGIC)?.lines().next()?;
        let (numbers, expected) = line.rsplit_once(' ')?;
        let mut each = numbers.split(' ').map(str::parse::<u64>);
        let mut next = || each.next()?.ok();
        let mark = HighestNumbers {
            event: next()?,
            run: next()?,
            revision: next()?,
        };
        (sum(numbers) == expected).then_some(mark)
    }
}

fn sum(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

/// While this exists, this process owns the history.
#[derive(Debug)]
pub(super) struct Claim {
    file: File,
    path: PathBuf,
    mark: HighestNumbers,
    /// Whether the file has its full length, so that a mark can be written even on a full disk.
    is_whole: bool,
}

impl Claim {
    /// Claims the history in this file, which need not exist yet, for as long as a session writes.
    pub(crate) fn take(history: &Path) -> Result<Claim, HistoryError> {
        let claim = Claim::try_take(history, TRIES, || std::thread::sleep(REST))?;
        held().insert(claim.path.clone());
        Ok(claim)
    }

    /// Claims it without waiting: fails if another process owns it or is checking it.
    pub(crate) fn take_now(history: &Path) -> Result<Claim, HistoryError> {
        Claim::try_take(history, 1, || {})
    }

    fn try_take(history: &Path, tries: u32, mut rest: impl FnMut()) -> Result<Claim, HistoryError> {
        let path = lock_path(history);
        for _ in 0..tries {
            let file = trusted::open_or_create(&path, Trust::Any).map_err(|error| {
                match &error.reason {
                    FileReason::Io(_) => HistoryError::unusable(history, error),
                    // A link, a pipe, or something else instead of a file.
                    reason => HistoryError::Foreign {
                        reason: reason.to_string(),
                        path: path.clone(),
                    },
                }
            })?;
            match file.try_lock() {
                // Between opening and locking, a former owner may have removed it together with its
                // history.
                Ok(()) if !is_same(&file, &path) => continue,
                Ok(()) => return Claim::of(file, path, history),
                Err(TryLockError::WouldBlock) if held().contains(&path) => break,
                Err(TryLockError::WouldBlock) => rest(),
                Err(TryLockError::Error(error)) if files::has_no_locks(&error) => {
                    return Err(HistoryError::NoLocks {
                        path: history.into(),
                        error,
                    });
                }
                Err(TryLockError::Error(error)) => {
                    return Err(HistoryError::unusable(history, error));
                }
            }
        }
        Err(HistoryError::InUse(history.into()))
    }

    fn of(file: File, path: PathBuf, history: &Path) -> Result<Claim, HistoryError> {
        let text = read(&file).map_err(|error| HistoryError::unusable(history, error))?;
        if !is_ours(&text) {
            return Err(HistoryError::Foreign {
                path,
                reason: "it has the name of a lock file, but another program wrote it".into(),
            });
        }
        let mut claim = Claim {
            mark: HighestNumbers::read(&text).unwrap_or_default(),
            is_whole: text.len() == LENGTH,
            file,
            path,
        };
        if !claim.is_whole {
            claim.is_whole = claim.set(claim.mark).is_ok();
        }
        Ok(claim)
    }

    /// Whether a process has claimed this history. Creates nothing.
    pub(crate) fn is_taken(history: &Path) -> bool {
        let Ok(file) = trusted::open(&lock_path(history), Trust::Any) else {
            return false;
        };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    /// Whether the lock file is still in its place: without it, another process can claim the
    /// history.
    pub(crate) fn is_in_place(&self) -> bool {
        is_same(&self.file, &self.path)
    }

    pub(crate) fn mark(&self) -> HighestNumbers {
        self.mark
    }

    /// Whether numbers can be marked even if nothing else can be written.
    pub(crate) fn keeps_marks(&self) -> bool {
        self.is_whole
    }

    /// Marks the numbers up to these as assigned.
    pub(crate) fn raise(&mut self, mark: HighestNumbers) -> io::Result<()> {
        let mark = self.mark.max(mark);
        if mark == self.mark {
            Ok(())
        } else {
            self.set(mark)
        }
    }

    fn set(&mut self, mark: HighestNumbers) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(mark.text().as_bytes())?;
        self.mark = mark;
        Ok(())
    }

    /// Removes the lock file, together with its history.
    pub(crate) fn remove(self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Before the lock is released: whoever takes it next may hold it for long, too.
        held().remove(&self.path);
    }
}

/// The lock file of this history.
pub(super) fn lock_path(history: &Path) -> PathBuf {
    history.with_extension("lock")
}

/// Whether this is the content of one of our lock files; those of earlier versions are empty.
fn is_ours(text: &str) -> bool {
    text.is_empty() || text.starts_with(MAGIC) || MAGIC.starts_with(text)
}

/// Whether this is a lock file that this program left, with a mark.
pub(super) fn is_left_by_us(lock: &Path) -> bool {
    let file = trusted::open(lock, Trust::Any);
    let text = file.ok().and_then(|file| read(&file).ok());
    text.is_some_and(|text| text.starts_with(MAGIC))
}

fn read(file: &File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.take(LENGTH as u64 + 1).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(open), Ok(there)) = (file.metadata(), path.symlink_metadata()) else {
        return false;
    };
    (open.dev(), open.ino()) == (there.dev(), there.ino())
}

/// On other systems an open file cannot be removed.
#[cfg(not(unix))]
fn is_same(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use pyblish_promise::promise_eq;

    use super::*;

    const MARK: HighestNumbers = HighestNumbers {
        event: 882,
        run: 7,
        revision: 1 << 50,
    };

    #[test]
    fn mark_survives_and_never_falls() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("s.sqlite");
        let mut claim = Claim::take(&path).unwrap();
        assert!(claim.keeps_marks());
        claim.raise(MARK).unwrap();
        claim.raise(HighestNumbers { event: 5, ..MARK }).unwrap();
        assert!(matches!(Claim::take(&path), Err(HistoryError::InUse(_))));
        assert!(Claim::is_taken(&path));
        drop(claim);
        assert!(!Claim::is_taken(&path));
        assert_eq!(Claim::take(&path).unwrap().mark(), MARK);
        let text = std::fs::read_to_string(lock_path(&path)).unwrap();
        assert_eq!(text.len(), LENGTH);
        let changed = text.replace("882", "982");
        assert_eq!(HighestNumbers::read(&changed), None);
    }

    #[test]
    fn only_other_processes_are_waited_for() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("s.sqlite");
        let claim = Claim::take(&path).unwrap();
        let again = Claim::try_take(&path, TRIES, || panic!("it waits for itself"));
        assert!(matches!(again, Err(HistoryError::InUse(_))));
        drop(claim);
        // As another process does that only looks at it.
        let file = File::open(lock_path(&path)).unwrap();
        file.lock().unwrap();
        let mut other = Some(file);
        let mut rests = 0;
        let claim = Claim::try_take(&path, TRIES, || {
            rests += 1;
            if rests == 3 {
                other = None;
            }
        });
        assert!(claim.is_ok() && other.is_none());
        assert_eq!(rests, 3);
    }

    #[test]
    fn lock_of_another_program_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("s.sqlite");
        std::fs::write(lock_path(&path), "pid 17\n").unwrap();
        let message = Claim::take(&path).unwrap_err().to_string();
        assert!(message.contains("s.lock") && message.contains("another program"));
        assert_eq!(std::fs::read(lock_path(&path)).unwrap(), b"pid 17\n");
        // Those of earlier versions are empty.
        std::fs::write(lock_path(&path), "").unwrap();
        assert_eq!(
            Claim::take(&path).unwrap().mark(),
            HighestNumbers::default()
        );
    }

    #[cfg(unix)]
    #[test]
    fn link_in_place_of_a_lock_is_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let (path, precious) = (place.path().join("s.sqlite"), place.path().join("precious"));
        std::fs::write(&precious, "# precious\n").unwrap();
        std::os::unix::fs::symlink(&precious, lock_path(&path)).unwrap();
        Claim::take(&path).unwrap_err();
        assert!(!Claim::is_taken(&path));
        promise_eq!(
            "DATA-08",
            std::fs::read(&precious).unwrap(),
            b"# precious\n"
        );
    }
}
