//! Jobs on real files. What a disk that fills up does is tested with a real one in `tests/`.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use pyblish_copy::{
    CopiedFile, CopyError, CopyErrorCode, CopyObserver, CopySide, Copying, FileCopy,
};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// Bytes that the crate reads at once.
const CHUNK: usize = 1 << 20;

/// Two folders to copy between, and something beside them.
struct Folders {
    place: TempDir,
}

impl Folders {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("source")).unwrap();
        fs::create_dir(place.path().join("target")).unwrap();
        Folders { place }
    }

    fn source(&self, name: &str) -> std::path::PathBuf {
        self.place.path().join("source").join(name)
    }

    fn target(&self, name: &str) -> std::path::PathBuf {
        self.place.path().join("target").join(name)
    }

    fn dir(&self, name: &str) -> Dir {
        Dir::open_ambient_dir(self.place.path().join(name), ambient_authority()).unwrap()
    }

    fn copy(&self, files: &[FileCopy]) -> Result<Vec<CopiedFile>, CopyError> {
        self.copy_watched(files, false, &Patient)
    }

    fn copy_watched(
        &self,
        files: &[FileCopy],
        verify: bool,
        observer: &dyn CopyObserver,
    ) -> Result<Vec<CopiedFile>, CopyError> {
        let (source, target) = (self.dir("source"), self.dir("target"));
        let job = Copying {
            source: &source,
            target: &target,
            files,
            verify,
        };
        job.run(observer)
    }

    /// Nothing may be left of a job that failed.
    fn has_no_target(&self) -> bool {
        fs::read_dir(self.target("")).unwrap().count() == 0
    }
}

struct Patient;

impl CopyObserver for Patient {
    fn copied(&self, _: u64, _: u64) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Does something once, as soon as so many bytes are copied.
struct Once<F> {
    bytes: u64,
    is_done: AtomicBool,
    act: F,
}

impl<F: Fn() + Sync> Once<F> {
    fn at(bytes: usize, act: F) -> Self {
        Once {
            bytes: bytes as u64,
            is_done: AtomicBool::new(false),
            act,
        }
    }
}

impl<F: Fn() + Sync> CopyObserver for Once<F> {
    fn copied(&self, bytes: u64, _: u64) {
        if bytes >= self.bytes && !self.is_done.swap(true, Ordering::SeqCst) {
            (self.act)();
        }
    }

    fn is_cancelled(&self) -> bool {
        false
    }
}

fn file(source: &str, target: &str) -> FileCopy {
    FileCopy {
        source: source.into(),
        target: target.into(),
    }
}

fn bytes(count: usize) -> Vec<u8> {
    (0..=250).cycle().take(count).collect()
}

#[test]
fn copy_keeps_modification_time() {
    let folders = Folders::new();
    for size in [0, 3 * CHUNK] {
        let name = size.to_string();
        fs::write(folders.source(&name), bytes(size)).unwrap();
        let day = SystemTime::now() - Duration::from_hours(24);
        let source = fs::File::options().write(true).open(folders.source(&name));
        source.unwrap().set_modified(day).unwrap();
        folders.copy(&[file(&name, &name)]).unwrap();
        let modified = |path| fs::metadata(path).unwrap().modified().unwrap();
        let (source, target) = (folders.source(&name), folders.target(&name));
        assert_eq!(modified(source), modified(target));
    }
}

#[test]
fn files_are_copied_with_their_digests() {
    let folders = Folders::new();
    fs::create_dir(folders.target("deep")).unwrap();
    let sizes = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK];
    let mut files = Vec::new();
    for size in sizes {
        fs::write(folders.source(&size.to_string()), bytes(size)).unwrap();
        files.push(file(&size.to_string(), &format!("deep/{size}")));
    }
    for verify in [false, true] {
        let copied = folders.copy_watched(&files, verify, &Patient).unwrap();
        for (size, copied) in sizes.into_iter().zip(copied) {
            let target = folders.target(&format!("deep/{size}"));
            assert_eq!(fs::read(&target).unwrap(), bytes(size));
            assert_eq!(copied.size, size as u64);
            assert_eq!(copied.sha256, <[u8; 32]>::from(Sha256::digest(bytes(size))));
            fs::remove_file(target).unwrap();
        }
    }
}

