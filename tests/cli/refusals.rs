//! What the command line refuses, each with a message that names the thing and the next step. The
//! exit code is 1, or 64 if the command line itself is wrong. Nothing is served or changed.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use pyblish_endpoint_tests::{Folders, run, serve};
use pyblish_promise::promise_by;

/// Runs `serve` with these arguments, which must end by itself with this code. Returns stderr.
#[track_caller]
fn refused(code: i32, arguments: &[&str]) -> String {
    let mut command = serve();
    command.args(["--listen", "127.0.0.1:0"]).args(arguments);
    let (output, said) = run(command);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(output.stdout.is_empty(), "stdout is for data: {output:?}");
    said
}

#[track_caller]
fn assert_says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}

/// `serve` of the folder adapter with these further arguments.
#[track_caller]
fn folder_refused(folders: &Folders, further: &[&str]) -> String {
    let arguments = folders.arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    refused(1, &[&arguments, further].concat())
}

/// A file with these bytes in a folder of its own, as text.
fn file(bytes: &[u8]) -> (tempfile::TempDir, String) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("adapter.wasm");
    fs::write(&path, bytes).unwrap();
    let text = path.to_str().unwrap().to_owned();
    (place, text)
}

fn component(text: &str) -> (tempfile::TempDir, String) {
    file(&wat::parse_str(text).unwrap())
}

#[test]
fn unknown_adapter_is_refused() {
    let said = refused(1, &["--adapter", "nuke13"]);
    assert_says(
        &said,
        &[
            "no adapter \"nuke13\"",
            "there are blender, folder",
            "adapters",
            "cargo xtask build",
        ],
    );
}

#[test]
fn missing_file_is_refused() {
    let said = refused(1, &["--adapter", "nowhere/at-all.wasm"]);
    assert_says(
        &said,
        &["nowhere/at-all.wasm", "cannot be read", "Check the path"],
    );
}

#[test]
fn other_file_is_refused() {
    for bytes in [
        &b"just text"[..],
        b"",
        b"\0as",
        b"\0asm\x0d\0\x01\0\xff\xff\xff",
    ] {
        let (_place, path) = file(bytes);
        let said = refused(1, &["--adapter", &path]);
        assert_says(&said, &[&path, "no WebAssembly component", "wasm32-wasip2"]);
    }
}

#[test]
fn core_module_is_refused() {
    let (_place, path) = component("(module)");
    let said = refused(1, &["--adapter", &path]);
    assert_says(&said, &[&path, "core module", "wasm-tools component new"]);
}

#[test]
fn component_without_service_is_refused() {
    let (_place, path) = component("(component)");
    let said = refused(1, &["--adapter", &path]);
    assert_says(
        &said,
        &[
            &path,
            "pyblish:endpoint/service@0.2.0",
            "pyblish:endpoint/adapter@0.2.0",
        ],
    );
}

#[test]
fn unknown_import_is_refused() {
    let text =
        r#"(component (import "studio:farm/queue@2.0.0" (instance (export "submit" (func)))))"#;
    let (_place, path) = component(text);
    let said = refused(1, &["--adapter", &path]);
    assert_says(
        &said,
        &[
            &path,
            "studio:farm/queue@2.0.0",
            "pyblish:endpoint/adapter@0.2.0",
        ],
    );
}

#[test]
fn unknown_setting_is_refused() {
    let said = folder_refused(&Folders::empty(), &["--set", "colour=red"]);
    assert_says(
        &said,
        &["no setting \"colour\"", "inbox, root, pattern, off"],
    );
}

#[test]
fn ill_typed_setting_is_refused() {
    let said = folder_refused(&Folders::empty(), &["--set", "off=[1]"]);
    assert_says(&said, &["off", "must be a list", "[1]", "--set off=VALUE"]);
}

#[test]
fn adapter_refuses_setting() {
    let said = folder_refused(&Folders::empty(), &["--set", "pattern=(["]);
    assert_says(&said, &["pattern", "(["]);
    let said = folder_refused(&Folders::empty(), &["--set", "off=ValidateColour"]);
    assert_says(&said, &["ValidateColour", "ValidateName"]);
}

#[test]
fn setting_without_value_is_refused() {
    let said = refused(64, &["--adapter", "folder", "--set", "pattern"]);
    assert_says(&said, &["KEY=VALUE"]);
}

