//! The Python client, `clients/python`: its own tests, in Python, use it with the real binary. Its
//! types are checked, and so is that Python 3.7 can read it. The Python is the one that xtask
//! makes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pyblish_endpoint_tests::endpoint;
use tempfile::TempDir;

/// The supported Pythons, by the number after the 3.
const PYTHONS: std::ops::RangeInclusive<u32> = 7..=14;

#[test]
fn own_tests_pass() {
    passes(&made());
}

/// Those in `PATH`, besides the one that xtask made.
#[test]
fn own_tests_pass_on_every_python() {
    let here = version(&made()).expect("xtask's Python");
    for number in PYTHONS {
        let python = PathBuf::from(format!("python3.{number}"));
        if let Some(found) = version(&python).filter(|found| *found != here) {
            println!("Python {found}");
            passes(&python);
        }
    }
}

#[test]
fn types_are_strict() {
    let cache = tempfile::tempdir().unwrap();
    for platform in ["linux", "darwin", "win32"] {
        let mut mypy = python(&made());
        mypy.args(["-m", "mypy", "--strict", "--platform", platform]);
        mypy.arg("--cache-dir").arg(cache.path());
        said(mypy.args(["pyblish_endpoint_client", "examples"]));
    }
    let mut vermin = python(&made());
    // It is no module that can be run by name.
    vermin.args(["-c", "import vermin; vermin.main()", "--target=3.7-"]);
    vermin.args(["--eval-annotations", "--no-tips", "--violations"]);
    said(vermin.args(["pyblish_endpoint_client", "examples", "tests"]));
}

/// Like `pip install clients/python`, without asking PyPI for build tools.
#[test]
fn package_installs() {
    let (copy, site) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // Copied, because a build writes beside the sources.
    copied(&client(), copy.path());
    let mut pip = python(&made());
    pip.args(["-m", "pip", "install", "--quiet", "--no-input"]);
    pip.args(["--disable-pip-version-check", "--no-build-isolation"]);
    pip.args(["--no-index", "--target"]).arg(site.path());
    said(pip.arg(copy.path()));
    let ask = "import importlib.metadata as m, pyblish_endpoint_client as c; \
        print(m.version('pyblish-endpoint-client'), c.__version__, m.requires('pyblish-endpoint-client'), c.__file__)";
    let mut asked = python(&made());
    asked.env("PYTHONPATH", site.path()).args(["-c", ask]);
    let version = env!("CARGO_PKG_VERSION");
    let package = site.path().join("pyblish_endpoint_client");
    let file = package.join("__init__.py");
    let answer = format!("{version} {version} None {}", file.display());
    assert_eq!(said(asked.current_dir(site.path())).trim(), answer);
    assert!(package.join("py.typed").is_file());
}

/// Runs its tests with this Python.
#[track_caller]
fn passes(path: &Path) {
    let certificate = certificate();
    let mut tests = python(path);
    tests
        .args(["-B", "-W", "error::ResourceWarning"])
        .args(["-m", "unittest", "discover", "-s", "tests"])
        .env("PYBLISH_ENDPOINT", endpoint().get_program())
        .env("PYBLISH_ENDPOINT_TLS", certificate.path());
    let said = said(&mut tests);
    // Finding no test is a failure.
    assert!(said.contains("Ran ") && !said.contains("Ran 0 "), "{said}");
}

/// Runs a command that must succeed. Returns its output.
#[track_caller]
fn said(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{command:?}: {error}; `cargo xtask test` makes what it starts")
    });
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said += &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    println!("{said}");
    said
}

/// A command of this Python in the client's folder, with the environment for starting the binary.
fn python(path: &Path) -> Command {
    let mut command = Command::new(path);
    command.current_dir(client());
    for (name, value) in endpoint().get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// None if it does not start.
fn version(python: &Path) -> Option<String> {
    let ask = "import sys; print('%d.%d' % sys.version_info[:2])";
    let output = Command::new(python).args(["-c", ask]).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| said.trim().to_owned())
}

/// The Python that xtask made.
fn made() -> PathBuf {
    pyblish_endpoint_tests::python("client-python")
}

fn client() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients/python")
}

/// A folder with a certificate of the loopback, and its key.
fn certificate() -> TempDir {
    let names = ["localhost", "127.0.0.1"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let write = |name, text| fs::write(folder.path().join(name), text).unwrap();
    write("cert.pem", made.cert.pem());
    write("key.pem", made.signing_key.serialize_pem());
    folder
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copied(&entry.path(), &place),
            false => drop(fs::copy(entry.path(), place).unwrap()),
        }
    }
}
