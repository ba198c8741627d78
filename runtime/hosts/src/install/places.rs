//! Where each host looks for start-up files, by system. One function a host; the sources are the
//! makers' documentation:
//!
//! - Blender: "Blender's Directory Layout" of its manual (USER paths), "File Paths" (`startup` in a
//!   scripts folder)
//! - FreeCAD: "Start up and Configuration" and "Version Migration" (from 1.1 on, a folder a
//!   version) of its wiki
//! - Krita: "Resource Management" and "How to make a Krita Python plugin" of its manual
//! - Maya: "File path variables" of its help (`MAYA_APP_DIR`)
//! - Houdini: "Environment variables" and "Houdini packages" of its documentation
//! - Nuke: "Start-up Scripts" of its Python developer's guide

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use directories::{BaseDirs, UserDirs};

/// The systems that differ in this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatingSystem {
    Linux,
    Mac,
    Windows,
}

/// The environment's variables; one that is empty is none.
pub(super) type Variables = Box<dyn Fn(&str) -> Option<OsString>>;

/// What a place depends on: the system, the user's folders, the environment.
pub struct UserEnvironment {
    /// The operating system.
    pub system: OperatingSystem,
    /// The user's home folder.
    pub home: PathBuf,
    /// Settings: `~/.config`, `~/Library/Application Support`, `%APPDATA%`.
    pub config: PathBuf,
    /// Data: `~/.local/share`, `~/Library/Application Support`, `%APPDATA%`.
    pub data: PathBuf,
    /// `%LOCALAPPDATA%`; only asked for on Windows.
    pub local: PathBuf,
    /// Only asked for on Windows, where they may be anywhere.
    pub documents: PathBuf,
    /// Reads an environment variable.
    pub variable: Variables,
}

