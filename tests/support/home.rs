//! A user's home folder, for `pyblish-endpoint host`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::{endpoint, run};

/// Each host: the folder that it makes for its user (on Linux), its start-up file there, and a file
/// of the user's that gets lines.
pub const HOSTS: [(&str, &str, &str, Option<&str>); 6] = [
    (
        "blender",
        ".config/blender/4.2",
        "scripts/startup/pyblish_endpoint_startup/__init__.py",
        None,
    ),
    (
        "freecad",
        ".local/share/FreeCAD",
        "Mod/PyblishEndpoint/InitGui.py",
        None,
    ),
    (
        "houdini",
        "houdini20.5",
        "packages/pyblish_endpoint_startup.json",
        None,
    ),
    (
        "krita",
        ".local/share/krita",
        "pykrita/pyblish_endpoint_startup/__init__.py",
        None,
    ),
    (
        "maya",
        "maya",
        "scripts/pyblish_endpoint_startup/pyblish_endpoint_maya.py",
        Some("scripts/userSetup.py"),
    ),
    (
        "nuke",
        ".nuke",
        "pyblish_endpoint_startup/pyblish_endpoint_nuke.py",
        Some("menu.py"),
    ),
];

/// A user's home folder.
pub struct Home(TempDir);

/// What a command printed, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}", self.err);
        self.out
    }

    #[track_caller]
    pub fn json(self) -> Value {
        let text = self.ok();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    #[track_caller]
    pub fn refused(self, code: i32) -> String {
        assert_eq!(self.code, code, "{} {}", self.out, self.err);
        self.err
    }
}

impl Home {
    pub fn empty() -> Home {
        Home(tempfile::tempdir().unwrap())
    }

    /// A home folder with the folder of each host.
    pub fn with_all() -> Home {
        let home = Home::empty();
        for (_, folder, _, _) in HOSTS {
            fs::create_dir_all(home.path(folder)).unwrap();
        }
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn set(&self, command: &mut Command) {
        command
            .env("HOME", self.0.path())
            .env("XDG_CONFIG_HOME", self.path(".config"))
            .env("XDG_DATA_HOME", self.path(".local/share"))
            .env("XDG_RUNTIME_DIR", self.path("run"));
        for moved in [
            "BLENDER_USER_SCRIPTS",
            "FREECAD_USER_DATA",
            "HOUDINI_USER_PREF_DIR",
            "MAYA_APP_DIR",
        ] {
            command.env_remove(moved);
        }
    }

    /// `pyblish-endpoint host` and these arguments.
    #[track_caller]
    pub fn host(&self, arguments: &[&str]) -> Said {
        let mut command = endpoint();
        command.arg("host").args(arguments);
        self.set(&mut command);
        // A host of this machine that is on PATH gets its folder; in these tests there is none.
        command.env_remove("PATH");
        let (output, err) = run(command);
        Said {
            code: output.status.code().expect("it was not killed"),
            out: String::from_utf8(output.stdout).unwrap(),
            err,
        }
    }

    /// The entry of this host in `host list`.
    #[track_caller]
    pub fn state(&self, host: &str) -> Value {
        let list = self.host(&["list", host, "--json"]).json();
        assert_eq!(list.as_array().unwrap().len(), 1, "{list:#}");
        list[0].clone()
    }

    /// Everything in it: the files with their bytes, the folders with none.
    pub fn tree(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        tree(self.0.path())
    }
}

/// Puts the program at this path, as a package does: a link to the same file, where the file system
/// has such links.
pub fn put_program(path: &Path) {
    let program = endpoint().get_program().to_owned();
    if fs::hard_link(&program, path).is_err() {
        fs::copy(program, path).unwrap();
    }
}

/// Everything in this folder: the files with their bytes, the folders with none.
pub fn tree(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in folder.read_dir().unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(tree(&path));
            found.insert(path, None);
        } else {
            found.insert(path.clone(), Some(fs::read(&path).unwrap()));
        }
    }
    found
}
