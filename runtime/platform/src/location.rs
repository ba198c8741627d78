//! Where a folder is, so that two of them can be compared: whether they are one, or one lies in the
//! other, by whatever path, link or mount each was reached.
//!
//! A folder has several marks: its path without links; on Unix its device and inode; on Linux also
//! its place in the file system that is mounted there, because a bind mount shows a folder at
//! another place with other ancestors. Two folders overlap where a mark of one is a mark of the
//! other, or of a folder above it; and, on Linux, where what is mounted inside one of them overlaps
//! the other. What no system tells, such as two mounts of one share by different names, is not
//! seen.

use std::io;
use std::path::{Path, PathBuf};

use cap_std::fs::Dir;

/// How deep a folder may lie. The walk upwards ends here, should a file system have no end.
#[cfg(unix)]
const DEPTH: usize = 4096;

/// Something by which a folder is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Mark {
    /// Its path, without links.
    Path(PathBuf),
    #[cfg(unix)]
    Inode { device: u64, inode: u64 },
    /// Its path in the file system of this device.
    #[cfg(target_os = "linux")]
    Mounted { device: String, path: PathBuf },
}

/// Where an open folder is.
#[derive(Debug, Clone, Default)]
pub struct FolderLocation {
    /// The folder's own marks.
    own: Vec<Mark>,
    /// The marks of the folders above it.
    above: Vec<Mark>,
    /// Where the mounts inside it really are.
    inside: Vec<FolderLocation>,
}

impl FolderLocation {
    /// The place of a folder that was opened by this path.
    pub fn of(folder: &Dir, path: &Path) -> io::Result<FolderLocation> {
        let path = path.canonicalize()?;
        let mut location = FolderLocation::default();
        #[cfg(unix)]
        location.walk(folder)?;
        #[cfg(target_os = "linux")]
        if let Some(mounts) = mounts::list() {
            if let Some(place) = mounts::place(&mounts, folder, &path) {
                location.add_mounted(&place);
            }
            for place in mounts::inside(&mounts, &path) {
                let mut mounted = FolderLocation::default();
                mounted.add_mounted(&place);
                location.inside.push(mounted);
            }
        }
        // On Windows a folder that is open cannot be renamed, so its path stays true.
        #[cfg(not(unix))]
        let _ = folder;
        location.add(&path, |path| Mark::Path(path.to_owned()));
        Ok(location)
    }

    /// Whether this path leads to the folder. It does not once somebody has deleted the folder, or
    /// has put another in its place. Where the system does not tell, it does.
    #[cfg(unix)]
    pub fn is_at(folder: &Dir, path: &Path) -> bool {
        use cap_std::fs::MetadataExt as _;
        use std::os::unix::fs::MetadataExt as _;
        match (folder.dir_metadata(), path.metadata()) {
            (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
            (_, Err(error)) => error.kind() != io::ErrorKind::NotFound,
            (Err(_), _) => true,
        }
    }

    /// On Windows a folder that is open can be neither deleted nor renamed.
    #[cfg(not(unix))]
    pub fn is_at(_folder: &Dir, _path: &Path) -> bool {
        true
    }

    /// Whether these are one folder, or one of them lies in the other.
    pub fn overlaps(&self, other: &FolderLocation) -> bool {
        let is_above = |inner: &FolderLocation, outer: &FolderLocation| {
            let mut marks = inner.own.iter().chain(&inner.above);
            marks.any(|mark| outer.own.contains(mark))
        };
        let shows = |one: &FolderLocation, other: &FolderLocation| {
            let mut inside = one.inside.iter();
            inside.any(|mounted| mounted.overlaps(other))
        };
        is_above(self, other) || is_above(other, self) || shows(self, other) || shows(other, self)
    }

    #[cfg(target_os = "linux")]
    fn add_mounted(&mut self, (device, path): &(String, PathBuf)) {
        self.add(path, |path| Mark::Mounted {
            device: device.clone(),
            path: path.to_owned(),
        });
    }

    fn add(&mut self, path: &Path, mark: impl Fn(&Path) -> Mark) {
        self.own.push(mark(path));
        self.above.extend(path.ancestors().skip(1).map(mark));
    }

    /// The devices and inodes of the folder and of all above it, from parent to parent.
    #[cfg(unix)]
    fn walk(&mut self, folder: &Dir) -> io::Result<()> {
        use cap_std::fs::MetadataExt;
        let mark = |folder: &Dir| -> io::Result<Mark> {
            let known = folder.dir_metadata()?;
            Ok(Mark::Inode {
                device: known.dev(),
                inode: known.ino(),
            })
        };
        let mut here = folder.try_clone()?;
        let mut last = mark(&here)?;
        self.own.push(last.clone());
        for _ in 0..DEPTH {
            // A folder above may be closed to this user. Then the paths have to do.
            let Ok(up) = here.open_parent_dir(cap_std::ambient_authority()) else {
                break;
            };
            let next = mark(&up)?;
            // The root is its own parent.
            if next == last {
                break;
            }
            self.above.push(next.clone());
            (here, last) = (up, next);
        }
        Ok(())
    }
}

#[cfg(target_os = "linux")]
mod mounts {
    //! What is mounted where, as Linux tells it (`proc_pid_mountinfo(5)`).

    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    use std::path::{Path, PathBuf};

