//! The plug-ins of others, as folders of plug-ins: unchanged files of the packages in the tests'
//! Python.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pyblish_endpoint_tests::hosts::{Place, python};

/// Files of plug-ins.
pub struct Set {
    /// Where a file is taken from, and where it is put in the folder.
    files: Vec<(PathBuf, &'static str)>,
}

impl Set {
    /// pyblish-base's own, and those that its tests have in a file.
    pub fn base() -> Set {
        Set {
            files: vec![
                (pyblish().join("pyblish/plugins"), "."),
                (pyblish().join("tests/plugins.py"), "plugins.py"),
            ],
        }
    }

    /// pyblish-base's tests.
    pub fn tests() -> Set {
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("parity/third_party");
        Set {
            files: vec![
                (ours.join("suite.py"), "suite.py"),
                (ours.join("nose"), "library/nose"),
                (pyblish().join("tests"), "library/tests"),
            ],
        }
    }

    pub fn lite() -> Set {
        Set {
            files: vec![(frontends().join("pyblish_lite/mock.py"), "mock.py")],
        }
    }

    pub fn qml() -> Set {
        Set {
            files: vec![(frontends().join("pyblish_qml/ipc/mocking.py"), "mocking.py")],
        }
    }

    /// Collectors, validators, extractors and the integrator of the packages for four hosts, with
    /// stand-ins for the hosts' modules (`standins`).
    pub fn hosts() -> Set {
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("parity/third_party/standins");
        let packages = frontends();
        let package = |name: &str| packages.join(name);
        Set {
            files: vec![
                (ours.join("studio.py"), "studio.py"),
                (ours.join("library"), "library"),
                (
                    package("pyblish_starter"),
                    "library/packages/pyblish_starter",
                ),
                (
                    package("pyblish_maya/plugins"),
                    "library/packages/maya_plugins",
                ),
                (
                    package("pyblish_nuke/plugins"),
                    "library/packages/nuke_plugins",
                ),
                (
                    package("pyblish_houdini/plugins"),
                    "library/packages/houdini_plugins",
                ),
                (
                    package("pyblish_photoshop/plugins"),
                    "library/packages/photoshop_plugins",
                ),
            ],
        }
    }

    /// A place with these plug-ins.
    pub fn place(&self) -> Place {
        let place = Place::with("");
        let folder = place.path("plugins");
        fs::remove_file(folder.join("plugins.py")).expect("none of ours");
        for (from, to) in &self.files {
            copy(from, &folder.join(to));
        }
        place
    }
}

/// Copies a file, or the Python files of a folder.
fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        let copied = fs::copy(from, to);
        copied.unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        return;
    }
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        if path.extension().is_some_and(|extension| extension == "py")
            || path.is_dir() && name != "__pycache__"
        {
            copy(&path, &to.join(name));
        }
    }
}

/// Where the packages of a Python are.
fn packages(python: &Path) -> PathBuf {
    let line = "import sysconfig; print(sysconfig.get_path('purelib'))";
    let output = Command::new(python).args(["-I", "-c", line]).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", python.display()));
    let path = String::from_utf8(output.stdout).expect("a path");
    PathBuf::from(path.trim())
}

/// Where pyblish-base is, with its tests.
pub fn pyblish() -> PathBuf {
    packages(&python())
}

/// Where the frontends are, which have tests of the same name.
fn frontends() -> PathBuf {
    packages(&pyblish_endpoint_tests::python("others-python"))
}
