//! Folders that an adapter sees. The user names one by a path. It is opened once, when the session
//! begins, and then only the open folder counts, whatever takes the place of the path later.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use cap_std::fs::Dir;
use wasmtime_wasi::filesystem::Dir as WasiDir;
use wasmtime_wasi::{FsPerms, OpenMode};

use crate::AdapterError;
use crate::temporary::{self, SessionTemporary};
use pyblish_platform::location::FolderLocation;

/// A folder of the host that appears inside the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderGrant {
    /// The folder on this machine.
    pub host: PathBuf,
    /// Absolute, with `/`.
    pub guest: String,
    /// Whether the adapter may write there.
    pub writable: bool,
}

/// A granted folder, open for the life of its session.
#[derive(Debug)]
pub struct GrantedFolder {
    /// Its path inside the sandbox: absolute, with `/`.
    pub guest: String,
    /// Its path on this machine, as the user named it. It is shown, and never opened again.
    pub host: PathBuf,
    /// Whether the adapter may change what is in it.
    pub writable: bool,
    /// Files in it are opened beneath this, never by a path of the host.
    pub dir: Dir,
}

/// The folders of a session. None of them lies in another, neither inside the sandbox nor on the
/// host.
pub type GrantedFolders = Arc<[GrantedFolder]>;

impl GrantedFolder {
    /// A folder that is only read, under its own path, and by no adapter.
    ///
    /// # Errors
    /// It is no folder, or this user may not open it: [`AdapterError::Folder`].
    pub fn for_reading(host: &Path) -> Result<Self, AdapterError> {
        let guest = host.display().to_string();
        let dir = Dir::open_ambient_dir(host, cap_std::ambient_authority());
        let dir = dir.map_err(|error| AdapterError::Folder {
            host: host.to_owned(),
            guest: guest.clone(),
            reason: reason(&error),
        })?;
        Ok(GrantedFolder {
            guest,
            host: host.to_owned(),
            writable: false,
            dir,
        })
    }

    /// Its whole path on this machine, for tools outside of the sandbox: they have another current
    /// folder than this program.
    pub fn host_path(&self) -> PathBuf {
        std::path::absolute(&self.host).unwrap_or_else(|_| self.host.clone())
    }

    /// Whether its path still leads to it. What an adapter sees is the folder that was granted, also
    /// when somebody has deleted it or has put another in its place.
    pub fn is_in_place(&self) -> bool {
        FolderLocation::is_at(&self.dir, &self.host)
    }

    /// The folder as wasmtime hands it to an adapter. It is the same open folder each time.
    pub(crate) fn preopened(&self) -> io::Result<WasiDir> {
        let (permissions, mode) = if self.writable {
            (FsPerms::ReadWrite, OpenMode::READ | OpenMode::WRITE)
        } else {
            (FsPerms::ReadOnly, OpenMode::READ)
        };
        let folder = self.dir.try_clone()?.into_std_file();
        Ok(WasiDir::new(folder, permissions, mode, false))
    }
}

/// The folders of a session, and its temporary one.
type Opened = (GrantedFolders, Option<Arc<SessionTemporary>>);

/// Opens these folders, each once. May wait for a slow disk. Makes a temporary one if it is asked
/// for and none of these takes its place.
pub(super) fn open(grants: &[FolderGrant], asks_temporary: bool) -> Result<Opened, AdapterError> {
    let mut opened: Vec<(FolderLocation, &FolderGrant, GrantedFolder)> = Vec::new();
    for grant in grants {
        let failed = |error: io::Error| AdapterError::Folder {
            host: grant.host.clone(),
            guest: grant.guest.clone(),
            reason: reason(&error),
        };
        let dir = Dir::open_ambient_dir(&grant.host, cap_std::ambient_authority());
        let dir = dir.map_err(failed)?;
        let location = FolderLocation::of(&dir, &grant.host).map_err(failed)?;
        for (known, other, _) in &opened {
            // Writing to one would change the other, even if that is read-only; and an adapter
            // could put something else in the place of the inner one.
            if location.overlaps(known) || nested(&grant.guest, &other.guest) {
                return Err(AdapterError::FoldersOverlap {
                    one: other.to_string(),
                    other: grant.to_string(),
                });
            }
        }
        let folder = GrantedFolder {
            guest: grant.guest.clone(),
            host: grant.host.clone(),
            writable: grant.writable,
            dir,
        };
        opened.push((location, grant, folder));
    }
    let is_free = |grant: &FolderGrant| !nested(&grant.guest, temporary::GUEST);
    let mut temporary = None;
    if asks_temporary && grants.iter().all(is_free) {
        let made = SessionTemporary::create().and_then(|made| Ok((made.location()?, made)));
        let (location, made) = made.map_err(AdapterError::Temporary)?;
        // The same as for granted ones: writing to one would change the other.
        if let Some((_, grant, _)) = opened.iter().find(|(known, ..)| location.overlaps(known)) {
            return Err(AdapterError::TemporaryInside {
                folder: grant.to_string(),
            });
        }
        temporary = Some(Arc::new(made));
    }
    let folders = opened.into_iter().map(|(.., folder)| folder).collect();
    Ok((folders, temporary))
}

/// Whether one of these paths inside the sandbox lies in the other, or is the other.
pub(super) fn nested(one: &str, other: &str) -> bool {
    let (one, other) = (Path::new(one), Path::new(other));
    one.starts_with(other) || other.starts_with(one)
}

/// Why a folder cannot be opened, and what to do.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist. Make it, or name another".into(),
        io::ErrorKind::NotADirectory => "it is not a folder. Name a folder".into(),
        io::ErrorKind::PermissionDenied => {
            "this user may not open it. Ask its owner, or name another".into()
        }
        _ => format!("{error}. Make it, or name another"),
    }
}

