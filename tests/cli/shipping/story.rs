//! What a TD does, from an empty machine.

use std::fs;

use pyblish_promise::promise;

use super::machine::{Machine, assert_says, text};

/// Made, signed, locked, installed on another machine, started without the share.
#[test]
fn adapter_goes_from_its_author_to_an_artist() {
    let author = Machine::empty();
    let file = author.share_folder_adapter();
    let (key, lines) = author.key("studio.key");
    author.sign(&file, &key);
    author.configure(&format!("[trust]\nrequire-signature = true\n{lines}"));
    let said = author.adapters(&["add", text(&file)]).ok();
    assert_says(
        &said,
        &[
            "folder 0.2.0, signed by studio",
            "asks for",
            "folder {inbox}",
        ],
    );
    let lock = author.lock();
    assert_says(
        &lock,
        &["name = \"folder\"", "sha256:", "key = ", "folder.wasm"],
    );
    // Adding it again changes nothing.
    author.adapters(&["add", text(&file)]).ok();
    assert_eq!(author.lock(), lock);

    let artist = Machine::with_config(&format!("[trust]\nlocked = true\n{lines}"));
    artist.write_lock(&lock);
    let before = artist.refused(&["--locked"]);
    assert_says(
        &before,
        &["folder 0.2.0 is not installed", "adapters install --locked"],
    );
    let said = artist.adapters(&["install", "--locked"]).ok();
    assert_says(&said, &["installed folder 0.2.0"]);
    let again = artist.adapters(&["install", "--locked"]).ok();
    assert_says(&again, &["already there folder 0.2.0"]);
    let verified = artist.adapters(&["verify"]).ok();
    assert_says(&verified, &["ok", "folder 0.2.0, signed by studio"]);

    // The share is gone, and all goes on.
    fs::remove_dir_all(author.path("share")).unwrap();
    let server = artist.serve(&["--locked"]);
    let session = server.started["session"].as_str().unwrap().to_owned();
    let collected = server.send("GET", &format!("/pyblish/v2/sessions/{session}"));
    promise!("SHIP-01", collected.status == 200, "{:?}", collected.body);
    artist.adapters(&["install", "--locked"]).ok();
}

#[test]
fn entries_are_json_too() {
    let machine = Machine::empty();
    let file = machine.share_folder_adapter();
    let added = machine.adapters(&["add", text(&file), "--json"]).json();
    assert_eq!(added["name"], "folder");
    assert_eq!(added["key"], serde_json::Value::Null);
    let installed = machine.adapters(&["install", "--locked", "--json"]).json();
    assert_eq!(installed[0]["digest"], added["digest"]);
    let verified = machine.adapters(&["verify", "--json"]).json();
    assert_eq!(verified[0]["problem"], serde_json::Value::Null);
    let listed = machine.adapters(&["list", "--json"]).json();
    assert!(
        listed
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["name"] == "folder")
    );
    let updated = machine.adapters(&["update", "--dry-run", "--json"]).json();
    assert_eq!(updated[0]["changes"], serde_json::json!([]));
}

#[test]
fn installed_adapter_is_found_without_a_lock() {
    let machine = Machine::empty();
    for version in ["1.0.0", "1.2.0", "1.1.0"] {
        let file = machine.share_tool(version);
        machine.adapters(&["install", text(&file)]).ok();
    }
    assert_eq!(machine.all_stored().len(), 3);
    let listed = machine.adapters(&["list", "--json"]).json();
    let listed = listed.as_array().unwrap();
    let tool = listed.iter().find(|it| it["name"] == "tool").unwrap();
    assert_eq!(tool["version"], "1.2.0");
    assert!(tool["digest"].as_str().unwrap().starts_with("sha256:"));
}
