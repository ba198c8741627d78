//! The Pythons of the tests and of the adapter that contains a Python, each with its packages.

use crate::python::Environment;

/// The reference Pyblish, which the runtime must match exactly.
pub const JUDGE: Environment = Environment {
    folder: "parity-python",
    package: "pyblish-base",
    version: "1.8.12",
    beside: &[],
    purpose: "which plays the tests' scenarios",
    size: "",
    only: None,
};

/// Compares the REST API with its document.
pub const API: Environment = Environment {
    folder: "api-python",
    package: "schemathesis",
    version: "4.32.0",
    beside: &[("openapi-spec-validator", "0.9.0")],
    purpose: "which tests the REST API",
    size: "",
    only: None,
};

/// The library with which the first Pyblish Endpoint served.
pub const FLASK: Environment = Environment {
    folder: "flask-python",
    package: "flask",
    version: "3.1.3",
    beside: &[],
    purpose: "whose import the start is compared with",
    size: "",
    only: None,
};

/// Checks the Python client: its types, its syntax for Python 3.7, and its installation.
pub const CLIENT: Environment = Environment {
    folder: "client-python",
    package: "mypy",
    version: "2.4.1",
    beside: &[
        ("vermin", "1.9.2"),
        ("setuptools", "84.2.1"),
        ("openapi-python-client", "0.29.1"),
    ],
    purpose: "which checks the Python client, and makes one from the OpenAPI document",
    size: "",
    only: None,
};

/// Plug-ins of others: those of pyblish-base's tests, of two frontends, and of packages for hosts.
pub const OTHERS: Environment = Environment {
    folder: "others-python",
    package: "pyblish-lite",
    version: "0.8.12",
    beside: &[
        (JUDGE.package, JUDGE.version),
        ("pyblish-qml", "1.11.5"),
        ("pyblish-starter", "0.2.2"),
        ("pyblish-maya", "2.1.8"),
        ("pyblish-nuke", "2.1.2"),
        ("pyblish-houdini", "1.1.2"),
        ("pyblish-photoshop", "0.1.0"),
    ],
    purpose: "whose plug-ins are published, and whose QML host ours is compared with",
    size: "",
    only: None,
};

/// QML with its window. pyblish-qml does not support a Python later than 3.11.
pub const QML: Environment = Environment {
    folder: "qml-python",
    package: "pyblish-qml",
    version: "1.11.5",
    beside: &[(JUDGE.package, JUDGE.version), ("PyQt5", "5.15.11")],
    purpose: "which shows Pyblish QML",
    size: " (70 MB to download, once; 190 MB unpacked)",
    only: Some((3, 11)),
};

/// Blender as a Python module, as a host; each release supports one Python.
pub const BLENDER: Environment = Environment {
    folder: "hosts",
    package: "bpy",
    version: "5.0.1",
    beside: &[(JUDGE.package, JUDGE.version)],
    purpose: "which is used as a host",
    size: " (374 MB to download, once; 970 MB unpacked)",
    only: Some((3, 11)),
};

/// Builds programs for other systems, and packs wheels. zig comes as a package of PyPI.
pub const RELEASES: Environment = Environment {
    folder: "dist-python",
    package: "cargo-zigbuild",
    version: "0.24.1",
    beside: &[("ziglang", "0.15.2"), ("wheel", "0.48.0")],
    purpose: "which builds programs for other systems",
    size: " (100 MB to download, once)",
    only: None,
};

/// Resolves the rez package.
pub const REZ: Environment = Environment {
    folder: "rez-python",
    package: "rez",
    version: "3.4.0",
    beside: &[],
    purpose: "which resolves the rez package",
    size: "",
    only: None,
};

/// Runs the bundles of jobs that are handed over, as a farm does.
pub const OPENJD: Environment = Environment {
    folder: "openjd-python",
    package: "openjd-cli",
    version: "0.8.0",
    beside: &[],
    purpose: "which runs job bundles",
    size: "",
    only: None,
};

/// Builds a component from Python files, with the Pyblish that goes into it.
pub const COMPONENTIZE: Environment = Environment {
    folder: "componentize-python",
    package: "componentize-py",
    version: "0.25.1",
    beside: &[(JUDGE.package, JUDGE.version)],
    purpose: "which builds the adapter pyplugins",
    size: " (33 MB to download, once)",
    only: None,
};
