//! A job: its files, on several threads.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use cap_std::fs::Dir;

use crate::error::{CopyError, CopyErrorCode, CopySide, Fault};
use crate::file::{self, CHUNK, CopiedFile, FileCopy};
use crate::flush::{self, FlushPlan};

/// So many files are copied at once at most. While some wait for the disk, others are read and
/// digested, so there are more than processors; a disk that spins loses with many.
const MOST_THREADS: usize = 4;

/// Hears how far a job is, and says when it is to stop. Called from several threads; must return at
/// once.
pub trait CopyObserver: Sync {
    /// So many bytes of all are copied. `total` is what the sources had at the start.
    fn copied(&self, bytes: u64, total: u64);

    /// Whether to stop.
    fn is_cancelled(&self) -> bool;
}

/// A job: files to copy from one open folder to another.
pub struct Copying<'a> {
    /// Sources lie beneath it.
    pub source: &'a Dir,
    /// Targets are made beneath it.
    pub target: &'a Dir,
    /// What to copy. Two files with the same target are an error, as the second finds the first.
    pub files: &'a [FileCopy],
    /// Whether to read each target again from its disk, and compare.
    pub verify: bool,
}

impl Copying<'_> {
    /// Copies all of the files, and waits until they are on disk.
    ///
    /// # Errors
    /// A file could not be copied, or the observer said to stop. Nothing that the job made is left.
    pub fn run(&self, observer: &dyn CopyObserver) -> Result<Vec<CopiedFile>, CopyError> {
        let sizes: Vec<u64> = self.files.iter().map(|file| self.size(file)).collect();
        let passes = if self.verify { 2 } else { 1 };
        let work = Work {
            job: self,
            observer,
            plan: FlushPlan::of(&sizes),
            total: sizes.iter().sum::<u64>().saturating_mul(passes),
            done: AtomicU64::new(0),
            failed: AtomicBool::new(false),
            made: Mutex::default(),
        };
        work.run().map_err(|(file, fault)| {
            let made = work
                .made
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner);
            self.error(file, fault, &self.remove(&made))
        })
    }

    /// The size of a source; 0 where there is none, which the copy then finds out.
    fn size(&self, file: &FileCopy) -> u64 {
        let path = file::beneath(&file.source, CopySide::Source).ok();
        let found = path.and_then(|path| self.source.metadata(path).ok());
        found.map_or(0, |found| found.len())
    }

    /// Removes these targets, and answers those that stay.
    fn remove(&self, made: &[usize]) -> Vec<&str> {
        let made = made.iter().map(|file| self.files[*file].target.as_str());
        made.filter(|path| self.target.remove_file(path).is_err())
            .collect()
    }

    fn error(&self, file: usize, fault: Fault, kept: &[&str]) -> CopyError {
        let Fault {
            side,
            code,
            mut reason,
        } = fault;
        if let Some(first) = kept.first() {
            reason += &format!(
                "; {} copies could not be removed, the first is {first:?}: remove them by hand",
                kept.len()
            );
        }
        let named = &self.files[file];
        let path = match side {
            CopySide::Source => named.source.clone(),
            CopySide::Target => named.target.clone(),
        };
        CopyError {
            file,
            path,
            side,
            code,
            reason,
        }
    }
}

/// A file that failed, and why.
type FileFault = (usize, Fault);

/// What the threads of a job share.
struct Work<'a> {
    job: &'a Copying<'a>,
    observer: &'a dyn CopyObserver,
    plan: FlushPlan,
    /// Bytes to read.
    total: u64,
    /// Bytes that were read.
    done: AtomicU64,
    /// Whether a file failed: the others stop.
    failed: AtomicBool,
    /// The targets that were made, also in part.
    made: Mutex<Vec<usize>>,
}

