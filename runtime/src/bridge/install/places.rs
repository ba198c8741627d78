//! Where each host looks for what is to start with it, by system. One function a host; the facts are its makers':
//!
//! - Blender: "Blender's Directory Layout" of its manual (USER paths), "File Paths" (`startup` in a scripts folder)
//! - FreeCAD: "Start up and Configuration" and "Version Migration" (from 1.1 on, a folder a version) of its wiki
//! - Krita: "Resource Management" and "How to make a Krita Python plugin" of its manual
//! - Maya: "File path variables" of its help (`MAYA_APP_DIR`)
//! - Houdini: "Environment variables" and "Houdini packages" of its documentation
//! - Nuke: "Start-up Scripts" of its Python developer's guide

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use directories::{BaseDirs, UserDirs};

/// The systems that differ in this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Linux,
    Mac,
    Windows,
}

/// What a place depends on: the system, the user's folders, the environment.
pub struct Surroundings {
    pub system: System,
    pub home: PathBuf,
    /// Settings: `~/.config`, `~/Library/Application Support`, `%APPDATA%`.
    pub config: PathBuf,
    /// Data: `~/.local/share`, `~/Library/Application Support`, `%APPDATA%`.
    pub data: PathBuf,
    /// `%LOCALAPPDATA%`; only asked for on Windows.
    pub local: PathBuf,
    /// Only asked for on Windows, where they may be anywhere.
    pub documents: PathBuf,
    pub variable: Box<dyn Fn(&str) -> Option<OsString>>,
}

impl Surroundings {
    /// Those of this user; none for a user without a home folder.
    pub fn of_user() -> Option<Self> {
        let base = BaseDirs::new()?;
        let documents = UserDirs::new().and_then(|user| user.document_dir().map(Path::to_path_buf));
        Some(Surroundings {
            system: match std::env::consts::OS {
                "windows" => System::Windows,
                "macos" => System::Mac,
                _ => System::Linux,
            },
            home: base.home_dir().to_path_buf(),
            config: base.config_dir().to_path_buf(),
            data: base.data_dir().to_path_buf(),
            local: base.data_local_dir().to_path_buf(),
            documents: documents.unwrap_or_else(|| base.home_dir().join("Documents")),
            variable: Box::new(|name| std::env::var_os(name).filter(|value| !value.is_empty())),
        })
    }

    /// The folder that the user has put the host's in.
    fn wished(&self, variable: &str) -> Option<PathBuf> {
        (self.variable)(variable).map(PathBuf::from)
    }
}

/// Where a host may have its folder.
pub enum Place {
    /// There, once it has run.
    Folder(PathBuf),
    /// In each folder of `parent` that is called `prefix` and a version, from the oldest that is any good on; and
    /// there in `inner`.
    Versions {
        parent: PathBuf,
        prefix: &'static str,
        /// Between the numbers of a version.
        separator: char,
        oldest: (u32, u32),
        inner: &'static str,
    },
}

impl Place {
    /// The folders that are there.
    pub fn found(&self) -> Vec<PathBuf> {
        let Place::Versions { parent, inner, .. } = self else {
            let folder = self.folder();
            return if folder.is_dir() {
                vec![folder]
            } else {
                Vec::new()
            };
        };
        let mut found = Vec::new();
        for entry in parent.read_dir().into_iter().flatten().flatten() {
            let version = entry
                .file_name()
                .to_str()
                .and_then(|name| self.version(name));
            if let Some(version) = version.filter(|_| entry.path().is_dir()) {
                found.push((version, joined(&entry.path(), inner)));
            }
        }
        found.sort();
        found.into_iter().map(|(_, folder)| folder).collect()
    }

    /// Where it is looked for, for who found nothing; with `X.Y` for a version.
    pub fn folder(&self) -> PathBuf {
        match self {
            Place::Folder(folder) => folder.clone(),
            Place::Versions {
                parent,
                prefix,
                separator,
                inner,
                ..
            } => joined(&parent.join(format!("{prefix}X{separator}Y")), inner),
        }
    }

