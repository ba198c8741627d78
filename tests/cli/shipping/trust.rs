//! Signatures: each reason to refuse one has its words, at each place that checks it.

use std::fs;

use pyblish_promise::promise;

use super::machine::{Machine, assert_says, signature, text};

#[test]
fn each_wrong_signature_has_its_words() {
    let machine = Machine::empty();
    let (studio, lines) = machine.key("studio.key");
    let (other, other_lines) = machine.key("other.key");
    machine.configure(&lines);
    let file = machine.share_tool("1.0.0");
    let add = || machine.adapters(&["add", text(&file)]).refused(1);
    promise!("SHIP-03", add().contains("tool is not signed"));
    machine.sign(&file, &other);
    assert_says(&add(), &["is not one of studio", "[[trust.keys]]"]);
    // A signature of another file, and one of another name.
    let nuke = machine.share("nuke.wasm", |it| it.name = "nuke".into());
    machine.sign(&nuke, &studio);
    fs::copy(signature(&nuke), signature(&file)).unwrap();
    assert_says(&add(), &["does not fit its file"]);
    // A whole file under another name is still what it says it is.
    fs::copy(&nuke, &file).unwrap();
    let added = machine.adapters(&["add", text(&file)]).ok();
    assert_says(&added, &["nuke 0.2.0, signed by studio"]);
    machine.share_tool("1.0.0");
    fs::write(signature(&file), "hello").unwrap();
    assert_says(&add(), &["signature of tool is broken"]);
    // A last day in the past, and a key for something else.
    machine.sign(&file, &studio);
    machine.configure(&format!("{lines}until = \"2020-01-31\"\n"));
    assert_says(&add(), &["last day was 2020-01-31"]);
    machine.configure(&format!("{lines}adapters = [\"maya\"]\n{other_lines}"));
    assert_says(&add(), &["not meant for this adapter"]);
    // The lock only has what was allowed.
    assert!(!machine.lock().contains("name = \"tool\""));
    machine.configure(&lines);
    machine.adapters(&["add", text(&file)]).ok();
}

/// A key that is revoked, or a file, is refused where it is installed too.
#[test]
fn what_is_revoked_does_not_start() {
    let machine = Machine::empty();
    let (studio, lines) = machine.key("studio.key");
    let file = machine.share_folder_adapter();
    machine.sign(&file, &studio);
    machine.configure(&lines);
    let added = machine.adapters(&["add", text(&file), "--json"]).json();
    let (digest, key) = (
        added["digest"].as_str().unwrap(),
        added["key"].as_str().unwrap(),
    );
    // A last day in the past does not end what is locked.
    machine.configure(&format!("{lines}until = \"2020-01-31\"\n"));
    drop(machine.serve(&["--locked"]));
    for table in [
        format!("[trust]\nrevoked-keys = [{key:?}]\n"),
        format!("[trust]\nrevoked-digests = [{digest:?}]\n"),
    ] {
        machine.configure(&format!("{table}{lines}"));
        let said = machine.refused(&["--locked"]);
        promise!("SHIP-04", said.contains("was revoked"), "{said}");
        machine.adapters(&["install", "--locked"]).refused(1);
        assert_eq!(machine.adapters(&["verify"]).code, 1);
        // Without the lock, too.
        let listed = machine.adapters(&["add", text(&file)]).refused(1);
        assert_says(&listed, &["was revoked"]);
    }
    machine.configure(&lines);
    drop(machine.serve(&["--locked"]));
}

/// A signature counts from the start on which a key is meant for the adapter.
#[test]
fn new_key_counts_at_the_next_start() {
    let machine = Machine::empty();
    let file = machine.share_folder_adapter();
    machine.adapters(&["add", text(&file)]).ok();
    drop(machine.serve(&["--locked"]));
    let (_, lines) = machine.key("studio.key");
    machine.configure(&lines);
    let said = machine.refused(&["--locked"]);
    assert_says(&said, &["folder is not signed", "studio"]);
}

#[test]
fn unsigned_file_is_refused_where_signatures_are_required() {
    let machine = Machine::with_config("[trust]\nrequire-signature = true\n");
    // Also one that is beside the program, or named by its path.
    let said = machine.refused(&[]);
    assert_says(
        &said,
        &["must be signed and installed", "require-signature"],
    );
    let file = machine.share_folder_adapter();
    let said = machine.adapters(&["install", text(&file)]).refused(1);
    assert_says(&said, &["folder is not signed"]);
    let (studio, lines) = machine.key("studio.key");
    machine.configure(&format!("[trust]\nrequire-signature = true\n{lines}"));
    machine.sign(&file, &studio);
    machine.adapters(&["install", text(&file)]).ok();
    drop(machine.serve(&[]));
}

#[test]
fn keys_are_listed_with_their_state() {
    let machine = Machine::empty();
    let none = machine.adapters(&["keys", "list"]).ok();
    assert_says(&none, &["No key", "keys generate"]);
    let (file, old) = machine.key("old.key");
    let (_, new) = machine.key("new.key");
    machine.configure(&format!(
        "[trust]\nrevoked-keys = [\"0123456789ABCDEF\"]\n{old}until = \"2020-01-31\"\n{new}\
         hosts = [\"maya\"]\n"
    ));
    let listed = machine.adapters(&["keys", "list"]).ok();
    assert_says(
        &listed,
        &[
            "expired",
            "valid",
            "revoked",
            "all for maya",
            "0123456789ABCDEF",
        ],
    );
    let listed = machine.adapters(&["keys", "list", "--json"]).json();
    assert_eq!(listed[0]["state"], "expired");
    let again = machine
        .adapters(&["keys", "generate", text(&file)])
        .refused(1);
    assert_says(&again, &["never replaced"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        promise!("SHIP-05", mode == 0o600, "{mode:o}");
    }
}
