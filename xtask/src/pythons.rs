//! The Pythons that there are: each with the packages that one of the tests needs, or the adapter that has a Python inside.

use crate::python::Environment;

/// The Pyblish that the runtime must agree with, to the letter.
pub const JUDGE: Environment = Environment {
    folder: "parity-python",
    package: "pyblish-base",
    version: "1.8.12",
    beside: &[],
    purpose: "which plays the tests' scenarios",
    size: "",
    only: None,
};

/// What compares the REST API with its document.
pub const API: Environment = Environment {
    folder: "api-python",
    package: "schemathesis",
    version: "4.32.0",
    beside: &[],
    purpose: "which tries the REST API",
    size: "",
    only: None,
};

/// What reads the Python client: its types, whether Python 3.7 can read it, and what installs it.
pub const CLIENT: Environment = Environment {
    folder: "client-python",
    package: "mypy",
    version: "2.4.1",
    beside: &[("vermin", "1.9.2"), ("setuptools", "84.2.1")],
    purpose: "which reads and installs the Python client",
    size: "",
    only: None,
};

/// Plug-ins that others wrote: pyblish-base's tests, and what two frontends show.
pub const OTHERS: Environment = Environment {
    folder: "others-python",
    package: "pyblish-lite",
    version: "0.8.12",
    beside: &[(JUDGE.package, JUDGE.version), ("pyblish-qml", "1.11.5")],
    purpose: "whose plug-ins are published, and whose QML's own host ours is held against",
    size: "",
    only: None,
};

/// QML with its window. PyQt5 is for several Pythons, pyblish-qml for none later than 3.11.
pub const QML: Environment = Environment {
    folder: "qml-python",
    package: "pyblish-qml",
    version: "1.11.5",
    beside: &[(JUDGE.package, JUDGE.version), ("PyQt5", "5.15.11")],
    purpose: "which shows Pyblish QML",
    size: " (70 MB to download, once; 190 MB unpacked)",
    only: Some((3, 11)),
};

/// Blender as a module, as a host; each release of it is for one Python.
pub const BLENDER: Environment = Environment {
    folder: "hosts",
    package: "bpy",
    version: "5.0.1",
    beside: &[(JUDGE.package, JUDGE.version)],
    purpose: "which is published from",
    size: " (374 MB to download, once; 970 MB unpacked)",
    only: Some((3, 11)),
};

/// What makes a component of Python files, and the Pyblish that goes into it.
pub const COMPONENTIZE: Environment = Environment {
    folder: "componentize-python",
    package: "componentize-py",
    version: "0.25.1",
    beside: &[(JUDGE.package, JUDGE.version)],
    purpose: "which makes the adapter pyplugins",
    size: " (33 MB to download, once)",
    only: None,
};
