//! Which adapter is for a host, by the version of the host that is running, and several versions of
//! an adapter side by side. The host is a plain Python with the bridge, and its adapter the real one.

#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pyblish_adapter::{HostVersions, manifest};
use pyblish_endpoint_tests::hosts::{Host, Place, Session};
use pyblish_endpoint_tests::v2::session;
use pyblish_endpoint_tests::{Server, adapter, run};
use serde_json::json;

use super::machine::{Machine, assert_says, text};
use super::standin::digest;

/// A machine that only uses what is signed and installed, and where a Python runs as a host.
struct Studio {
    machine: Machine,
    key: PathBuf,
    place: Place,
    _python: Host,
}

impl Studio {
    fn new() -> Self {
        let machine = Machine::empty();
        let (key, lines) = machine.key("studio.key");
        // What is configured for an adapter is for all of its versions.
        let granted = "[adapters.python]\nbridge = [\"python\"]\n";
        machine.configure(&format!(
            "[trust]\nrequire-signature = true\n{lines}{granted}"
        ));
        let place = Place::with("");
        let python = place.python();
        Studio {
            machine,
            key,
            place,
            _python: python,
        }
    }

    /// Seals the real adapter for these versions of Python, and installs it.
    fn install_real(&self, versions: &str) -> PathBuf {
        let file = self.machine.path("share/real.wasm");
        let versions = format!("python={versions}");
        let built = adapter("python");
        let seal = ["seal", text(&built), "--host-versions", &versions];
        let seal = [&seal[..], &["--output", text(&file)]].concat();
        self.machine.adapters(&seal).ok();
        self.install(&file);
        file
    }

    /// Installs a version that only says that it is another one, for these versions of Python.
    fn install_other(&self, version: &str, versions: &str) {
        let bytes = fs::read(adapter("python")).unwrap();
        let mut description = manifest::read(&bytes).unwrap();
        description.version = version.into();
        let range = versions.parse().unwrap();
        description.host_versions = HostVersions::of([("python".to_owned(), range)]);
        let file = self.machine.path(&format!("share/{version}.wasm"));
        fs::write(&file, manifest::seal(&bytes, &description)).unwrap();
        self.install(&file);
    }

    fn install(&self, file: &Path) {
        self.machine.sign(file, &self.key);
        self.machine.adapters(&["install", text(file)]).ok();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.machine.serve_command();
        command.args(arguments);
        command.env("XDG_RUNTIME_DIR", self.place.path("run"));
        command
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str]) -> String {
        let mut command = self.command(arguments);
        command.args(["--listen", "127.0.0.1:0"]);
        let (output, said) = run(command);
        assert!(matches!(output.status.code(), Some(1 | 64)), "{said}");
        said
    }
}

/// The version that was built.
fn built() -> String {
    let bytes = fs::read(adapter("python")).unwrap();
    manifest::read(&bytes).unwrap().version
}

/// The newest one is for other versions of the host, so the one before it is used; and the session's
/// history and reports say which one that was.
#[test]
fn adapter_is_chosen_by_the_version_of_the_host() {
    let studio = Studio::new();
    studio.install_other("9.0.0", "<3");
    studio.install_other("0.0.1", ">=3");
    let file = studio.install_real(">=3, <4");
    let server = Server::start_with(studio.command(&["--host", "python"]));
    assert_eq!(server.started["adapter"], "python");
    assert_eq!(server.started["adapterVersion"], built());
    let path = session(&server);
    let session = Session { server, path };
    let ended = session.run(json!({}));
    let run = ended["id"].as_str().unwrap();
    let report = session.get(&format!("/runs/{run}/report"));
    let origin = &report["origin"];
    assert_eq!(origin["adapterVersion"], built(), "{report}");
    let digest = digest(&fs::read(&file).unwrap());
    assert_eq!(origin["adapterDigest"], digest["sha256:".len()..]);
    // What can be opened here.
    let listed = session.server.send("GET", "/pyblish/v2/adapters").ok();
    let items = listed["items"].as_array().unwrap();
    let names: Vec<_> = items
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    let real = format!("python@{}", built());
    assert_eq!(names, ["python", "python@0.0.1", &real]);
    assert_eq!(items[0]["version"], "9.0.0");
    assert_eq!(items[2]["hostVersions"], json!({"python": ">=3, <4"}));
}

#[test]
fn version_is_named_with_the_adapter() {
    let studio = Studio::new();
    studio.install_other("9.0.0", ">=3");
    studio.install_real("<3");
    // Both are there, and `list` says for what.
    let listed = studio.machine.adapters(&["list", "--json"]).json();
    let real = format!("python@{}", built());
    let named = |name: &str| {
        listed
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["name"] == name)
    };
    assert_eq!(named("python").unwrap()["version"], "9.0.0");
    assert_eq!(named(&real).unwrap()["hostVersions"]["python"], "<3");
    assert_says(
        &studio.machine.adapters(&["list"]).ok(),
        &["python <3", "python >=3"],
    );
    let said = studio.machine.adapters(&["inspect", &real]);
    assert_says(&said.ok(), &["python <3"]);
    // Who names it gets it, with a word about that.
    let server = Server::start_with(studio.command(&["--adapter", &real]));
    assert_eq!(server.started["adapterVersion"], built());
    let warned = format!("python {} is for python <3, and python 3.", built());
    assert_says(&server.log(), &[&warned]);
    let said = studio.refused(&["--adapter", "python@1.2.3"]);
    assert_says(&said, &["python@1.2.3"]);
}

#[test]
fn host_that_no_adapter_is_for_is_named() {
    let studio = Studio::new();
    studio.install_other("9.0.0", "<3");
    studio.install_real("<=2.7");
    let said = studio.refused(&["--host", "python"]);
    let real = format!("python {} is for <=2.7", built());
    assert_says(
        &said,
        &[
            "no adapter is for python 3.",
            "python 9.0.0 is for <3",
            &real,
        ],
    );
}

#[test]
fn versions_of_hosts_are_reviewed_with_the_lock() {
    let machine = Machine::empty();
    let built = adapter("folder");
    let file = machine.path("share/folder.wasm");
    let seal = |versions: &[&str]| {
        let seal = ["seal", text(&built), "--output", text(&file)];
        machine.adapters(&[&seal[..], versions].concat())
    };
    for (versions, code, part) in [
        ("maya=>=2022", 1, "folder is not for the host maya"),
        ("folder=new", 64, "no range of versions"),
        ("folder", 64, "it has no `=`"),
    ] {
        let said = seal(&["--host-versions", versions]).refused(code);
        assert_says(&said, &[part]);
        assert!(!file.exists());
    }
    // Without them, the file is the same as ever.
    seal(&[]).ok();
    assert_eq!(fs::read(&file).unwrap(), fs::read(&built).unwrap());
    seal(&["--host-versions", "folder=>=1,<3"]).ok();
    machine.adapters(&["add", text(&file)]).ok();
    let lock = machine.lock();
    assert_says(&lock, &["host-versions = [\"folder >=1, <3\"]"]);
    drop(machine.serve(&["--locked"]));
    machine.write_lock(&lock.replace("folder >=1, <3", "folder >=1"));
    let said = machine.adapters(&["verify"]);
    assert_says(&said.out, &["another host-versions of folder"]);
    machine.write_lock(&lock);
    seal(&["--host-versions", "folder=2"]).ok();
    let said = machine.adapters(&["update"]).ok();
    assert_says(&said, &["host versions folder >=1, <3 -> folder 2"]);
}
