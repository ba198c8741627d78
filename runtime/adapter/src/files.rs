//! The interface `files`: copies between folders that the adapter holds, and what is in them, with
//! the rights that it has.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use cap_std::fs::Dir;
use cap_std::time::SystemTime;
use pyblish_copy::{
    CopiedFile, CopyError, CopyErrorCode, CopyObserver, CopySide, Copying, FileCopy,
};
use pyblish_platform::files::links;
use wasmtime::component::Resource;
use wasmtime_wasi::FsPerms;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorStat, DescriptorType, ErrorCode, OpenFlags,
};

use super::batch::CallHandle;
use super::bindings::files;
use super::fd_quota;
use super::file_lock::FileLock;
use super::sandbox::State;
use super::write_quota;

/// How often progress is told and a cancel is looked for.
const TICK: Duration = Duration::from_millis(50);

type Copied = Result<Vec<files::CopiedFile>, files::CopyError>;

impl files::Host for State {
    async fn copy(
        &mut self,
        _: Resource<CallHandle>,
        source: Resource<Descriptor>,
        target: Resource<Descriptor>,
        files: Vec<files::FileCopy>,
        options: files::CopyOptions,
    ) -> wasmtime::Result<Copied> {
        let source = match folder(self.table.get(&source)?, CopySide::Source) {
            Ok(folder) => folder,
            Err(error) => return Ok(Err(error)),
        };
        let number = target.rep();
        let target = match folder(self.table.get(&target)?, CopySide::Target) {
            Ok(folder) => folder,
            Err(error) => return Ok(Err(error)),
        };
        if write_quota::is_inside(self, number) {
            let sizes = files
                .iter()
                .filter_map(|file| source.metadata(&file.source).ok());
            if !write_quota::may_take(self, number, sizes.map(|known| known.len()).sum()) {
                return Ok(Err(files::CopyError {
                    code: files::CopyErrorCode::NoSpace,
                    index: 0,
                    side: files::CopySide::Target,
                    reason: "does not fit into the temporary folder".into(),
                }));
            }
        }
        let files: Vec<FileCopy> = files
            .into_iter()
            .map(|file| FileCopy {
                source: file.source,
                target: file.target,
            })
            .collect();
        let copied = self.copy_files(source, target, files, &options).await?;
        Ok(match copied {
            Ok(copied) => Ok(copied.into_iter().map(copied_file).collect()),
            Err(error) => Err(copy_error(error)),
        })
    }

    async fn stat(
        &mut self,
        folder: Resource<Descriptor>,
        paths: Vec<String>,
    ) -> wasmtime::Result<Vec<Result<DescriptorStat, ErrorCode>>> {
        let folder = match self.table.get(&folder)? {
            Descriptor::Dir(folder) => folder.dir.try_clone(),
            Descriptor::File(_) => return Ok(vec![Err(ErrorCode::NotDirectory); paths.len()]),
        };
        let folder = match folder {
            Ok(folder) => Dir::from_std_file(folder),
            Err(error) => return Ok(vec![Err(error.into()); paths.len()]),
        };
        let watch = Arc::new(Watch::default());
        let _cancel_on_drop = CancelOnDrop(watch.clone());
        let looking = tokio::task::spawn_blocking(move || {
            let mut found = Vec::with_capacity(paths.len());
            for path in paths {
                if watch.is_cancelled() {
                    break;
                }
                found.push(stat(&folder, &path));
            }
            found
        });
        Ok(looking.await?)
    }

    async fn lock(
        &mut self,
        folder: Resource<Descriptor>,
        path: String,
    ) -> wasmtime::Result<Result<Option<Resource<FileLock>>, ErrorCode>> {
        if !fd_quota::may_open(self) {
            return Ok(Err(ErrorCode::Quota));
        }
        if !write_quota::may_open(self, folder.rep(), OpenFlags::CREATE) {
            return Ok(Err(ErrorCode::InsufficientSpace));
        }
        let folder = match self.table.get(&folder)? {
            Descriptor::Dir(folder) if folder.perms != FsPerms::ReadWrite => {
                return Ok(Err(ErrorCode::NotPermitted));
            }
            Descriptor::Dir(folder) => folder.dir.try_clone(),
            Descriptor::File(_) => return Ok(Err(ErrorCode::NotDirectory)),
        };
        let folder = match folder {
            Ok(folder) => Dir::from_std_file(folder),
            Err(error) => return Ok(Err(error.into())),
        };
        let locked = tokio::task::spawn_blocking(move || FileLock::take(&folder, &path)).await?;
        match locked {
            Ok(Some(lock)) => Ok(Ok(Some(self.table.push(lock)?))),
            Ok(None) => Ok(Ok(None)),
            Err(error) => Ok(Err(error)),
        }
    }
}

impl files::HostFileLock for State {
    fn drop(&mut self, lock: Resource<FileLock>) -> wasmtime::Result<()> {
        // The system releases it with the file.
        self.table.delete(lock)?;
        Ok(())
    }
}

