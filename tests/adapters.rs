//! Adapters as files: what is known of one before any of it runs, what is refused, and what the configuration
//! file grants.

use std::fs;
use std::path::{Path, PathBuf};

use pyblish_endpoint::adapter::{Component, Engine};
use pyblish_endpoint_tests::{Folders, adapter, endpoint, run, serve};
use serde_json::Value;

/// The exit code, what is printed, and what is said.
fn command(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = endpoint();
    command.args(arguments);
    let (output, said) = run(command);
    let printed = String::from_utf8(output.stdout).expect("text");
    (output.status.code(), printed, said)
}

/// A copy of an adapter in which this text is that one, which is as long.
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

/// A component that exports and imports all of the world in `wit/`, and traps.
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

/// What the runtime compares components with is what `wit/` says.
#[test]
fn the_world_is_that_of_the_contract() {
    let engine = Engine::new().unwrap();
    let component = tempfile::NamedTempFile::with_suffix(".wasm").unwrap();
    fs::write(&component, whole_world()).unwrap();
    let lines = Component::world(&engine, component.path().to_path_buf()).unwrap();
    let now = lines.join("\n") + "\n";
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src/adapter");
    let (known, new): (PathBuf, PathBuf) = (folder.join("world.txt"), folder.join("world.new.txt"));
    if fs::read_to_string(&known).unwrap() != now {
        fs::write(&new, now).unwrap();
        panic!(
            "the world has changed; what it is now is in {}",
            new.display()
        );
    }
    assert!(
        lines
            .iter()
            .any(|line| line.contains("service@0.1.0 process"))
    );
    assert!(lines.iter().any(|line| line.contains("runtime@0.1.0 lost")));
}

#[test]
fn an_adapter_is_known_before_any_of_it_runs() {
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
fn a_component_for_another_version_of_the_world_is_refused_with_what_does_not_fit() {
    // A field of a record has another name than here.
    let (_place, path) = patched("folder", "writable", "writeble");
    let (code, printed, _) = command(&["adapters", "inspect", &path]);
    assert_eq!(code, Some(1));
    for part in [
        "Loads     no",
        "service@0.1.0 describe",
        "must be record(path, writable,",
        "is record(path, writeble,",
    ] {
        assert!(printed.contains(part), "{part:?} is not in {printed}");
    }
    let (code, _, said) = command(&["publish", "--adapter", &path]);
    assert_eq!(code, Some(2));
    assert!(said.contains("must be record(path, writable,"), "{said}");

    // The interface itself is of another version.
    let (_place, path) = patched("folder", "endpoint/service@0.1.0", "endpoint/service@0.9.0");
    let (_, _, said) = command(&["publish", "--adapter", &path]);
    let expected =
        "does not export pyblish:endpoint/service@0.1.0; it exports pyblish:endpoint/service@0.9.0";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn an_adapter_that_is_not_what_its_file_says_is_refused() {
    // What it answers changes, and its manifest with it: it is the same text.
    let manifest = "\"name\":\"scenario\"";
    let (_place, path) = patched("scenario", manifest, "\"name\":\"innocent\"");
    let (code, _, said) = command(&["publish", "--adapter", &path, "--set", "file=x"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("says something else of itself"), "{said}");
    assert!(said.contains("adapters seal"), "{said}");
    // Sealed again it is what it says.
    let (code, _, said) = command(&["adapters", "seal", &path]);
    assert_eq!(code, Some(0), "{said}");
    let (_, printed, _) = command(&["adapters", "inspect", &path, "--json"]);
    let inspected: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(inspected["manifest"]["name"], "scenario");
}

#[test]
fn what_is_no_adapter_is_refused() {
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
fn the_configuration_grants_what_nobody_typed() {
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
    // Without it nothing is granted.
    let (code, _, said) = self::command(&["publish", "--adapter", "folder"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("Grant it with --dir"), "{said}");
    // A mistake in it is an error, not less than was meant.
    fs::write(&config, "[adapters.folder]\ndirs = []\n").unwrap();
    let config = config.to_str().unwrap();
    let (code, _, said) = self::command(&["publish", "--adapter", "folder", "--config", config]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("dirs") && said.contains("endpoint.toml"),
        "{said}"
    );
}