impl UserEnvironment {
    /// Those of this user; none for a user without a home folder.
    pub fn of_user() -> Option<Self> {
        let base = BaseDirs::new()?;
        let documents = UserDirs::new().and_then(|user| user.document_dir().map(Path::to_path_buf));
        Some(UserEnvironment {
            system: match std::env::consts::OS {
                "windows" => OperatingSystem::Windows,
                "macos" => OperatingSystem::Mac,
                _ => OperatingSystem::Linux,
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

/// The first two numbers of a host's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32, u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl FromStr for Version {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Version::read(text, '.').ok_or("write it as X.Y, such as 4.2")
    }
}

impl Version {
    fn read(text: &str, separator: char) -> Option<Self> {
        let (major, minor) = text.split_once(separator)?;
        Some(Version(major.parse().ok()?, minor.parse().ok()?))
    }
}

/// A folder of a host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostFolder {
    /// None where it is of all versions.
    pub version: Option<Version>,
    /// The folder.
    pub folder: PathBuf,
}

/// Where a host may have its folder.
pub(super) enum FolderRule {
    /// There, once it has run.
    Folder(PathBuf),
    /// In each folder of `parent` that is called `prefix` and a version, from the oldest that is
    /// any good on; and there in `inner`.
    Versions {
        parent: PathBuf,
        prefix: String,
        /// Between the numbers of a version.
        separator: char,
        oldest: Version,
        inner: String,
    },
}

impl FolderRule {
    /// The folders that are there.
    pub(super) fn found(&self) -> Vec<HostFolder> {
        let FolderRule::Versions {
            parent,
            prefix,
            separator,
            oldest,
            inner,
        } = self
        else {
            let folder = self.folder();
            let version = None;
            let found = folder.is_dir().then_some(HostFolder { version, folder });
            return found.into_iter().collect();
        };
        let mut found = Vec::new();
        for entry in parent.read_dir().into_iter().flatten().flatten() {
            let name = entry.file_name();
            let version = name.to_str().and_then(|name| name.strip_prefix(prefix));
            let version = version.and_then(|text| Version::read(text, *separator));
            let version = version.filter(|version| version >= oldest && entry.path().is_dir());
            if version.is_some() {
                let folder = joined(&entry.path(), inner);
                found.push(HostFolder { version, folder });
            }
        }
        found.sort();
        found
    }

    /// Whether all versions of the host have this folder.
    pub(super) fn is_of_all_versions(&self) -> bool {
        matches!(self, FolderRule::Folder(_))
    }

    /// Where it is looked for, for messages; with `X.Y` for a version.
    pub(super) fn folder(&self) -> PathBuf {
        match self {
            FolderRule::Folder(folder) => folder.clone(),
            FolderRule::Versions { separator, .. } => self.called(&format!("X{separator}Y")),
        }
    }

    /// The folder of this version, whether it is there or not; none where versions have none of
    /// their own.
    pub(super) fn of_version(&self, version: Version) -> Option<PathBuf> {
        match self {
            FolderRule::Versions {
                separator, oldest, ..
            } if version >= *oldest => {
                Some(self.called(&format!("{}{separator}{}", version.0, version.1)))
            }
            FolderRule::Versions { .. } | FolderRule::Folder(_) => None,
        }
    }

    fn called(&self, version: &str) -> PathBuf {
        match self {
            FolderRule::Folder(folder) => folder.clone(),
            FolderRule::Versions {
                parent,
                prefix,
                inner,
                ..
            } => joined(&parent.join(format!("{prefix}{version}")), inner),
        }
    }
}

fn joined(folder: &Path, inner: &str) -> PathBuf {
    match inner {
        "" => folder.to_path_buf(),
        inner => folder.join(inner),
    }
}

/// Folders of scripts. The entry needs the menus of 2.80.
pub(super) fn blender(of: &UserEnvironment) -> Vec<FolderRule> {
    if let Some(wished) = of.wished("BLENDER_USER_SCRIPTS") {
        return vec![FolderRule::Folder(wished)];
    }
    let parent = match of.system {
        OperatingSystem::Linux => of.config.join("blender"),
        OperatingSystem::Mac => of.config.join("Blender"),
        OperatingSystem::Windows => of.config.join("Blender Foundation").join("Blender"),
    };
    vec![FolderRule::Versions {
        parent,
        prefix: String::new(),
        separator: '.',
        oldest: Version(2, 80),
        inner: "scripts".into(),
    }]
}

/// Folders of the user's data, that hold `Mod`.
pub(super) fn freecad(of: &UserEnvironment) -> Vec<FolderRule> {
    if let Some(wished) = of.wished("FREECAD_USER_DATA") {
        return vec![FolderRule::Folder(wished)];
    }
    let folder = of.data.join("FreeCAD");
    // Before 0.20, which is too old for the entry but not for the bridge.
    let former = match of.system {
        OperatingSystem::Linux => Some(of.home.join(".FreeCAD")),
        OperatingSystem::Mac => Some(of.home.join("Library").join("Preferences").join("FreeCAD")),
        OperatingSystem::Windows => None,
    };
    let versions = FolderRule::Versions {
        parent: folder.clone(),
        prefix: "v".into(),
        separator: '-',
        oldest: Version(1, 1),
        inner: String::new(),
    };
    let mut places = vec![FolderRule::Folder(folder), versions];
    places.extend(former.map(FolderRule::Folder));
    places
}

/// The folder of resources, of all versions.
pub(super) fn krita(of: &UserEnvironment) -> Vec<FolderRule> {
    vec![FolderRule::Folder(of.data.join("krita"))]
}

/// Krita's settings.
pub(super) fn kritarc(of: &UserEnvironment) -> PathBuf {
    let folder = match of.system {
        OperatingSystem::Linux => of.config.clone(),
        OperatingSystem::Mac => of.home.join("Library").join("Preferences"),
        OperatingSystem::Windows => of.local.clone(),
    };
    folder.join("kritarc")
}

/// The folder of all versions, that holds `scripts`.
pub(super) fn maya(of: &UserEnvironment) -> Vec<FolderRule> {
    let folder = of
        .wished("MAYA_APP_DIR")
        .unwrap_or_else(|| match of.system {
            OperatingSystem::Linux => of.home.join("maya"),
            OperatingSystem::Mac => of
                .home
                .join("Library")
                .join("Preferences")
                .join("Autodesk")
                .join("maya"),
            OperatingSystem::Windows => of.documents.join("maya"),
        });
    vec![FolderRule::Folder(folder)]
}

/// Folders of preferences. Packages came with 17.5.
pub(super) fn houdini(of: &UserEnvironment) -> Vec<FolderRule> {
    let usual = match of.system {
        OperatingSystem::Linux => of.home.join("houdini__HVER__"),
        OperatingSystem::Mac => of.home.join("Library/Preferences/houdini/__HVER__"),
        OperatingSystem::Windows => of.documents.join("houdini__HVER__"),
    };
    let folder = of.wished("HOUDINI_USER_PREF_DIR").unwrap_or(usual);
    // Houdini puts its version there.
    let Some((before, after)) = folder.to_str().and_then(|text| text.split_once("__HVER__")) else {
        return vec![FolderRule::Folder(folder)];
    };
    let start = before.rfind(['/', '\\']).map_or(0, |at| at + 1);
    vec![FolderRule::Versions {
        parent: PathBuf::from(&before[..start]),
        prefix: before[start..].into(),
        separator: '.',
        oldest: Version(17, 5),
        inner: after.trim_start_matches(['/', '\\']).into(),
    }]
}

/// The folder of all versions, on every system.
pub(super) fn nuke(of: &UserEnvironment) -> Vec<FolderRule> {
    vec![FolderRule::Folder(of.home.join(".nuke"))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(system: OperatingSystem) -> UserEnvironment {
        let (config, data) = match system {
            OperatingSystem::Linux => ("/h/.config", "/h/.local/share"),
            OperatingSystem::Mac => (
                "/h/Library/Application Support",
                "/h/Library/Application Support",
            ),
            OperatingSystem::Windows => ("/h/Roaming", "/h/Roaming"),
        };
        UserEnvironment {
            system,
            home: "/h".into(),
            config: config.into(),
            data: data.into(),
            local: "/h/Local".into(),
            documents: "/h/Documents".into(),
            variable: Box::new(|_| None),
        }
    }

    fn folders(places: Vec<FolderRule>) -> Vec<String> {
        let folders = places
            .iter()
            .map(|place| place.folder().display().to_string());
        folders.map(|folder| folder.replace('\\', "/")).collect()
    }

    #[test]
    fn systems_have_their_folders() {
        let (linux, mac, windows) = (
            of(OperatingSystem::Linux),
            of(OperatingSystem::Mac),
            of(OperatingSystem::Windows),
        );
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
    fn moved_folder_is_followed() {
        for (host, name) in [
            (
                blender as fn(&UserEnvironment) -> Vec<FolderRule>,
                "BLENDER_USER_SCRIPTS",
            ),
            (freecad, "FREECAD_USER_DATA"),
            (maya, "MAYA_APP_DIR"),
            (houdini, "HOUDINI_USER_PREF_DIR"),
        ] {
            let mut surroundings = of(OperatingSystem::Linux);
            surroundings.variable = Box::new(move |asked| (asked == name).then(|| "/moved".into()));
            assert_eq!(folders(host(&surroundings)), ["/moved"], "{name}");
        }
        for (wish, folder) in [
            ("/moved/__HVER__", "/moved/X.Y"),
            ("/moved/h__HVER__/prefs", "/moved/hX.Y/prefs"),
        ] {
            let mut surroundings = of(OperatingSystem::Linux);
            surroundings.variable = Box::new(move |_| Some(wish.into()));
            assert_eq!(folders(houdini(&surroundings)), [folder]);
        }
    }

    #[test]
    fn supported_versions_are_found_in_order() {
        let place = tempfile::tempdir().unwrap();
        let mut surroundings = of(OperatingSystem::Linux);
        surroundings.config = place.path().to_path_buf();
        let parent = place.path().join("blender");
        for name in ["4.10", "4.2", "2.79", "2.80", "addons", "4"] {
            std::fs::create_dir_all(parent.join(name)).unwrap();
        }
        std::fs::write(parent.join("5.0"), "no folder").unwrap();
        let found = blender(&surroundings)[0].found();
        let expected = [(2, 80), (4, 2), (4, 10)].map(|(major, minor)| HostFolder {
            version: Some(Version(major, minor)),
            folder: parent.join(format!("{major}.{minor}/scripts")),
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn unused_version_has_a_folder() {
        let linux = of(OperatingSystem::Linux);
        let version = |text: &str| text.parse::<Version>().unwrap();
        let places =
            |host: fn(&UserEnvironment) -> Vec<FolderRule>, wished: &str| -> Vec<PathBuf> {
                let places = host(&linux);
                let folders = places.iter().map(|place| place.of_version(version(wished)));
                folders.flatten().collect()
            };
        assert_eq!(
            places(blender, "5.0"),
            [Path::new("/h/.config/blender/5.0/scripts")]
        );
        assert_eq!(
            places(freecad, "1.1"),
            [Path::new("/h/.local/share/FreeCAD/v1-1")]
        );
        assert_eq!(places(houdini, "20.5"), [Path::new("/h/houdini20.5")]);
        for (host, wished) in [
            (blender as fn(&UserEnvironment) -> Vec<FolderRule>, "2.79"),
            (freecad, "1.0"),
            (maya, "2025.1"),
            (nuke, "15.0"),
        ] {
            assert!(places(host, wished).is_empty(), "{wished}");
        }
        assert!("4".parse::<Version>().is_err() && "4.x".parse::<Version>().is_err());
        assert_eq!(version("4.10").to_string(), "4.10");
    }
}
