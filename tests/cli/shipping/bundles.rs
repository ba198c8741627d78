//! Bundles: for machines without a network.

use std::fs;

use pyblish_promise::promise;

use super::machine::{Machine, assert_says, text, write_private};

/// A machine whose lock names a signed adapter and one more; its bundle, and the lines of its key.
fn with_bundle() -> (Machine, std::path::PathBuf, String) {
    let machine = Machine::empty();
    let (studio, lines) = machine.key("studio.key");
    machine.configure(&lines);
    for file in [machine.share_folder_adapter(), machine.share_tool("1.0.0")] {
        machine.sign(&file, &studio);
        machine.adapters(&["add", text(&file)]).ok();
    }
    let bundle = machine.path("adapters.tar");
    let said = machine.adapters(&["bundle", "--out", text(&bundle)]).ok();
    assert_says(&said, &["wrote 2 adapters", "adapters.tar"]);
    (machine, bundle, lines)
}

#[test]
fn bundle_installs_without_any_source() {
    let (author, bundle, lines) = with_bundle();
    let bytes = fs::read(&bundle).unwrap();
    // One lock gives one bundle.
    author.adapters(&["bundle", "--out", text(&bundle)]).ok();
    assert!(fs::read(&bundle).unwrap() == bytes);
    fs::remove_dir_all(author.path("share")).unwrap();
    let trust = format!("[trust]\nrequire-signature = true\n{lines}");
    let artist = Machine::with_config(&trust);
    artist.write_lock(&author.lock());
    let install = ["install", "--locked", "--bundle", text(&bundle)];
    let said = artist.adapters(&install).ok();
    assert_says(&said, &["installed folder 0.2.0", "installed tool 1.0.0"]);
    artist.adapters(&["verify"]).ok();
    drop(artist.serve(&["--locked"]));
    // Without a lock: all that is in it.
    let other = Machine::with_config(&trust);
    let installed = other.adapters(&["install", "--bundle", text(&bundle), "--json"]);
    assert_eq!(installed.json().as_array().unwrap().len(), 2);
    assert_eq!(other.all_stored().len(), 2);
    // Whose signatures count is up to each machine.
    let (_, others) = other.key("other.key");
    let third = Machine::with_config(&others);
    let said = third.adapters(&["install", "--bundle", text(&bundle)]);
    assert_says(&said.refused(1), &["is not one of other"]);
    assert!(third.all_stored().is_empty());
}

#[test]
fn bundle_that_was_changed_is_refused() {
    let (author, bundle, lines) = with_bundle();
    let bytes = fs::read(&bundle).unwrap();
    let machine = Machine::with_config(&lines);
    let install = || machine.adapters(&["install", "--bundle", text(&bundle)]);
    // In the middle of the first adapter.
    let mut changed = bytes.clone();
    let middle = changed.len() / 4;
    changed[middle] ^= 1;
    fs::write(&bundle, &changed).unwrap();
    assert_says(&install().refused(1), &["is another file than that"]);
    fs::write(&bundle, &bytes[..middle]).unwrap();
    let said = install();
    assert_eq!(said.code, 1, "{}", said.err);
    assert_says(&said.err, &["the bundle", "adapters.tar", "make it anew"]);
    fs::write(&bundle, "text".repeat(500)).unwrap();
    assert_says(&install().refused(1), &["is no tar archive"]);
    fs::remove_file(&bundle).unwrap();
    assert_says(&install().refused(1), &["adapters.tar cannot be read"]);
    // One of an older lock.
    fs::write(&bundle, &bytes).unwrap();
    let tool = author.share_tool("1.1.0");
    author.sign(&tool, &author.path("studio.key"));
    author.adapters(&["update", "tool"]).ok();
    let late = Machine::with_config(&lines);
    late.write_lock(&author.lock());
    let said = late.adapters(&["install", "--locked", "--bundle", text(&bundle)]);
    assert_says(&said.err, &["it has no adapter with the digest sha256:"]);
    assert_eq!(said.code, 1);
    late.stored();
}

/// The first entry of the archive, the lock, gets another name; its checksum fits.
#[test]
fn bundle_with_a_path_that_leaves_it_is_refused() {
    let (_author, bundle, lines) = with_bundle();
    let bytes = fs::read(&bundle).unwrap();
    for name in [
        "../../adapters.lock",
        "/tmp/adapters.lock",
        "a/adapters.lock",
    ] {
        let mut changed = bytes.clone();
        changed[..100].fill(0);
        changed[..name.len()].copy_from_slice(name.as_bytes());
        changed[148..156].fill(b' ');
        let sum: u32 = changed[..512].iter().copied().map(u32::from).sum();
        changed[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        fs::write(&bundle, &changed).unwrap();
        let machine = Machine::with_config(&lines);
        let said = machine.adapters(&["install", "--bundle", text(&bundle)]);
        promise!(
            "SHIP-10",
            said.code == 1 && said.err.contains("belongs in no bundle"),
            "{}",
            said.err
        );
        assert_says(&said.err, &[&format!("{name:?}")]);
        assert!(machine.all_stored().is_empty());
    }
}

#[test]
fn bundle_is_only_made_of_what_may_be_used() {
    let (machine, bundle, lines) = with_bundle();
    let before = fs::read(&bundle).unwrap();
    let make = || machine.adapters(&["bundle", "--out", text(&bundle)]);
    let stored = machine.all_stored();
    let bytes = fs::read(&stored[0]).unwrap();
    fs::write(&stored[0], "changed").unwrap();
    assert_says(&make().refused(1), &["was changed since it was installed"]);
    fs::remove_file(&stored[0]).unwrap();
    assert_says(&make().refused(1), &["is not installed"]);
    write_private(&stored[0], bytes);
    machine.configure(&format!(
        "[trust]\nrequire-signature = true\n{lines}adapters = [\"maya\"]\n"
    ));
    assert_says(&make().refused(1), &["not meant for this adapter"]);
    machine.configure(&lines);
    #[cfg(unix)]
    {
        let limited = machine.with_small_files(64, &["bundle", "--out", text(&bundle)]);
        let (output, said) = pyblish_endpoint_tests::run(limited);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert_says(&said, &["the bundle", "too large"]);
    }
    // The one from before is still whole.
    assert!(fs::read(&bundle).unwrap() == before);
    let empty = Machine::empty();
    let said = empty.adapters(&["bundle", "--out", "a.tar"]).refused(1);
    assert_says(&said, &["there is no lock", "adapters add"]);
}
