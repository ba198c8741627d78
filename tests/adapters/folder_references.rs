//! Files of an inbox that name each other, published with their names still leading to them: the
//! real binary and the real adapter in its sandbox.

use std::fs;
use std::path::PathBuf;

use pyblish_endpoint_tests::v2::{end, session, start};
use pyblish_endpoint_tests::{Folders, Server};
use serde_json::{Value, json};

fn put(folders: &Folders, file: &str, bytes: &[u8]) {
    let path = folders.inbox().join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn children(server: &Server) -> Vec<Value> {
    server.state()["context"]["children"]
        .as_array()
        .unwrap()
        .clone()
}

/// Publishes everything, and returns the folders of the versions by name.
#[track_caller]
fn published(folders: &Folders, server: &Server) -> Vec<(String, PathBuf)> {
    let session = session(server);
    let run = start(server, &session, json!({}));
    let ended = end(server, &session, &run);
    assert_eq!(ended["state"], "succeeded", "{ended:#}");
    let found = children(server).into_iter().map(|child| {
        let path = child["data"]["publishPath"].as_str().unwrap().to_owned();
        let name = child["name"].as_str().unwrap().to_owned();
        let path = PathBuf::from(path);
        assert!(path.starts_with(folders.root()), "{}", path.display());
        (name, path)
    });
    found.collect()
}

#[test]
fn model_is_published_with_its_files() {
    let folders = Folders::empty();
    let model = br#"{"asset":{"version":"2.0"},"buffers":[{"uri":"box.bin"}],"images":[{"uri":"tex/a%20b.txt"}]}"#;
    put(&folders, "box.gltf", model);
    put(&folders, "box.bin", &[1; 36]);
    put(&folders, "tex/a b.txt", b"a picture");
    put(&folders, "tex/other.txt", b"nobody names it");
    let server = folders.serve();
    let versions = published(&folders, &server);
    let [(name, version)] = &versions[..] else {
        panic!("{versions:?}")
    };
    assert_eq!(name, "box");
    assert_eq!(fs::read(version.join("box.bin")).unwrap(), [1; 36]);
    assert_eq!(fs::read(version.join("tex/a b.txt")).unwrap(), b"a picture");
    assert!(!version.join("tex/other.txt").exists());
    let manifest: Value =
        serde_json::from_slice(&fs::read(version.join("publish.json")).unwrap()).unwrap();
    let files: Vec<_> = manifest["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| &file["file"])
        .collect();
    assert_eq!(files, ["box.gltf", "box.bin", "tex/a b.txt"]);
    assert_eq!(
        fs::read_dir(folders.root().join(".staging"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn layers_that_name_each_other_in_a_circle_are_one_version() {
    let folders = Folders::empty();
    put(
        &folders,
        "a.usda",
        b"#usda 1.0\n(\n    subLayers = [@./b.usda@]\n)\n",
    );
    put(
        &folders,
        "b.usda",
        b"#usda 1.0\n(\n    subLayers = [@./a.usda@]\n)\n",
    );
    let server = folders.serve();
    let versions = published(&folders, &server);
    let [(_, version)] = &versions[..] else {
        panic!("{versions:?}")
    };
    assert!(version.join("a.usda").is_file() && version.join("b.usda").is_file());
}

/// Names that lead to files which nobody granted.
#[cfg(unix)]
#[test]
fn names_never_lead_out_of_the_inbox() {
    let folders = Folders::empty();
    let secret = folders.root().parent().unwrap().join("secret.txt");
    fs::write(&secret, b"not for the inbox").unwrap();
    std::os::unix::fs::symlink(&secret, folders.inbox().join("link.txt")).unwrap();
    let names = format!(
        "map_Kd ../secret.txt\nbump {}\ndisp link.txt\nrefl x/../../secret.txt\nnorm gone.png\n",
        secret.display()
    );
    put(&folders, "a.mtl", names.as_bytes());
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    let result = server.succeed("ValidateReferences", Some("a"));
    let records = result["records"].to_string();
    for reason in [
        "../secret.txt, which leads out of the inbox",
        "link.txt, which is a link that leads out of the inbox",
        "is an absolute path",
        "gone.png, which is not there",
    ] {
        assert!(records.contains(reason), "{reason}: {records}");
    }
    let versions = published(&folders, &server);
    let mut files: Vec<_> = fs::read_dir(&versions[0].1)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    files.sort();
    assert_eq!(files, ["a.mtl", "publish.json"]);
}

#[test]
fn repair_does_not_break_a_name() {
    let folders = Folders::empty();
    put(
        &folders,
        "Plate.1001.exr",
        &fs::read(pyblish_endpoint_tests::data("inbox").join("plate.exr")).unwrap(),
    );
    put(
        &folders,
        "Plate.1002.exr",
        &fs::read(pyblish_endpoint_tests::data("inbox").join("plate.exr")).unwrap(),
    );
    put(&folders, "comp.nk", b"Read {\n file Plate.%04d.exr\n}\n");
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    let message = server.fail("ValidateName", Some("Plate"));
    assert!(
        message.contains("because it is named in comp.nk"),
        "{message}"
    );
    let repaired =
        server.run(json!({"plugin": "ValidateName", "instance": "Plate", "mode": "repair"}));
    assert_eq!(repaired["success"], false);
    assert!(folders.inbox().join("Plate.1001.exr").is_file());
}
