//! The hosts that can be set up: what goes where in a host's folder.

use std::path::{Path, PathBuf};

use super::places::{self, FolderRule, HostFolder, UserEnvironment, Version};
use super::program;

macro_rules! bridge_file {
    ($path:literal) => {
        include_str!(concat!("../../../../bridge/", $path))
    };
}

/// What every host gets, beside its own start-up file.
pub(super) const SHARED: [(&str, &str); 3] = [
    ("pyblish_endpoint_bridge.py", pyblish_bridge::BRIDGE),
    (
        "pyblish_endpoint_menu.py",
        bridge_file!("pyblish_endpoint_menu.py"),
    ),
    (
        "pyblish_endpoint_program.py",
        bridge_file!("pyblish_endpoint_program.py"),
    ),
];

/// The key that switches the plug-in on, in Krita's settings.
pub(super) const KRITA_KEY: &str = "enable_pyblish_endpoint_startup";

/// A host that can be set up.
#[derive(Debug, Clone, Copy)]
pub struct SupportedHost {
    /// The name that plug-ins and adapters use.
    pub name: &'static str,
    /// The name that its makers use.
    pub label: &'static str,
    /// What to name with `--into`, with an example.
    pub usual: &'static str,
    /// The name of its program, where that says its version and needs no window for it.
    pub(super) program: Option<&'static str>,
    /// How its own Python is started.
    pub python: &'static str,
    /// Where users find the entry in its menu.
    pub menu: &'static str,
    /// Where its folder may be.
    pub(super) places: fn(&UserEnvironment) -> Vec<FolderRule>,
    /// Our own folder in it, which nobody else writes to. Not `pyblish_endpoint`, which is the name
    /// of a library.
    pub(super) folder: &'static str,
    /// Start-up files: where in our folder, and the text.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// Files of ours that must be elsewhere in its folder.
    pub(super) outside: &'static [(&'static str, &'static str)],
    /// A file of the user's that starts what is in our folder: the file, and the module that it is
    /// to import.
    pub(super) block: Option<(&'static str, &'static str)>,
    /// The settings in which it is to be switched on.
    pub(super) settings: Option<fn(&UserEnvironment) -> PathBuf>,
}

/// Any Python of the machine.
const PYTHON: &str = if cfg!(windows) { "py" } else { "python3" };

const HOUDINI: &str = bridge_file!("startup/houdini.py");

