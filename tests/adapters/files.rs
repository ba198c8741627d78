//! Adapters as files: what is known of one before it runs, what is refused, and what the
//! configuration file grants.

use std::fs;
use std::path::{Path, PathBuf};

use pyblish_adapter::{Component, Engine};
use pyblish_endpoint_tests::{Folders, adapter, endpoint, run, serve};
use pyblish_promise::promise;
use serde_json::Value;

/// Runs a command. Returns the exit code, stdout and stderr.
fn command(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = endpoint();
    command.args(arguments);
    let (output, said) = run(command);
    let printed = String::from_utf8(output.stdout).expect("text");
    (output.status.code(), printed, said)
}

/// A copy of an adapter in which one text is replaced by another of the same length.
fn patched(name: &str, from: &str, to: &str) -> (tempfile::TempDir, String) {
    assert_eq!(from.len(), to.len());
    let mut bytes = fs::read(adapter(name)).expect("run `cargo xtask build`");
    let places: Vec<usize> = bytes
        .windows(from.len())
        .enumerate()
        .filter(|(_, window)| *window == from.as_bytes())
        .map(|(place, _)| place)
        .collect();
    assert!(!places.is_empty(), "{from} is not in {name}");
    for place in places {
        bytes[place..place + to.len()].copy_from_slice(to.as_bytes());
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("patched.wasm");
    fs::write(&path, bytes).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

/// A component that exports and imports the whole world of `wit/`, and traps.
fn whole_world() -> Vec<u8> {
    let mut resolve = wit_parser::Resolve::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let (package, _) = resolve.push_dir(folder).unwrap();
    let world = resolve.select_world(&[package], Some("adapter")).unwrap();
    let mangling = wit_parser::ManglingAndAbi::Standard32;
    let mut module = wit_component::dummy_module(&resolve, world, mangling);
    let encoding = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, world, encoding, false).unwrap();
    let mut encoder = wit_component::ComponentEncoder::default();
    let encoder = encoder.module(&module).unwrap();
    encoder.encode().unwrap()
}

/// The world that the runtime compares components with is that of `wit/`.
#[test]
fn known_world_is_the_contract() {
    let engine = Engine::new().unwrap();
    let component = tempfile::NamedTempFile::with_suffix(".wasm").unwrap();
    fs::write(&component, whole_world()).unwrap();
    let lines = Component::world(&engine, component.path().to_path_buf()).unwrap();
    let now = lines.join("\n") + "\n";
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/adapter/src");
    let (known, new): (PathBuf, PathBuf) = (folder.join("world.txt"), folder.join("world.new.txt"));
    if fs::read_to_string(&known).unwrap() != now {
        fs::write(&new, now).unwrap();
        panic!("the world has changed; the new one is in {}", new.display());
    }
    let has = |part| lines.iter().any(|line| line.contains(part));
    assert!(has("service@0.2.0 [method]session.process"));
    assert!(has("work@0.2.0 [method]call.host-lost"));
    assert!(has("files@0.2.0 copy"));
}

#[test]
fn inspect_describes_an_adapter() {
    let (code, printed, said) = command(&["adapters", "inspect", "folder", "--json"]);
    assert_eq!(code, Some(0), "{said}");
    let inspected: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(inspected["manifest"]["name"], "folder");
    assert_eq!(inspected["loads"], true);
    assert_eq!(inspected["sha256"].as_str().unwrap().len(), 64);
    let imports = inspected["imports"].to_string();
    assert!(imports.contains("wasi:filesystem/types"), "{imports}");

    let (code, printed, _) = command(&["adapters", "inspect", "folder"]);
    assert_eq!(code, Some(0));
    for part in [
        "Asks for",
        "/publish",
        "to read and write",
        "SHA-256",
        "Loads     yes",
    ] {
        assert!(printed.contains(part), "{part:?} is not in {printed}");
    }

    let (code, printed, _) = command(&["adapters", "list", "--json"]);
    assert_eq!(code, Some(0));
    let list: Value = serde_json::from_str(&printed).unwrap();
    let mut names = list.as_array().unwrap().iter().map(|it| &it["name"]);
    assert!(names.any(|name| name == "folder"), "{printed}");
}

#[test]
fn other_world_version_is_refused() {
    // A field of a record has another name.
    let (_place, path) = patched("folder", "writable", "writeble");
    let (code, printed, _) = command(&["adapters", "inspect", &path]);
    assert_eq!(code, Some(1));
    for part in [
        "Loads     no",
        "service@0.2.0 [static]session.open",
        "must be record(path, host-path, writable)",
        "is record(path, host-path, writeble)",
    ] {
        assert!(printed.contains(part), "{part:?} is not in {printed}");
    }
    let (code, _, said) = command(&["publish", "--adapter", &path]);
    assert_eq!(code, Some(70));
    assert!(
        said.contains("must be record(path, host-path, writable)"),
        "{said}"
    );

    // The interface itself is of another version.
    let (_place, path) = patched("folder", "endpoint/service@0.2.0", "endpoint/service@0.9.0");
    let (_, _, said) = command(&["publish", "--adapter", &path]);
    let expected =
        "it exports pyblish:endpoint/service@0.9.0 in place of pyblish:endpoint/service@0.2.0";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn lying_manifest_is_refused() {
    // Its answer changes, but its manifest does not.
    let manifest = "\"name\":\"scenario\"";
    let (_place, path) = patched("scenario", manifest, "\"name\":\"innocent\"");
    let (code, _, said) = command(&["publish", "--adapter", &path, "--set", "file=x"]);
    assert_eq!(code, Some(70));
    promise!(
        "GRANT-03",
        said.contains("describes itself differently"),
        "{said}"
    );
    assert!(said.contains("adapters seal"), "{said}");
    // Sealed again, the adapter and its manifest agree.
    let (code, _, said) = command(&["adapters", "seal", &path]);
    assert_eq!(code, Some(0), "{said}");
    let (_, printed, _) = command(&["adapters", "inspect", &path, "--json"]);
    let inspected: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(inspected["manifest"]["name"], "scenario");
}

#[test]
fn other_file_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("text.wasm");
    fs::write(&path, "text").unwrap();
    for action in ["inspect", "seal"] {
        let (code, _, said) = command(&["adapters", action, path.to_str().unwrap()]);
        assert_eq!(code, Some(1));
        assert!(said.contains("is no WebAssembly component"), "{said}");
    }
    assert_eq!(fs::read(&path).unwrap(), b"text");
    let (_, _, said) = command(&["adapters", "inspect", "nobody"]);
    assert!(said.contains("there is no adapter \"nobody\""), "{said}");
}

#[test]
fn configuration_grants_folders() {
    let folders = Folders::sample();
    let config = folders.root().join("endpoint.toml");
    let line = |path: PathBuf, guest: &str| format!("{:?}", format!("{}={guest}", path.display()));
    let text = format!(
        "[adapters.folder]\ndir = [{}, {}]\n",
        line(folders.inbox(), "/inbox"),
        line(folders.root(), "/publish")
    );
    fs::write(&config, text).unwrap();
    let mut command = serve();
    command
        .args(["--adapter", "folder", "--config"])
        .arg(&config);
    let server = pyblish_endpoint_tests::Server::start_with(command);
    assert_eq!(
        server.state()["plugins"].as_array().map(Vec::is_empty),
        Some(false)
    );
    // Without the file nothing is granted.
    let (code, _, said) = self::command(&["publish", "--adapter", "folder"]);
    assert_eq!(code, Some(64));
    assert!(said.contains("Grant it with --dir"), "{said}");
    // A mistake in the file is an error; it is never ignored.
    fs::write(&config, "[adapters.folder]\ndirs = []\n").unwrap();
    let config = config.to_str().unwrap();
    let (code, _, said) = self::command(&["publish", "--adapter", "folder", "--config", config]);
    assert_eq!(code, Some(64));
    promise!(
        "GRANT-04",
        said.contains("dirs") && said.contains("endpoint.toml"),
        "{said}"
    );
}