    use cap_std::fs::Dir;
    use rustix::fs::{AtFlags, StatxFlags, statx};

    /// What is mounted where. None without `/proc`.
    pub(super) fn list() -> Option<Vec<u8>> {
        std::fs::read("/proc/self/mountinfo").ok()
    }

    /// The device of the file system that the folder lies in, and its path there; `path` is its
    /// path without links. None where the system does not tell (before Linux 5.8).
    pub(super) fn place(mounts: &[u8], folder: &Dir, path: &Path) -> Option<(String, PathBuf)> {
        let known = statx(folder, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID).ok()?;
        if known.stx_mask & StatxFlags::MNT_ID.bits() == 0 {
            return None;
        }
        in_file_system(mounts, known.stx_mnt_id, path)
    }

    /// Finds it in the list of mounts by the mount's id.
    pub(super) fn in_file_system(mounts: &[u8], id: u64, path: &Path) -> Option<(String, PathBuf)> {
        let mount = each(mounts).find(|mount| mount.id == id)?;
        let inside = path.strip_prefix(mount.point).ok()?;
        Some((mount.device, mount.root.join(inside)))
    }

    /// What is mounted inside this folder: each device, and the path there of what it shows.
    pub(super) fn inside(mounts: &[u8], folder: &Path) -> Vec<(String, PathBuf)> {
        let is_inside = |mount: &Mount| mount.point != folder && mount.point.starts_with(folder);
        let mounts = each(mounts).filter(is_inside);
        mounts.map(|mount| (mount.device, mount.root)).collect()
    }

    struct Mount {
        id: u64,
        device: String,
        /// The path inside the file system that is shown.
        root: PathBuf,
        /// Where it is shown.
        point: PathBuf,
    }

    fn each(mounts: &[u8]) -> impl Iterator<Item = Mount> {
        mounts.split(|byte| *byte == b'\n').filter_map(mount)
    }

    /// A line: its id, its parent's, the device, the path inside the file system, where it is
    /// mounted, and more.
    fn mount(line: &[u8]) -> Option<Mount> {
        let mut fields = line.split(|byte| *byte == b' ');
        Some(Mount {
            id: std::str::from_utf8(fields.next()?).ok()?.parse().ok()?,
            device: String::from_utf8(fields.nth(1)?.to_vec()).ok()?,
            root: unescaped(fields.next()?),
            point: unescaped(fields.next()?),
        })
    }

    /// A path in which some characters are written as a backslash and three octal digits.
    fn unescaped(text: &[u8]) -> PathBuf {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((first, behind)) = rest.split_first() {
            let digits = behind.get(..3).filter(|_| *first == b'\\');
            let code = digits
                .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
            match code {
                Some(code) => {
                    bytes.push(code);
                    rest = &behind[3..];
                }
                None => {
                    bytes.push(*first);
                    rest = behind;
                }
            }
        }
        OsString::from_vec(bytes).into()
    }
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use pyblish_promise::promise;
    use std::fs;