#[test]
fn small_files_are_copied_in_their_order() {
    let folders = Folders::new();
    let mut files = Vec::new();
    for number in 0..1000 {
        let name = number.to_string();
        fs::write(folders.source(&name), &name).unwrap();
        files.push(file(&name, &name));
    }
    let copied = folders.copy(&files).unwrap();
    for (number, copied) in copied.iter().enumerate() {
        let text = number.to_string();
        assert_eq!(copied.sha256, <[u8; 32]>::from(Sha256::digest(&text)));
        assert_eq!(fs::read_to_string(folders.target(&text)).unwrap(), text);
    }
}

#[test]
fn no_files_are_no_work() {
    assert_eq!(Folders::new().copy(&[]).unwrap(), []);
}

#[test]
fn each_wrong_path_is_named_and_leaves_nothing() {
    use CopyErrorCode::{AlreadyExists, InvalidPath, NotAFile, NotFound};
    let folders = Folders::new();
    fs::write(folders.source("good"), "good").unwrap();
    fs::create_dir(folders.source("folder")).unwrap();
    let wrong = [
        ("../source/good", "x", CopySide::Source, InvalidPath),
        ("good", "../target/x", CopySide::Target, InvalidPath),
        ("folder/../good", "x", CopySide::Source, InvalidPath),
        ("/etc/hostname", "x", CopySide::Source, InvalidPath),
        ("good", "/tmp/x", CopySide::Target, InvalidPath),
        ("", "x", CopySide::Source, InvalidPath),
        ("good", ".", CopySide::Target, InvalidPath),
        ("go\0od", "x", CopySide::Source, InvalidPath),
        ("missing", "x", CopySide::Source, NotFound),
        ("good", "missing/x", CopySide::Target, NotFound),
        ("folder", "x", CopySide::Source, NotAFile),
        // The first of them has made it.
        ("good", "good", CopySide::Target, AlreadyExists),
    ];
    for (source, target, side, code) in wrong {
        // The first may be done already when the second fails.
        let files = [file("good", "good"), file(source, target)];
        let error = folders.copy(&files).unwrap_err();
        assert_eq!((error.side, error.code), (side, code), "{error}");
        let path = if side == CopySide::Source {
            source
        } else {
            target
        };
        assert_eq!(error.path, path);
        assert!(
            error
                .to_string()
                .starts_with(&format!("the {side} {path:?} ")),
            "{error}"
        );
        assert!(folders.has_no_target(), "{error}");
    }
}

#[test]
fn existing_target_keeps_what_is_in_it() {
    let folders = Folders::new();
    fs::write(folders.source("a"), "new").unwrap();
    fs::write(folders.target("a"), "old").unwrap();
    let error = folders.copy(&[file("a", "a")]).unwrap_err();
    assert_eq!(error.code, CopyErrorCode::AlreadyExists);
    assert_eq!(fs::read(folders.target("a")).unwrap(), b"old");
}

#[cfg(unix)]
#[test]
fn links_stay_in_the_folder() {
    use std::os::unix::fs::symlink;
    let folders = Folders::new();
    fs::write(folders.source("good"), "good").unwrap();
    fs::write(folders.place.path().join("secret"), "secret").unwrap();
    symlink("good", folders.source("inside")).unwrap();
    symlink("../secret", folders.source("outside")).unwrap();
    symlink("/etc/hostname", folders.source("root")).unwrap();
    symlink("../source", folders.target("folder")).unwrap();
    symlink("../secret", folders.target("link")).unwrap();
    assert!(folders.copy(&[file("inside", "copy")]).is_ok());
    for (source, target) in [("outside", "x"), ("root", "x"), ("good", "folder/x")] {
        let error = folders.copy(&[file(source, target)]).unwrap_err();
        assert_eq!(error.code, CopyErrorCode::Outside, "{error}");
    }
    let error = folders.copy(&[file("good", "link")]).unwrap_err();
    assert_eq!(error.code, CopyErrorCode::AlreadyExists, "{error}");
    assert_eq!(
        fs::read(folders.place.path().join("secret")).unwrap(),
        b"secret"
    );
    assert!(!folders.source("x").exists());
}

