//! What a start with a lock loads, and what it refuses.

use std::fs;

use pyblish_endpoint_tests::{adapter, run};
use pyblish_promise::promise;
use serde_json::{Value, json};

use super::machine::{Machine, assert_says, text};

/// A machine whose lock names the folder adapter, unsigned.
fn with_folder() -> Machine {
    let machine = Machine::empty();
    let file = machine.share_folder_adapter();
    machine.adapters(&["add", text(&file)]).ok();
    machine
}

/// Why `serve` does not start with this adapter.
#[track_caller]
fn refused(machine: &Machine, adapter: &str, more: &[&str]) -> String {
    let mut command = machine.serve_command();
    command.args(["--listen", "127.0.0.1:0", "--adapter", adapter]);
    command.args(more);
    let (output, said) = run(command);
    assert_ne!(output.status.code(), Some(0), "{said}");
    said
}

#[test]
fn only_what_is_in_the_lock_is_loaded() {
    let machine = with_folder();
    let file = adapter("scenario");
    for other in ["scenario", text(&file)] {
        let said = refused(&machine, other, &["--locked"]);
        promise!("SHIP-02", said.contains("not in the lock"), "{said}");
        assert_says(&said, &["adapters.lock", "adapters add"]);
    }
    // The configuration of a site says the same, with a lock elsewhere.
    let lock = machine.path("project/site.lock");
    fs::rename(machine.path("project/adapters.lock"), &lock).unwrap();
    machine.configure(&format!(
        "[trust]\nlocked = true\nlock = {:?}\n",
        text(&lock)
    ));
    let said = refused(&machine, "scenario", &[]);
    assert_says(&said, &["not in the lock", "site.lock"]);
    drop(machine.serve(&[]));
}

#[test]
fn client_opens_only_what_is_in_the_lock() {
    let machine = with_folder();
    let server = machine.serve(&["--locked"]);
    let open = |adapter: &str| {
        let body = json!({"adapter": adapter});
        server.send_json("POST", "/pyblish/v2/sessions", &body, &[])
    };
    let refused = open("scenario");
    assert!(refused.status >= 400, "{:?}", refused.body);
    assert_says(&refused.body.to_string(), &["not in the lock"]);
    let listed = server.send("GET", "/pyblish/v2/adapters").ok();
    let listed = listed["items"].as_array().unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["name"], "folder");
    assert_eq!(listed[0]["locked"], true);
    assert!(
        listed[0]["source"]
            .as_str()
            .unwrap()
            .ends_with("folder.wasm")
    );
    assert!(
        machine
            .lock()
            .contains(listed[0]["digest"].as_str().unwrap())
    );
    assert_eq!(listed[0]["key"], Value::Null);
    assert_eq!(open("folder").status, 201);
    // Also where clients may open files.
    let server = machine.serve(&["--locked", "--allow-adapter-files"]);
    let body = json!({"adapter": adapter("scenario")});
    let refused = server.send_json("POST", "/pyblish/v2/sessions", &body, &[]);
    assert!(refused.status >= 400, "{:?}", refused.body);
    assert_says(&refused.body.to_string(), &["not in the lock"]);
}

/// Without `--locked`, the lock's adapters come first, and others are found.
#[test]
fn lock_comes_first() {
    let machine = with_folder();
    let server = machine.serve(&["--lock", "adapters.lock"]);
    let listed = server.send("GET", "/pyblish/v2/adapters").ok();
    let listed = listed["items"].as_array().unwrap();
    let file = |name: &str| {
        let found = listed.iter().find(|it| it["name"] == name).unwrap();
        found["file"].as_str().unwrap().to_owned()
    };
    assert_eq!(file("folder"), text(&machine.stored()));
    assert!(file("scenario").ends_with("scenario.wasm"));
}

#[test]
fn missing_lock_is_named() {
    let machine = Machine::empty();
    let said = machine.refused(&["--locked"]);
    assert_says(&said, &["there is no lock adapters.lock", "adapters add"]);
    for command in [&["install", "--locked"][..], &["verify"], &["update"]] {
        let said = machine.adapters(command).refused(1);
        assert_says(&said, &["there is no lock", "adapters add"]);
    }
}

#[test]
fn lock_that_was_edited_is_refused() {
    let machine = with_folder();
    let right = machine.lock();
    for (from, to, part) in [
        (
            "version = \"0.2.0\"",
            "version = \"0.2.1\"",
            "another version of folder",
        ),
        (
            "\"folder {inbox}",
            "\"folder {other}",
            "another asks of folder",
        ),
        (
            "contract = \"0.2.0\"",
            "contract = \"0.2.1\"",
            "another contract of folder",
        ),
    ] {
        assert!(right.contains(from), "{from} is not in {right}");
        machine.write_lock(&right.replace(from, to));
        for said in [
            machine.refused(&["--locked"]),
            machine.adapters(&["install", "--locked"]).refused(1),
        ] {
            assert_says(&said, &[part, "the lock was edited"]);
        }
        let verified = machine.adapters(&["verify"]);
        assert_eq!(verified.code, 1);
        assert_says(&verified.out, &["refused", part]);
    }
    // Another digest is another file, which is not there.
    let digest = right.split_once("sha256:").unwrap().1[..64].to_owned();
    machine.write_lock(&right.replace(&digest, &"0".repeat(64)));
    assert_says(&machine.refused(&["--locked"]), &["is not installed"]);
    let said = machine.adapters(&["install", "--locked"]).refused(1);
    assert_says(&said, &["is another file than the lock names", &digest]);
    machine.write_lock(&right);
    drop(machine.serve(&["--locked"]));
}