    fn version(&self, name: &str) -> Option<(u32, u32)> {
        let Place::Versions {
            prefix,
            separator,
            oldest,
            ..
        } = self
        else {
            return None;
        };
        let (major, minor) = name.strip_prefix(prefix)?.split_once(*separator)?;
        let version = (major.parse().ok()?, minor.parse().ok()?);
        (version >= *oldest).then_some(version)
    }
}

fn joined(folder: &Path, inner: &str) -> PathBuf {
    match inner {
        "" => folder.to_path_buf(),
        inner => folder.join(inner),
    }
}

/// Folders of scripts. The entry needs the menus of 2.80.
pub(super) fn blender(of: &Surroundings) -> Vec<Place> {
    if let Some(wished) = of.wished("BLENDER_USER_SCRIPTS") {
        return vec![Place::Folder(wished)];
    }
    let parent = match of.system {
        System::Linux => of.config.join("blender"),
        System::Mac => of.config.join("Blender"),
        System::Windows => of.config.join("Blender Foundation").join("Blender"),
    };
    vec![Place::Versions {
        parent,
        prefix: "",
        separator: '.',
        oldest: (2, 80),
        inner: "scripts",
    }]
}

/// Folders of the user's data, that hold `Mod`.
pub(super) fn freecad(of: &Surroundings) -> Vec<Place> {
    if let Some(wished) = of.wished("FREECAD_USER_DATA") {
        return vec![Place::Folder(wished)];
    }
    let folder = of.data.join("FreeCAD");
    // Before 0.20, which is too old for the entry but not for the bridge.
    let former = match of.system {
        System::Linux => Some(of.home.join(".FreeCAD")),
        System::Mac => Some(of.home.join("Library").join("Preferences").join("FreeCAD")),
        System::Windows => None,
    };
    let versions = Place::Versions {
        parent: folder.clone(),
        prefix: "v",
        separator: '-',
        oldest: (1, 1),
        inner: "",
    };
    let mut places = vec![Place::Folder(folder), versions];
    places.extend(former.map(Place::Folder));
    places
}

/// The folder of resources, of all versions.
pub(super) fn krita(of: &Surroundings) -> Vec<Place> {
    vec![Place::Folder(of.data.join("krita"))]
}

/// Krita's settings.
pub(super) fn kritarc(of: &Surroundings) -> PathBuf {
    let folder = match of.system {
        System::Linux => of.config.clone(),
        System::Mac => of.home.join("Library").join("Preferences"),
        System::Windows => of.local.clone(),
    };
    folder.join("kritarc")
}

/// The folder of all versions, that holds `scripts`.
pub(super) fn maya(of: &Surroundings) -> Vec<Place> {
    let folder = of
        .wished("MAYA_APP_DIR")
        .unwrap_or_else(|| match of.system {
            System::Linux => of.home.join("maya"),
            System::Mac => of
                .home
                .join("Library")
                .join("Preferences")
                .join("Autodesk")
                .join("maya"),
            System::Windows => of.documents.join("maya"),
        });
    vec![Place::Folder(folder)]
}

/// Folders of preferences. Packages came with 17.5.
pub(super) fn houdini(of: &Surroundings) -> Vec<Place> {
    // It may hold `__HVER__`, for the version.
    let wished = of.wished("HOUDINI_USER_PREF_DIR");
    let of_all = |path: &PathBuf| path.to_string_lossy().contains("__HVER__");
    if let Some(wished) = wished.filter(|path| !of_all(path)) {
        return vec![Place::Folder(wished)];
    }
    let (parent, prefix) = match of.system {
        System::Linux => (of.home.clone(), "houdini"),
        System::Mac => (
            of.home.join("Library").join("Preferences").join("houdini"),
            "",
        ),
        System::Windows => (of.documents.clone(), "houdini"),
    };
    vec![Place::Versions {
        parent,
        prefix,
        separator: '.',
        oldest: (17, 5),
        inner: "",
    }]
}

