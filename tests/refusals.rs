//! What the command line refuses: each with a message that names the thing and the next step, and exit
//! code 1, or 2 where the command line itself is wrong. Nothing is served, nothing is touched.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use pyblish_endpoint_tests::{Folders, run, serve};

/// Runs `serve` with these arguments; it must end by itself with this code. What it said.
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
fn an_unknown_adapter() {
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
fn a_file_that_is_not_there() {
    let said = refused(1, &["--adapter", "nowhere/at-all.wasm"]);
    assert_says(
        &said,
        &["nowhere/at-all.wasm", "cannot be read", "Check the path"],
    );
}

#[test]
fn a_file_that_is_no_component() {
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
fn a_core_module() {
    let (_place, path) = component("(module)");
    let said = refused(1, &["--adapter", &path]);
    assert_says(&said, &[&path, "core module", "wasm-tools component new"]);
}

#[test]
fn a_component_without_the_service() {
    let (_place, path) = component("(component)");
    let said = refused(1, &["--adapter", &path]);
    assert_says(
        &said,
        &[
            &path,
            "pyblish:endpoint/service@0.1.0",
            "pyblish:endpoint/adapter@0.1.0",
        ],
    );
}

#[test]
fn a_component_that_imports_what_is_not_offered() {
    let text =
        r#"(component (import "studio:farm/queue@2.0.0" (instance (export "submit" (func)))))"#;
    let (_place, path) = component(text);
    let said = refused(1, &["--adapter", &path]);
    assert_says(
        &said,
        &[
            &path,
            "studio:farm/queue@2.0.0",
            "pyblish:endpoint/adapter@0.1.0",
        ],
    );
}

#[test]
fn an_unknown_setting() {
    let said = folder_refused(&Folders::empty(), &["--set", "colour=red"]);
    assert_says(
        &said,
        &["no setting \"colour\"", "inbox, root, pattern, off"],
    );
}

#[test]
fn an_ill_typed_setting() {
    let said = folder_refused(&Folders::empty(), &["--set", "off=[1]"]);
    assert_says(&said, &["off", "must be a list", "[1]", "--set off=VALUE"]);
}

#[test]
fn a_setting_that_the_adapter_refuses() {
    let said = folder_refused(&Folders::empty(), &["--set", "pattern=(["]);
    assert_says(&said, &["pattern", "(["]);
    let said = folder_refused(&Folders::empty(), &["--set", "off=ValidateColour"]);
    assert_says(&said, &["ValidateColour", "ValidateName"]);
}

#[test]
fn a_setting_without_a_value() {
    let said = refused(2, &["--adapter", "folder", "--set", "pattern"]);
    assert_says(&said, &["KEY=VALUE"]);
}

#[test]
fn a_malformed_folder() {
    let said = refused(2, &["--adapter", "folder", "--dir", "in:/inbox"]);
    assert_says(&said, &["HOST_PATH=GUEST_PATH"]);
}

#[test]
fn a_missing_inbox() {
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
fn an_inbox_that_is_a_file() {
    let folders = Folders::empty();
    fs::remove_dir(folders.inbox()).unwrap();
    fs::write(folders.inbox(), b"").unwrap();
    let said = folder_refused(&folders, &[]);
    assert_says(
        &said,
        &[folders.inbox().to_str().unwrap(), "cannot be opened"],
    );
}

/// Root reads everything; without these two capabilities it is like anybody else.
#[cfg(target_os = "linux")]
#[test]
fn an_unreadable_inbox() {
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
fn a_folder_that_was_not_granted() {
    let said = refused(1, &["--adapter", "folder"]);
    assert_says(&said, &["needs a folder as /inbox", "--dir FOLDER=/inbox"]);
}

#[test]
fn a_folder_that_the_adapter_does_not_ask_for() {
    let folders = Folders::empty();
    let other = format!("{}=/elsewhere", folders.inbox().display());
    let said = folder_refused(&folders, &["--dir", &other]);
    assert_says(&said, &["no folder /elsewhere", "/inbox, /publish"]);
}

#[test]
fn folders_that_overlap() {
    let folders = Folders::empty();
    let inbox = format!("{}=/inbox:ro", folders.root().join("in").display());
    fs::create_dir(folders.root().join("in")).unwrap();
    let root = format!("{}=/publish", folders.root().display());
    let said = refused(1, &["--adapter", "folder", "--dir", &inbox, "--dir", &root]);
    assert_says(&said, &["overlap", "read-only"]);
}

#[test]
fn a_port_in_use() {
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
fn an_address_that_others_can_reach() {
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
fn a_command_line_that_is_wrong() {
    let said = refused(2, &["--adapter", "folder", "--lisen", "127.0.0.1:1"]);
    assert_says(&said, &["--lisen", "--listen"]);
    let said = refused(2, &["--adapter", "folder", "--log", "loud"]);
    assert_says(&said, &["loud"]);
}

#[test]
fn nothing_is_left_behind() {
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
