//! What goes wrong on the machines of a site: homes without locks, no home at all, a read-only one,
//! a configuration on a share that is gone, no certificate of an authority. Each is told in words,
//! with the next step.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use pyblish_endpoint_tests::home::{Home, put_program};
use pyblish_endpoint_tests::{endpoint, run, target};

use crate::user::{User, good_folders};

/// A stand-in for a home on NFS without its lock service, which cannot be mounted here: whoever
/// locks a file is told what such a mount says.
const NO_LOCKS: &str = "
#include <errno.h>
int flock(int file, int how) { (void)file; (void)how; errno = ENOLCK; return -1; }
";

fn standin_without_locks() -> PathBuf {
    let place = target().join("test-data");
    fs::create_dir_all(&place).unwrap();
    let (source, library) = (place.join("no-locks.c"), place.join("no-locks.so"));
    fs::write(&source, NO_LOCKS).unwrap();
    let mut command = Command::new("cc");
    command.args(["-shared", "-fPIC", "-o"]).arg(&library);
    assert!(command.arg(source).status().expect("cc").success());
    library
}

#[test]
fn home_without_locks_is_told() {
    let user = User::new();
    let folders = good_folders();
    let mut command = user.command(["publish"]);
    command.args(folders.arguments());
    command.env("LD_PRELOAD", standin_without_locks());
    let (output, said) = run(command);
    // As on a full disk, publishing goes on, and the history is not written.
    assert_eq!(output.status.code(), Some(0), "{said}");
    for part in [
        "cannot lock files",
        "NFS without its lock service",
        "--history-dir",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn missing_home_is_told() {
    // Root has a home in the list of users; a number that is not in it has none.
    const NOBODY: u32 = 54_321;
    let is_root =
        fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0);
    if !is_root {
        eprintln!("only root can be another user: not played");
        return;
    }
    // Somewhere that user can read: the folder of the build may be in root's home.
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o777)).unwrap();
    let program = place.path().join("pyblish-endpoint");
    put_program(&program);
    let said = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).uid(NOBODY).gid(NOBODY).env_clear();
        command.current_dir(place.path());
        run(command)
    };
    for arguments in [
        &["list"][..],
        &["history", "list"],
        &["host", "install", "nuke"],
        &["doctor", "--about", "folders"],
    ] {
        let (output, words) = said(arguments);
        let words = words + &String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {words}");
        assert!(
            words.contains("no home folder") && words.contains("set HOME"),
            "{arguments:?}: {words}"
        );
    }
    // A folder that is named needs no home.
    let folder = place.path().join("nuke");
    let (output, words) = said(&[
        "host",
        "install",
        "nuke",
        "--into",
        folder.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{words}");
}

#[test]
fn home_that_cannot_be_written_is_told() {
    let user = User::new();
    // A file in its place stops even root.
    fs::write(user.path("data"), "").unwrap();
    let ended = user.publish(&good_folders().arguments(), &[]).with(70);
    ended.says(&["the history cannot be kept in", "--history-dir"]);
}

#[test]
fn configuration_on_a_share_that_is_gone_is_told() {
    let home = Home::empty();
    let mut command = endpoint();
    command.arg("list");
    home.set(&mut command);
    command.env(
        "PYBLISH_ENDPOINT_CONFIG",
        "/share-that-is-gone/endpoint.toml",
    );
    let (output, said) = run(command);
    assert_eq!(output.status.code(), Some(64), "{said}");
    for part in [
        "/share-that-is-gone/endpoint.toml",
        "mount its share",
        "PYBLISH_ENDPOINT_CONFIG",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn empty_certificate_store_is_told() {
    let (user, folders) = (User::new(), good_folders());
    let mut command = user.command(["publish"]);
    command
        .args(folders.arguments())
        .args(["--hub", "https://hub.invalid"])
        .env("PYBLISH_HUB_TOKEN", "a-token")
        .env("SSL_CERT_FILE", "/nowhere/certificates.pem")
        .env("SSL_CERT_DIR", "/nowhere");
    let (output, said) = run(command);
    // Nothing waits for the hub, so the publish goes on.
    assert_eq!(output.status.code(), Some(0), "{said}");
    for part in [
        "no certificates of authorities",
        "/nowhere/certificates.pem",
        "--hub-ca",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn adapters_of_a_half_installed_package_are_named() {
    // The program was copied, and the folder beside it was not.
    let place = tempfile::tempdir().unwrap();
    let program = place.path().join("pyblish-endpoint");
    put_program(&program);
    let home = Home::empty();
    let run_it = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        home.set(&mut command);
        command
            .args(arguments)
            .env_remove("PYBLISH_ENDPOINT_ADAPTERS");
        run(command)
    };
    let (output, said) = run_it(&["publish", "--adapter", "folder"]);
    assert_eq!(output.status.code(), Some(64), "{said}");
    let beside = place.path().join("adapters");
    assert!(
        said.contains("there is no adapter \"folder\"") && said.contains(beside.to_str().unwrap()),
        "{said}"
    );
    // One of its adapters is only half there.
    fs::create_dir(&beside).unwrap();
    let whole = fs::read(pyblish_endpoint_tests::adapter("folder")).unwrap();
    fs::write(beside.join("folder.wasm"), &whole[..whole.len() / 2]).unwrap();
    let (output, said) = run_it(&["doctor", "--about", "adapters"]);
    let said = said + &String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("folder.wasm"), "{said}");
}