/// The folder of all versions, on every system.
pub(super) fn nuke(of: &Surroundings) -> Vec<Place> {
    vec![Place::Folder(of.home.join(".nuke"))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(system: System) -> Surroundings {
        let (config, data) = match system {
            System::Linux => ("/h/.config", "/h/.local/share"),
            System::Mac => (
                "/h/Library/Application Support",
                "/h/Library/Application Support",
            ),
            System::Windows => ("/h/Roaming", "/h/Roaming"),
        };
        Surroundings {
            system,
            home: "/h".into(),
            config: config.into(),
            data: data.into(),
            local: "/h/Local".into(),
            documents: "/h/Documents".into(),
            variable: Box::new(|_| None),
        }
    }

    fn folders(places: Vec<Place>) -> Vec<String> {
        let folders = places
            .iter()
            .map(|place| place.folder().display().to_string());
        folders.map(|folder| folder.replace('\\', "/")).collect()
    }

    #[test]
    fn each_system_has_its_own() {
        let (linux, mac, windows) = (of(System::Linux), of(System::Mac), of(System::Windows));
        let support = "/h/Library/Application Support";
        assert_eq!(folders(blender(&linux)), ["/h/.config/blender/X.Y/scripts"]);
        assert_eq!(
            folders(blender(&mac)),
            [format!("{support}/Blender/X.Y/scripts")]
        );
        assert_eq!(
            folders(blender(&windows)),
            ["/h/Roaming/Blender Foundation/Blender/X.Y/scripts"]
        );
        let freecads = [
            "/h/.local/share/FreeCAD",
            "/h/.local/share/FreeCAD/vX-Y",
            "/h/.FreeCAD",
        ];
        assert_eq!(folders(freecad(&linux)), freecads);
        assert_eq!(
            folders(freecad(&windows)),
            ["/h/Roaming/FreeCAD", "/h/Roaming/FreeCAD/vX-Y"]
        );
        assert_eq!(folders(krita(&mac)), [format!("{support}/krita")]);
        assert_eq!(kritarc(&linux), Path::new("/h/.config/kritarc"));
        assert_eq!(kritarc(&mac), Path::new("/h/Library/Preferences/kritarc"));
        assert_eq!(kritarc(&windows), Path::new("/h/Local/kritarc"));
        assert_eq!(folders(maya(&linux)), ["/h/maya"]);
        assert_eq!(
            folders(maya(&mac)),
            ["/h/Library/Preferences/Autodesk/maya"]
        );
        assert_eq!(folders(maya(&windows)), ["/h/Documents/maya"]);
        assert_eq!(folders(houdini(&linux)), ["/h/houdiniX.Y"]);
        assert_eq!(
            folders(houdini(&mac)),
            ["/h/Library/Preferences/houdini/X.Y"]
        );
        assert_eq!(folders(houdini(&windows)), ["/h/Documents/houdiniX.Y"]);
        assert_eq!(folders(nuke(&windows)), ["/h/.nuke"]);
    }

    #[test]
    fn who_has_moved_a_hosts_folder_is_followed() {
        for (host, name) in [
            (
                blender as fn(&Surroundings) -> Vec<Place>,
                "BLENDER_USER_SCRIPTS",
            ),
            (freecad, "FREECAD_USER_DATA"),
            (maya, "MAYA_APP_DIR"),
            (houdini, "HOUDINI_USER_PREF_DIR"),
        ] {
            let mut surroundings = of(System::Linux);
            surroundings.variable = Box::new(move |asked| (asked == name).then(|| "/moved".into()));
            assert_eq!(folders(host(&surroundings)), ["/moved"], "{name}");
        }
        let mut surroundings = of(System::Linux);
        surroundings.variable = Box::new(|_| Some("/moved/__HVER__".into()));
        assert_eq!(folders(houdini(&surroundings)), ["/h/houdiniX.Y"]);
    }

    #[test]
    fn every_version_is_found_that_is_new_enough_in_order() {
        let place = tempfile::tempdir().unwrap();
        let mut surroundings = of(System::Linux);
        surroundings.config = place.path().to_path_buf();
        let parent = place.path().join("blender");
        for name in ["4.10", "4.2", "2.79", "2.80", "addons", "4"] {
            std::fs::create_dir_all(parent.join(name)).unwrap();
        }
        std::fs::write(parent.join("5.0"), "no folder").unwrap();
        let found = blender(&surroundings)[0].found();
        let expected = ["2.80", "4.2", "4.10"].map(|name| parent.join(name).join("scripts"));
        assert_eq!(found, expected);
    }
}