    use super::*;

    fn location(path: &Path) -> FolderLocation {
        let folder = Dir::open_ambient_dir(path, cap_std::ambient_authority()).unwrap();
        FolderLocation::of(&folder, path).unwrap()
    }

    #[test]
    fn folder_overlaps_itself_and_its_content() {
        let place = tempfile::tempdir().unwrap();
        let [a, inner, b] = ["a", "a/x/inner", "a-b"].map(|name| place.path().join(name));
        for folder in [&inner, &b] {
            fs::create_dir_all(folder).unwrap();
        }
        let (a, inner, b) = (location(&a), location(&inner), location(&b));
        assert!(a.overlaps(&a) && a.overlaps(&inner) && inner.overlaps(&a));
        assert!(!a.overlaps(&b) && !b.overlaps(&inner));
    }

    #[cfg(unix)]
    #[test]
    fn link_leads_to_the_folder() {
        let place = tempfile::tempdir().unwrap();
        let [real, inner, link] =
            ["real", "real/inner", "link"].map(|name| place.path().join(name));
        fs::create_dir_all(&inner).unwrap();
        std::os::unix::fs::symlink(&inner, &link).unwrap();
        assert!(location(&link).overlaps(&location(&real)));
        assert!(location(&link).overlaps(&location(&inner)));
    }

    /// What the walk upwards finds is enough without the paths, and the other way round.
    #[cfg(unix)]
    #[test]
    fn any_mark_shows_overlap() {
        let place = tempfile::tempdir().unwrap();
        let inner = place.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let only = |path: &Path, wanted: fn(&Mark) -> bool| {
            let mut location = location(path);
            location.own.retain(wanted);
            location.above.retain(wanted);
            location
        };
        let kinds: [fn(&Mark) -> bool; 2] = [
            |mark| matches!(mark, Mark::Path(_)),
            |mark| matches!(mark, Mark::Inode { .. }),
        ];
        for kind in kinds {
            let inner = only(&inner, kind);
            promise!("GRANT-02", inner.overlaps(&only(place.path(), kind)));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn bind_mount_is_recognised() {
        let mounts = b"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
                       40 22 8:1 /srv/my\\040jobs/inbox /mnt/in rw - ext4 /dev/sda1 rw\n";
        let jobs = mounts::in_file_system(mounts, 22, Path::new("/srv/my jobs"));
        assert_eq!(jobs, Some(("8:1".into(), "/srv/my jobs".into())));
        let shots = mounts::in_file_system(mounts, 40, Path::new("/mnt/in/shots"));
        let inside = PathBuf::from("/srv/my jobs/inbox/shots");
        assert_eq!(shots, Some(("8:1".into(), inside)));
        assert_eq!(mounts::in_file_system(mounts, 41, Path::new("/mnt")), None);
    }

    /// One of two folders that lie apart can show the other by a mount inside it.
    #[cfg(target_os = "linux")]
    #[test]
    fn folder_overlaps_mount_inside() {
        let mounts = b"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
                       40 22 8:1 /jobs/show /home/jane/show rw - ext4 /dev/sda1 rw\n\
                       41 22 0:9 / /home/jane-2 rw - tmpfs tmpfs rw\n";
        let location = |path: &str| {
            let mut location = FolderLocation::default();
            let path = Path::new(path);
            location.add_mounted(&mounts::in_file_system(mounts, 22, path).unwrap());
            for place in mounts::inside(mounts, path) {
                let mut mounted = FolderLocation::default();
                mounted.add_mounted(&place);
                location.inside.push(mounted);
            }
            location
        };
        let jane = location("/home/jane");
        for other in ["/jobs", "/jobs/show", "/jobs/show/shot"] {
            let other = location(other);
            promise!(
                "GRANT-02",
                jane.overlaps(&other) && other.overlaps(&jane),
                "{other:?}"
            );
        }
        for other in ["/jobs/other", "/home/jane-2", "/home/john"] {
            let other = location(other);
            assert!(
                !jane.overlaps(&other) && !other.overlaps(&jane),
                "{other:?}"
            );
        }
    }
}
