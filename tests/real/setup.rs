//! The files of `pyblish-endpoint host install`, in the real host. `cargo xtask test --hosts`
//! installs the host and runs this; a plain `cargo test` does not.

#![cfg(unix)]

use std::fs;
use std::process::{Command, Stdio};

use pyblish_endpoint_tests::home::Home;
use pyblish_endpoint_tests::run;

#[test]
fn blender_finds_the_bridge() {
    let version = Command::new("blender").arg("--version").output();
    let version = version.expect("`cargo xtask test --hosts` installs blender");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let version = version.split_whitespace().nth(1).expect("Blender X.Y.Z");
    let (version, _) = version.rsplit_once('.').expect("Blender X.Y.Z");
    let home = Home::empty();
    fs::create_dir(home.path("run")).unwrap();
    home.host(&["install", "blender", "--version", version])
        .ok();
    // As the start-up file does: it imports from the folder that Blender has found by itself.
    let serve = "import os, pyblish_endpoint_bridge as b; running = b.start(); \
        print('listens at', running.address, os.path.dirname(b.__file__)); running.stop()";
    let mut command = Command::new("blender");
    command
        .args(["-b", "--python-expr", serve])
        .stdin(Stdio::null());
    home.set(&mut command);
    let (output, said) = run(command);
    let out = String::from_utf8_lossy(&output.stdout);
    let folder = home.path(".config/blender").join(version);
    let folder = folder.join("scripts/startup/pyblish_endpoint_startup");
    assert!(out.contains("listens at 127.0.0.1:"), "{out} {said}");
    assert!(out.contains(folder.to_str().unwrap()), "{out} {said}");
    // Compiled Python files are removed with their sources.
    home.host(&["remove", "blender", "--version", version]).ok();
    assert!(!folder.exists());
}