#[test]
fn malformed_folder_is_refused() {
    let said = refused(64, &["--adapter", "folder", "--dir", "in:/inbox"]);
    assert_says(&said, &["HOST_PATH=GUEST_PATH"]);
}

#[test]
fn missing_inbox_is_refused() {
    let folders = Folders::empty();
    fs::remove_dir(folders.inbox()).unwrap();
    let said = folder_refused(&folders, &[]);
    assert_says(
        &said,
        &[
            folders.inbox().to_str().unwrap(),
            "/inbox",
            "Make it, or name another",
        ],
    );
}

#[test]
fn inbox_that_is_a_file_is_refused() {
    let folders = Folders::empty();
    fs::remove_dir(folders.inbox()).unwrap();
    fs::write(folders.inbox(), b"").unwrap();
    let said = folder_refused(&folders, &[]);
    assert_says(
        &said,
        &[folders.inbox().to_str().unwrap(), "cannot be opened"],
    );
}

/// Root can read everything. Without these two capabilities it is like any other user.
#[cfg(target_os = "linux")]
#[test]
fn unreadable_inbox_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    let folders = Folders::empty();
    fs::set_permissions(folders.inbox(), fs::Permissions::from_mode(0o000)).unwrap();
    let plain = serve();
    let mut command = Command::new("setpriv");
    let bounded = "--bounding-set=-dac_override,-dac_read_search";
    command.args([bounded, "--inh-caps=-dac_override,-dac_read_search"]);
    command.arg(plain.get_program()).args(plain.get_args());
    command.envs(
        plain
            .get_envs()
            .filter_map(|(key, value)| Some((key, value?))),
    );
    command
        .args(["--listen", "127.0.0.1:0"])
        .args(folders.arguments());
    let (output, said) = run(command);
    fs::set_permissions(folders.inbox(), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_says(&said, &["/inbox", "Permission denied"]);
}

#[test]
fn missing_grant_is_named() {
    let said = refused(1, &["--adapter", "folder"]);
    promise_by!(
        "GRANT-01",
        assert_says(&said, &["needs a folder as /inbox", "--dir FOLDER=/inbox"])
    );
}

#[test]
fn unasked_grant_is_refused() {
    let folders = Folders::empty();
    let other = format!("{}=/elsewhere", folders.inbox().display());
    let said = folder_refused(&folders, &["--dir", &other]);
    promise_by!(
        "GRANT-01",
        assert_says(&said, &["no folder /elsewhere", "/inbox, /publish"])
    );
}

#[test]
fn overlapping_folders_are_refused() {
    let folders = Folders::empty();
    let inside = folders.root().join("in");
    fs::create_dir(&inside).unwrap();
    let root = format!("{}=/publish", folders.root().display());
    for inbox in [&inside, &folders.root()] {
        for how in ["", ":ro"] {
            let inbox = format!("{}=/inbox{how}", inbox.display());
            let said = refused(1, &["--adapter", "folder", "--dir", &inbox, "--dir", &root]);
            promise_by!(
                "GRANT-02",
                assert_says(&said, &["overlap", &inbox, &root, "Grant one of them"])
            );
        }
    }
}

#[test]
fn taken_port_is_refused() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = serve();
    command
        .args(["--listen", &address])
        .args(Folders::empty().arguments());
    let (output, said) = run(command);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_says(&said, &[&address, "in use", "--listen 127.0.0.1:"]);
}

#[test]
fn remote_address_is_refused() {
    let mut command = serve();
    let folders = Folders::empty();
    command
        .args(["--listen", "0.0.0.0:0"])
        .args(folders.arguments());
    let (output, said) = run(command);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_says(
        &said,
        &["0.0.0.0:0", "other machines", "127.0.0.1", "--allow-remote"],
    );
}

#[test]
fn bad_command_line_is_refused() {
    let said = refused(64, &["--adapter", "folder", "--lisen", "127.0.0.1:1"]);
    assert_says(&said, &["--lisen", "--listen"]);
    let said = refused(64, &["--adapter", "folder", "--log", "loud"]);
    assert_says(&said, &["loud"]);
}

#[test]
fn refusal_leaves_nothing() {
    let folders = Folders::sample();
    let before = folders.inbox_files();
    folder_refused(&folders, &["--set", "colour=red"]);
    assert_eq!(folders.inbox_files(), before);
    assert!(
        Path::new(&folders.root())
            .read_dir()
            .unwrap()
            .next()
            .is_none()
    );
}