#[cfg(unix)]
#[test]
fn pipe_and_device_are_refused_at_once() {
    let folders = Folders::new();
    let made = std::process::Command::new("mkfifo")
        .arg(folders.source("pipe"))
        .status();
    assert!(made.unwrap().success());
    let error = folders.copy(&[file("pipe", "x")]).unwrap_err();
    assert_eq!(error.code, CopyErrorCode::NotAFile, "{error}");
    assert!(folders.has_no_target());
}

#[test]
fn source_that_changes_is_found_out() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 4] = [
        ("truncated", |path| {
            let file = fs::OpenOptions::new().write(true).open(path).unwrap();
            file.set_len(1).unwrap();
        }),
        ("longer", |path| fs::write(path, bytes(9 * CHUNK)).unwrap()),
        ("overwritten", |path| {
            fs::write(path, bytes(4 * CHUNK)).unwrap();
        }),
        ("replaced", |path| {
            let other = path.with_extension("other");
            fs::write(&other, bytes(4 * CHUNK)).unwrap();
            match fs::rename(other, path) {
                // Windows may not let another file take the place of an open one.
                Err(_) if cfg!(windows) => fs::write(path, bytes(4 * CHUNK)).unwrap(),
                renamed => renamed.unwrap(),
            }
        }),
    ];
    for (what, change) in changes {
        let folders = Folders::new();
        let path = folders.source("a");
        fs::write(&path, bytes(4 * CHUNK)).unwrap();
        // Systems count the moments of changes in steps of milliseconds.
        let long_ago = SystemTime::now() - Duration::from_hours(1);
        let file_then = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file_then.set_modified(long_ago).unwrap();
        let observer = Once::at(CHUNK, || change(&path));
        let error = folders
            .copy_watched(&[file("a", "a")], false, &observer)
            .unwrap_err();
        assert_eq!(error.code, CopyErrorCode::Changed, "{what}: {error}");
        assert!(folders.has_no_target(), "{what}");
    }
}

#[test]
fn copy_that_reads_wrongly_is_found_out() {
    let folders = Folders::new();
    fs::write(folders.source("a"), bytes(2 * CHUNK)).unwrap();
    let target = folders.target("a");
    // The second pass has begun, and the file has a second chunk to read.
    let observer = Once::at(2 * CHUNK, || {
        let mut wrong = bytes(2 * CHUNK);
        wrong[2 * CHUNK - 1] ^= 1;
        fs::write(&target, wrong).unwrap();
    });
    let error = folders
        .copy_watched(&[file("a", "a")], true, &observer)
        .unwrap_err();
    assert_eq!(error.code, CopyErrorCode::NotVerified, "{error}");
    assert!(folders.has_no_target());
}

#[test]
fn cancel_stops_in_the_middle_and_leaves_nothing() {
    struct Cancel(AtomicBool);
    impl CopyObserver for Cancel {
        fn copied(&self, bytes: u64, total: u64) {
            assert!(bytes < total / 2, "it goes on");
            self.0.store(bytes >= 4 * CHUNK as u64, Ordering::SeqCst);
        }

        fn is_cancelled(&self) -> bool {
            self.0.load(Ordering::SeqCst)
        }
    }
    let folders = Folders::new();
    let files = ["a", "b", "c", "d"].map(|name| {
        fs::write(folders.source(name), bytes(8 * CHUNK)).unwrap();
        file(name, name)
    });
    let observer = Cancel(AtomicBool::new(false));
    let error = folders.copy_watched(&files, false, &observer).unwrap_err();
    assert_eq!(error.code, CopyErrorCode::Cancelled, "{error}");
    assert!(folders.has_no_target());
}

#[test]
fn progress_ends_at_the_total() {
    struct Last(std::sync::Mutex<(u64, u64)>);
    impl CopyObserver for Last {
        fn copied(&self, bytes: u64, total: u64) {
            let mut last = self.0.lock().unwrap();
            *last = (last.0.max(bytes), total);
        }

        fn is_cancelled(&self) -> bool {
            false
        }
    }
    let folders = Folders::new();
    fs::write(folders.source("a"), bytes(3 * CHUNK)).unwrap();
    let observer = Last(Default::default());
    folders
        .copy_watched(&[file("a", "a")], false, &observer)
        .unwrap();
    assert_eq!(
        *observer.0.lock().unwrap(),
        (3 * CHUNK as u64, 3 * CHUNK as u64)
    );
}
