//! Updates: the difference is shown, and what asks for more must be accepted.

use std::fs;

use pyblish_promise::promise;

use super::machine::{Machine, assert_says, signature, text};

#[test]
fn update_shows_the_difference_and_writes_the_lock() {
    let machine = Machine::empty();
    let file = machine.share_tool("1.0.0");
    machine.adapters(&["add", text(&file)]).ok();
    let same = machine.adapters(&["update"]).ok();
    assert_says(&same, &["tool 1.0.0 is up to date"]);
    machine.share_tool("1.1.0");
    let before = machine.lock();
    // The lock names a file that is not there any more.
    let said = machine.adapters(&["install", "--locked"]).ok();
    assert_says(&said, &["already there"]);
    let shown = machine.adapters(&["update", "tool", "--dry-run"]).ok();
    assert_says(&shown, &["version 1.0.0 -> 1.1.0", "digest sha256:"]);
    assert_eq!(machine.lock(), before);
    assert_eq!(machine.adapters(&["update", "tool"]).ok(), shown);
    assert_says(&machine.lock(), &["version = \"1.1.0\""]);
    // Both are there, side by side; the lock says which one is used.
    assert_eq!(machine.all_stored().len(), 2);
    let unknown = machine.adapters(&["update", "maya"]).refused(1);
    assert_says(&unknown, &["maya is not in the lock", "there are tool"]);
}

#[test]
fn update_that_asks_for_more_must_be_accepted() {
    let machine = Machine::empty();
    let share = |version: &str, grants: &[&str]| {
        machine.share("tool.wasm", |it| {
            it.name = "tool".into();
            it.version = version.into();
            let names = grants.iter().map(|it| (*it).to_owned());
            it.grants
                .extend(names.map(pyblish_adapter::GrantRequest::Environment));
        })
    };
    let file = share("1.0.0", &["SHOW"]);
    machine.adapters(&["add", text(&file)]).ok();
    let before = machine.lock();
    share("1.1.0", &["SHOW", "TOKEN"]);
    let refused = machine.adapters(&["update"]);
    assert_says(&refused.out, &["+ env TOKEN"]);
    promise!(
        "SHIP-06",
        refused.code == 1
            && refused
                .err
                .contains("asks for more than the lock has: env TOKEN"),
        "{}",
        refused.err
    );
    assert_says(&refused.err, &["--accept-grants"]);
    assert_eq!(machine.lock(), before);
    machine.adapters(&["update", "--accept-grants"]).ok();
    assert_says(&machine.lock(), &["env TOKEN"]);
    // Less needs no consent.
    share("1.2.0", &[]);
    assert_says(
        &machine.adapters(&["update"]).ok(),
        &["- env TOKEN", "- env SHOW"],
    );
}

#[test]
fn older_version_and_lost_signature_are_refused() {
    let machine = Machine::empty();
    let (studio, lines) = machine.key("studio.key");
    machine.configure(&lines);
    let file = machine.share_tool("1.1.0");
    machine.sign(&file, &studio);
    machine.adapters(&["add", text(&file)]).ok();
    machine.share_tool("1.0.0");
    machine.sign(&file, &studio);
    let said = machine.adapters(&["update"]).refused(1);
    assert_says(
        &said,
        &["tool 1.0.0, which is older than 1.1.0", "--allow-older"],
    );
    machine.adapters(&["update", "--allow-older"]).ok();
    // No key is meant for it any more, and its signature is gone.
    machine.configure("");
    fs::remove_file(signature(&file)).unwrap();
    let said = machine.adapters(&["update"]).refused(1);
    assert_says(
        &said,
        &["was signed by the key", "not signed by a trusted key"],
    );
}

#[test]
fn folder_gives_the_newest_version() {
    let machine = Machine::empty();
    let versions = ["1.4.0", "1.4.2", "1.5.0", "2.0.0-rc.1"];
    for version in versions {
        let (name, version) = ("tool".to_owned(), version.to_owned());
        machine.share(&format!("tool-{version}.wasm"), |it| {
            (it.name, it.version) = (name, version.clone());
        });
    }
    fs::write(machine.path("share/broken.wasm"), "text").unwrap();
    let share = machine.path("share");
    let added = |reference: &str| {
        let reference = format!("{}#{reference}", share.display());
        machine.adapters(&["install", &reference, "--json"])
    };
    for (reference, version) in [
        ("tool", "1.5.0"),
        ("tool@1.4", "1.4.2"),
        ("tool@1.4.0", "1.4.0"),
        ("tool@2.0.0-rc.1", "2.0.0-rc.1"),
    ] {
        assert_eq!(
            added(reference).json()[0]["version"],
            version,
            "{reference}"
        );
    }
    let none = added("tool@3").refused(1);
    assert_says(&none, &["has no adapter tool of version 3", "1.5.0"]);
    let none = added("maya").refused(1);
    assert_says(&none, &["has no adapter maya"]);
    // Two files that say that they are the same.
    machine.share("again.wasm", |it| {
        (it.name, it.version, it.doc) = ("tool".into(), "1.5.0".into(), "another".into());
    });
    assert_says(
        &added("tool").refused(1),
        &["two different files that are tool 1.5.0"],
    );
}