impl fmt::Display for FolderGrant {
    /// As `--dir` takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let read_only = if self.writable { "" } else { ":ro" };
        write!(f, "{}={}{read_only}", self.host.display(), self.guest)
    }
}

impl FromStr for FolderGrant {
    type Err = String;

    /// Reads `HOST_PATH=GUEST_PATH` or `HOST_PATH=GUEST_PATH:ro`.
    fn from_str(text: &str) -> Result<Self, String> {
        let form =
            "write it as HOST_PATH=GUEST_PATH, with :ro at the end for a folder that is only read";
        let (host, guest) = text
            .rsplit_once('=')
            .filter(|(host, _)| !host.is_empty())
            .ok_or_else(|| format!("it has no `=` between two paths; {form}"))?;
        let (guest, writable) = match guest.strip_suffix(":ro") {
            Some(guest) => (guest, false),
            None => (guest, true),
        };
        let parts = || guest.split('/').skip(1);
        let plain = guest.starts_with('/') && parts().all(|part| !matches!(part, "" | "." | ".."));
        if !plain || guest.contains([':', '\\']) {
            return Err(format!(
                "{guest:?} is no path inside the sandbox, such as /inbox; {form}"
            ));
        }
        Ok(FolderGrant {
            host: host.into(),
            guest: guest.into(),
            writable,
        })
    }
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise;
    use std::fs;

    use super::*;

    fn folder(text: &str) -> FolderGrant {
        text.parse().unwrap()
    }

    #[test]
    fn folder_is_writable_without_ro() {
        assert!(folder("in=/inbox").writable);
        let read_only = folder("C:\\in=/inbox:ro");
        assert_eq!(read_only.host, Path::new("C:\\in"));
        assert_eq!(read_only.guest, "/inbox");
        assert!(!read_only.writable);
        assert_eq!(folder("a=b=/inbox").host, Path::new("a=b"));
        for text in ["in=/inbox", "C:\\in=/inbox:ro"] {
            assert_eq!(folder(text).to_string(), text);
        }
    }

    #[test]
    fn malformed_folder_shows_the_form() {
        for text in [
            "in",
            "=/inbox",
            "in=",
            "in=inbox",
            "in=/",
            "in=/a/../b",
            "in=/a//b",
            "in=/a:rw",
        ] {
            let message = text.parse::<FolderGrant>().unwrap_err();
            assert!(
                message.contains("HOST_PATH=GUEST_PATH"),
                "{text}: {message}"
            );
        }
    }

    /// Opens the folders of this place, each given as `NAME=GUEST`.
    fn opened(place: &Path, grants: &[&str]) -> Result<GrantedFolders, String> {
        let place = place.display();
        let grants = grants.iter().map(|text| folder(&format!("{place}/{text}")));
        let opened = open(&grants.collect::<Vec<_>>(), false);
        opened
            .map(|(folders, _)| folders)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn overlapping_folders_are_refused() {
        let place = tempfile::tempdir().unwrap();
        for name in ["a/inner", "b", "a-b"] {
            fs::create_dir_all(place.path().join(name)).unwrap();
        }
        let open = |grants: &[&str]| opened(place.path(), grants);
        assert_eq!(open(&["a=/a", "b=/b:ro", "a-b=/c"]).unwrap().len(), 3);
        for overlap in [
            ["a=/x", "a=/y"],
            ["a=/x", "a/inner=/y"],
            ["a/inner=/x", "a=/y"],
            ["a=/x:ro", "a/inner=/y"],
            ["a=/x:ro", "a/inner=/y:ro"],
            ["a=/x", "b/../a/inner=/y"],
            ["a=/x", "b=/x"],
            ["a=/x", "b=/x/y"],
            ["a=/x/y", "b=/x"],
        ] {
            let said = open(&overlap).unwrap_err();
            let both = overlap.iter().all(|text| said.contains(text));
            promise!("GRANT-02", both && said.contains("overlap"), "{said}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn link_to_folder_overlaps_it() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir_all(place.path().join("a/inner")).unwrap();
        std::os::unix::fs::symlink("a/inner", place.path().join("link")).unwrap();
        let said = opened(place.path(), &["a=/x", "link=/y"]).unwrap_err();
        assert!(said.contains("overlap"), "{said}");
    }

    #[test]
    fn non_folder_is_named() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("file"), "").unwrap();
        let said = opened(place.path(), &["file=/x"]).unwrap_err();
        assert!(said.contains("it is not a folder"), "{said}");
        let said = opened(place.path(), &["nothing=/x"]).unwrap_err();
        assert!(said.contains("it does not exist. Make it"), "{said}");
    }

    /// A later change of the path does not count.
    #[test]
    fn open_folder_stays_the_granted_one() {
        let place = tempfile::tempdir().unwrap();
        let (granted, moved) = (place.path().join("a"), place.path().join("moved"));
        fs::create_dir(&granted).unwrap();
        fs::write(granted.join("file"), "granted").unwrap();
        let folders = opened(place.path(), &["a=/x"]).unwrap();
        // Where an open folder cannot be renamed, nothing can take its place.
        if fs::rename(&granted, &moved).is_ok() {
            fs::create_dir(&granted).unwrap();
            fs::write(granted.join("file"), "another").unwrap();
        }
        assert_eq!(folders[0].dir.read_to_string("file").unwrap(), "granted");
    }

    /// A tool outside of the sandbox has another current folder.
    #[test]
    fn host_path_is_absolute() {
        let (here, _) = open(&[folder(".=/here")], false).unwrap();
        assert_eq!(here[0].host, Path::new("."));
        assert_eq!(here[0].host_path(), std::env::current_dir().unwrap());
    }
}