/// All of them, by name.
pub const SUPPORTED_HOSTS: [SupportedHost; 6] = [
    SupportedHost {
        name: "blender",
        label: "Blender",
        usual: "a folder of scripts, such as ~/.config/blender/4.2/scripts",
        program: Some("blender"),
        python: "blender -b --python-expr",
        menu: "File, Publish",
        places: places::blender,
        folder: "startup/pyblish_endpoint_startup",
        files: &[("__init__.py", bridge_file!("startup/blender.py"))],
        outside: &[],
        block: None,
        settings: None,
    },
    SupportedHost {
        name: "freecad",
        label: "FreeCAD",
        usual: "the folder that holds Mod, such as ~/.local/share/FreeCAD",
        program: Some("freecad"),
        python: PYTHON,
        menu: "File, Publish",
        places: places::freecad,
        folder: "Mod/PyblishEndpoint",
        files: &[("InitGui.py", bridge_file!("startup/freecad.py"))],
        outside: &[],
        block: None,
        settings: None,
    },
    SupportedHost {
        name: "houdini",
        label: "Houdini",
        usual: "the folder of preferences, such as ~/houdini20.5",
        program: None,
        python: "hython",
        menu: "File, Publish",
        places: places::houdini,
        folder: "pyblish_endpoint_startup",
        // One for each Python that Houdini has had.
        files: &[
            ("python2.7libs/uiready.py", HOUDINI),
            ("python3.7libs/uiready.py", HOUDINI),
            ("python3.9libs/uiready.py", HOUDINI),
            ("python3.10libs/uiready.py", HOUDINI),
            ("python3.11libs/uiready.py", HOUDINI),
            ("python3.12libs/uiready.py", HOUDINI),
            ("python3.13libs/uiready.py", HOUDINI),
            (
                "MainMenuCommon.xml",
                bridge_file!("startup/houdini_menu.xml"),
            ),
        ],
        outside: &[(
            "packages/pyblish_endpoint_startup.json",
            bridge_file!("startup/houdini_package.json"),
        )],
        block: None,
        settings: None,
    },
    SupportedHost {
        name: "krita",
        label: "Krita",
        usual: "the folder of resources, such as ~/.local/share/krita",
        program: None,
        python: PYTHON,
        menu: "Tools, Scripts, Publish",
        places: places::krita,
        folder: "pykrita/pyblish_endpoint_startup",
        files: &[("__init__.py", bridge_file!("startup/krita.py"))],
        outside: &[(
            "pykrita/pyblish_endpoint_startup.desktop",
            bridge_file!("startup/krita.desktop"),
        )],
        block: None,
        settings: Some(places::kritarc),
    },
    SupportedHost {
        name: "maya",
        label: "Maya",
        usual: "the folder that holds scripts, such as ~/maya",
        program: None,
        python: "mayapy",
        menu: "Pyblish, Publish",
        places: places::maya,
        folder: "scripts/pyblish_endpoint_startup",
        files: &[("pyblish_endpoint_maya.py", bridge_file!("startup/maya.py"))],
        outside: &[],
        block: Some(("scripts/userSetup.py", "pyblish_endpoint_maya")),
        settings: None,
    },
    SupportedHost {
        name: "nuke",
        label: "Nuke",
        usual: "the folder ~/.nuke, or one of $NUKE_PATH",
        program: None,
        python: PYTHON,
        menu: "File, Publish",
        places: places::nuke,
        folder: "pyblish_endpoint_startup",
        files: &[("pyblish_endpoint_nuke.py", bridge_file!("startup/nuke.py"))],
        outside: &[],
        block: Some(("menu.py", "pyblish_endpoint_nuke")),
        settings: None,
    },
];

impl SupportedHost {
    /// The folders that it has on this machine.
    pub fn found(&self, surroundings: &UserEnvironment) -> Vec<HostFolder> {
        let places = (self.places)(surroundings);
        places.iter().flat_map(FolderRule::found).collect()
    }

    /// The folder that it will have on this machine, where it is on PATH and has never run.
    pub(super) fn first_folder(&self, surroundings: &UserEnvironment) -> Option<PathBuf> {
        let version = program::version(self.program?, surroundings)?;
        let of_all = || {
            let mut places = (self.places)(surroundings).into_iter();
            Some(places.find(FolderRule::is_of_all_versions)?.folder())
        };
        self.of_version(version, surroundings).or_else(of_all)
    }

    /// The folders where it would be.
    pub fn looked_for(&self, surroundings: &UserEnvironment) -> Vec<PathBuf> {
        let places = (self.places)(surroundings);
        places.iter().map(FolderRule::folder).collect()
    }

    /// The folder of this version, whether it is there or not; none where versions have none of
    /// their own.
    pub(super) fn of_version(
        &self,
        version: Version,
        surroundings: &UserEnvironment,
    ) -> Option<PathBuf> {
        let places = (self.places)(surroundings);
        places.iter().find_map(|place| place.of_version(version))
    }

    /// How pyblish-base gets into our folder, where the host's Python has none. Pyblish needs
    /// nothing but Python, so any Python of the machine can put it there.
    pub fn pip(&self, folder: &Path) -> String {
        let folder = folder.display();
        match self.name {
            "blender" => format!(
                "{} \"import subprocess, sys; subprocess.check_call([sys.executable, '-m', 'pip', 'install', \
                 '--target', r'{folder}', 'pyblish-base'])\"",
                self.python
            ),
            _ => format!(
                "{} -m pip install --target \"{folder}\" pyblish-base",
                self.python
            ),
        }
    }
}
