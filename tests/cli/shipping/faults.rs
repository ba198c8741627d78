//! What goes wrong: nothing half-installed is ever found, and what was installed goes on working.

use std::fs::{self, File};
use std::thread;

use pyblish_promise::promise;

use super::machine::{Machine, assert_says, text};

#[test]
fn file_in_the_store_that_was_changed_is_refused() {
    let machine = Machine::empty();
    let file = machine.share_folder_adapter();
    machine.adapters(&["add", text(&file)]).ok();
    drop(machine.serve(&["--locked"]));
    let stored = machine.stored();
    let mut bytes = fs::read(&stored).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&stored, &bytes).unwrap();
    // The signature was checked before, with exactly this lock: the digest is, at each load.
    let said = machine.refused(&["--locked"]);
    promise!(
        "SHIP-07",
        said.contains("was changed since it was installed"),
        "{said}"
    );
    assert_says(
        &machine.adapters(&["verify"]).out,
        &["refused", "was changed"],
    );
    let said = machine.adapters(&["install", "--locked"]).ok();
    assert_says(&said, &["installed folder"]);
    drop(machine.serve(&["--locked"]));
}

#[test]
fn two_installs_at_once_install_it_once() {
    let machine = Machine::empty();
    let file = machine.share_folder_adapter();
    machine.adapters(&["add", text(&file)]).ok();
    fs::remove_dir_all(machine.path("data")).unwrap();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| machine.adapters(&["install", "--locked"]).ok());
        }
    });
    machine.stored();
    drop(machine.serve(&["--locked"]));
}

#[cfg(unix)]
#[test]
fn full_disk_leaves_what_was_there() {
    let machine = Machine::empty();
    let file = machine.share_folder_adapter();
    machine.adapters(&["add", text(&file)]).ok();
    let lock = machine.lock();
    let tool = machine.share_tool("1.0.0");
    // The lock fits, and no adapter does.
    let limited = machine.with_small_files(64, &["add", text(&tool)]);
    let (output, said) = pyblish_endpoint_tests::run(limited);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_says(&said, &["store of adapters", "too large"]);
    assert_eq!(machine.lock(), lock);
    machine.stored();
    drop(machine.serve(&["--locked"]));
}

#[test]
fn component_of_two_gigabytes_is_refused() {
    let machine = Machine::empty();
    let file = machine.path("share/huge.wasm");
    // It takes no space: no byte of it is written.
    File::create(&file).unwrap().set_len(2 << 30).unwrap();
    let said = machine.adapters(&["add", text(&file)]).refused(1);
    assert_says(&said, &["huge.wasm is too large", "adapter-size"]);
    // Just at the limit, and just above.
    let tool = machine.share_tool("1.0.0");
    let size = fs::metadata(&tool).unwrap().len();
    let limited = |limit: u64| {
        let limit = format!("adapter-size={limit}");
        machine.adapters(&["add", text(&tool), "--limit", &limit])
    };
    assert_says(&limited(size - 1).refused(1), &["is too large"]);
    limited(size).ok();
}

#[test]
fn what_is_no_adapter_is_refused() {
    let machine = Machine::empty();
    let file = machine.path("share/a.wasm");
    let add = || machine.adapters(&["add", text(&file)]).refused(1);
    assert_says(&add(), &["a.wasm cannot be read", "check the path"]);
    fs::write(&file, "text").unwrap();
    assert_says(&add(), &["is no WebAssembly component"]);
    machine.share("a.wasm", |it| it.name = "../tool".into());
    assert_says(&add(), &["\"../tool\" cannot be shipped"]);
    machine.share("a.wasm", |it| it.version = "new".into());
    assert_says(&add(), &["the version \"new\""]);
    assert!(!machine.path("project/adapters.lock").exists());
    assert!(machine.all_stored().is_empty());
    let said = machine.adapters(&["add", "maya"]).refused(64);
    assert_says(&said, &["FOLDER#NAME"]);
}

#[test]
fn source_that_moved_on_is_named() {
    let machine = Machine::empty();
    let file = machine.share_tool("1.0.0");
    machine.adapters(&["add", text(&file)]).ok();
    machine.share_tool("1.1.0");
    let other = Machine::empty();
    other.write_lock(&machine.lock());
    let said = other.adapters(&["install", "--locked"]).refused(1);
    assert_says(
        &said,
        &[
            "is another file than the lock names",
            "update tool --dry-run",
        ],
    );
    assert!(other.all_stored().is_empty());
    // The share is gone.
    fs::remove_file(&file).unwrap();
    let said = other.adapters(&["install", "--locked"]).refused(1);
    assert_says(&said, &["cannot be read", "the share is there"]);
    machine.adapters(&["install", "--locked"]).ok();
}

#[test]
fn prune_removes_what_no_lock_names() {
    let machine = Machine::empty();
    let file = machine.share_tool("1.0.0");
    machine.adapters(&["add", text(&file)]).ok();
    machine.share_tool("1.1.0");
    machine.adapters(&["update"]).ok();
    let said = machine.adapters(&["prune", "--dry-run"]).ok();
    assert_says(&said, &["would remove tool 1.0.0"]);
    assert_eq!(machine.all_stored().len(), 2);
    let pruned = machine.adapters(&["prune", "--json"]).json();
    assert_eq!(pruned["removed"][0]["version"], "1.0.0");
    machine.stored();
    // A lock that is not there keeps what it named.
    let lock = machine.lock();
    fs::remove_file(machine.path("project/adapters.lock")).unwrap();
    let kept = machine.adapters(&["prune"]);
    assert_says(
        &kept.err,
        &["adapters.lock is not there", "--forget-missing"],
    );
    machine.stored();
    machine.write_lock(&lock);
    machine.adapters(&["verify"]).ok();
    fs::remove_file(machine.path("project/adapters.lock")).unwrap();
    machine.adapters(&["prune", "--forget-missing"]).ok();
    assert!(machine.all_stored().is_empty());
}

#[test]
fn doctor_says_what_is_wrong() {
    let machine = Machine::empty();
    let doctor = || machine.doctor(&["--about", "store"]);
    let (studio, lines) = machine.key("studio.key");
    machine.configure(&lines);
    let file = machine.share_tool("1.0.0");
    machine.sign(&file, &studio);
    machine.adapters(&["add", text(&file)]).ok();
    let well = doctor().ok();
    assert_says(&well, &["tool 1.0.0, of the lock", "installed: tool 1.0.0"]);
    machine.configure(&format!("{lines}until = \"2020-01-31\"\n"));
    assert_says(&doctor().ok(), &["advice", "studio", "was 2020-01-31"]);
    let problem = |parts: &[&str]| {
        let said = doctor();
        assert_eq!(said.code, 1, "{}", said.out);
        assert_says(&said.out, parts);
    };
    machine.configure("[trust]\nrequire-signature = true\n");
    problem(&["no key is configured", "[[trust.keys]]"]);
    machine.configure(&lines);
    let lock = machine.lock();
    machine.write_lock(&lock.replace("1.0.0", "1.0.1"));
    problem(&["the lock was edited"]);
    machine.write_lock("version =");
    problem(&["adapters.lock: it has a mistake"]);
    machine.write_lock(&lock);
    fs::write(machine.stored(), "changed").unwrap();
    problem(&["was changed since it was installed"]);
    fs::remove_file(machine.stored()).unwrap();
    problem(&["tool 1.0.0 is not installed"]);
    fs::remove_file(machine.path("project/adapters.lock")).unwrap();
    machine.configure("[trust]\nlocked = true\n");
    problem(&["there is no lock"]);
}