/// What a path beneath a folder leads to.
fn stat(folder: &Dir, path: &str) -> Result<DescriptorStat, ErrorCode> {
    let found = folder.metadata(path)?;
    let kind = found.file_type();
    let time = |time: std::io::Result<SystemTime>| {
        let since = time.ok()?.into_std().duration_since(UNIX_EPOCH).ok()?;
        Some(Datetime {
            seconds: since.as_secs(),
            nanoseconds: since.subsec_nanos(),
        })
    };
    Ok(DescriptorStat {
        type_: if kind.is_file() {
            DescriptorType::RegularFile
        } else if kind.is_dir() {
            DescriptorType::Directory
        } else {
            DescriptorType::Unknown
        },
        link_count: links(&found),
        size: found.len(),
        data_access_timestamp: time(found.accessed()),
        data_modification_timestamp: time(found.modified()),
        status_change_timestamp: None,
    })
}

impl State {
    /// Copies on a thread of its own. When the call is ended meanwhile, the copying stops, too.
    async fn copy_files(
        &mut self,
        source: Dir,
        target: Dir,
        files: Vec<FileCopy>,
        options: &files::CopyOptions,
    ) -> wasmtime::Result<Result<Vec<CopiedFile>, CopyError>> {
        let watch = Arc::new(Watch::default());
        // Whoever drops this future ends the copying.
        let _cancel_on_drop = CancelOnDrop(watch.clone());
        let (theirs, verify) = (watch.clone(), options.verify);
        let mut copying = tokio::task::spawn_blocking(move || {
            let job = Copying {
                source: &source,
                target: &target,
                files: &files,
                verify,
            };
            job.run(&*theirs)
        });
        loop {
            tokio::select! {
                biased;
                ended = &mut copying => return Ok(ended?),
                () = tokio::time::sleep(TICK) => {}
            }
            if self.observer.cancelled() {
                watch.is_cancelled.store(true, Ordering::Relaxed);
            }
            if let Some(range) = &options.progress {
                let done = watch.fraction();
                let fraction = range.begin + (range.end - range.begin) * done;
                if fraction.is_finite() {
                    self.observer
                        .progress(fraction.clamp(0.0, 1.0), watch.words());
                }
            }
        }
    }
}

/// What the copying thread and the call share.
#[derive(Default)]
struct Watch {
    bytes: AtomicU64,
    total: AtomicU64,
    is_cancelled: AtomicBool,
}

impl Watch {
    fn fraction(&self) -> f64 {
        let total = self.total.load(Ordering::Relaxed);
        if total == 0 {
            return 0.0;
        }
        self.bytes.load(Ordering::Relaxed) as f64 / total as f64
    }

    fn words(&self) -> String {
        let mib = |bytes: u64| bytes >> 20;
        let (bytes, total) = (&self.bytes, &self.total);
        format!(
            "{} of {} MiB copied",
            mib(bytes.load(Ordering::Relaxed)),
            mib(total.load(Ordering::Relaxed))
        )
    }
}

impl CopyObserver for Watch {
    fn copied(&self, bytes: u64, total: u64) {
        self.bytes.fetch_max(bytes, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }
}

struct CancelOnDrop(Arc<Watch>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.is_cancelled.store(true, Ordering::Relaxed);
    }
}

/// The open folder, if the adapter may use it for this.
fn folder(descriptor: &Descriptor, side: CopySide) -> Result<Dir, files::CopyError> {
    let error = |code, reason: String| files::CopyError {
        code,
        index: 0,
        side: copy_side(side),
        reason,
    };
    let Descriptor::Dir(folder) = descriptor else {
        let reason = format!("is given beneath a {side} that is no folder");
        return Err(error(files::CopyErrorCode::NotAFile, reason));
    };
    if side == CopySide::Target && folder.perms != FsPerms::ReadWrite {
        let reason = "is in a folder that is granted read-only".into();
        return Err(error(files::CopyErrorCode::NotPermitted, reason));
    }
    let cloned = folder.dir.try_clone();
    let cloned = cloned.map_err(|why| error(files::CopyErrorCode::Io, format!("fails: {why}")))?;
    Ok(Dir::from_std_file(cloned))
}

fn copied_file(copied: CopiedFile) -> files::CopiedFile {
    files::CopiedFile {
        size: copied.size,
        sha256: copied
            .sha256
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    }
}

fn copy_error(error: CopyError) -> files::CopyError {
    use files::CopyErrorCode as Code;
    files::CopyError {
        code: match error.code {
            CopyErrorCode::InvalidPath => Code::InvalidPath,
            CopyErrorCode::NotFound => Code::NotFound,
            CopyErrorCode::NotAFile => Code::NotAFile,
            CopyErrorCode::Outside => Code::Outside,
            CopyErrorCode::AlreadyExists => Code::AlreadyExists,
            CopyErrorCode::NotPermitted => Code::NotPermitted,
            CopyErrorCode::ReadOnly => Code::ReadOnly,
            CopyErrorCode::NoSpace => Code::NoSpace,
            CopyErrorCode::QuotaExceeded => Code::QuotaExceeded,
            CopyErrorCode::Changed => Code::Changed,
            CopyErrorCode::NotVerified => Code::NotVerified,
            CopyErrorCode::Cancelled => Code::Cancelled,
            CopyErrorCode::Io => Code::Io,
        },
        // The list came from a guest of 32 bits.
        index: u32::try_from(error.file).unwrap_or(u32::MAX),
        side: copy_side(error.side),
        reason: error.reason,
    }
}

fn copy_side(side: CopySide) -> files::CopySide {
    match side {
        CopySide::Source => files::CopySide::Source,
        CopySide::Target => files::CopySide::Target,
    }
}