impl Work<'_> {
    fn run(&self) -> Result<Vec<CopiedFile>, FileFault> {
        let copied = self.for_each(|file, buffer| self.copy(file, buffer))?;
        self.flush_together()?;
        if self.job.verify {
            self.for_each(|file, buffer| self.verify(file, &copied[file], buffer))?;
        }
        Ok(copied)
    }

    fn copy(&self, file: usize, buffer: &mut [u8]) -> Result<CopiedFile, Fault> {
        let made = || {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            made.push(file);
        };
        let paths = &self.job.files[file];
        let copied = file::copy(
            self.job.source,
            self.job.target,
            paths,
            buffer,
            made,
            &mut |bytes| self.goes_on(bytes),
        );
        let (copied, target) = copied?;
        if self.plan.is_at_once(copied.size) {
            target.sync_data().map_err(|error| Fault::target(&error))?;
        }
        Ok(copied)
    }

    fn verify(&self, file: usize, copied: &CopiedFile, buffer: &mut [u8]) -> Result<(), Fault> {
        let path = &self.job.files[file].target;
        let on_chunk = &mut |bytes| self.goes_on(bytes);
        file::verify(self.job.target, path, copied, buffer, on_chunk)
    }

    /// Flushes small files, and the names of all.
    fn flush_together(&self) -> Result<(), FileFault> {
        let fault = |error: std::io::Error| (0, Fault::target(&error));
        if self.plan.is_together {
            return flush::file_system(self.job.target).map_err(fault);
        }
        let folders = self.job.files.iter().map(|file| Path::new(&file.target));
        let folders: BTreeSet<_> = folders.filter_map(Path::parent).collect();
        for folder in folders {
            flush::names(self.job.target, folder).map_err(fault)?;
        }
        Ok(())
    }

    /// So many more bytes were read; whether to go on.
    fn goes_on(&self, bytes: usize) -> bool {
        let bytes = bytes as u64;
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        // A source may grow while it is read.
        self.observer.copied(done.min(self.total), self.total);
        !self.failed.load(Ordering::Relaxed) && !self.observer.is_cancelled()
    }

    /// Does this for each file, on several threads, until one fails. The results are in the order
    /// of the files.
    fn for_each<T: Send>(
        &self,
        one: impl Fn(usize, &mut [u8]) -> Result<T, Fault> + Sync,
    ) -> Result<Vec<T>, FileFault> {
        let files = self.job.files.len();
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Vec::with_capacity(files));
        let fault = Mutex::new(None);
        let work = || {
            let mut buffer = vec![0; CHUNK];
            loop {
                let file = next.fetch_add(1, Ordering::Relaxed);
                if file >= files || self.failed.load(Ordering::Relaxed) {
                    break;
                }
                match one(file, &mut buffer) {
                    Ok(result) => {
                        let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                        results.push((file, result));
                    }
                    Err(why) => {
                        self.failed.store(true, Ordering::Relaxed);
                        let mut fault = fault.lock().unwrap_or_else(PoisonError::into_inner);
                        keep_first(&mut fault, (file, why));
                    }
                }
            }
        };
        let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let threads = MOST_THREADS.min(2 * processors).min(files);
        thread::scope(|scope| {
            for _ in 1..threads {
                let other = thread::Builder::new().name("copy".into());
                if other.spawn_scoped(scope, work).is_err() {
                    // With fewer threads it takes longer.
                    break;
                }
            }
            work();
        });
        match fault.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(fault) => Err(fault),
            None => {
                let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
                results.sort_unstable_by_key(|(file, _)| *file);
                Ok(results.into_iter().map(|(_, result)| result).collect())
            }
        }
    }
}

/// Keeps the fault of the first file in the list. Files that stopped because another one failed end
/// as if they were cancelled: that is no reason.
fn keep_first(kept: &mut Option<FileFault>, new: FileFault) {
    let is_cancelled = |fault: &FileFault| fault.1.code == CopyErrorCode::Cancelled;
    let is_better = kept
        .as_ref()
        .is_none_or(|old| (is_cancelled(&new), new.0) < (is_cancelled(old), old.0));
    if is_better {
        *kept = Some(new);
    }
}
