//! The page in a browser: scripts of `tests/page`, each of which drives the page and fails with a
//! reason.
//!
//! They need Node, the npm packages that `cargo xtask test` puts into `target/page-node`, and a
//! Chromium. If one is missing, the message says which, and how to get it.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use serde_json::{Value, json};

use crate::{Server, run, target};

/// The names of Chromium's program.
const CHROMIUMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The program of this name in `PATH`.
fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let places = env::split_paths(&path);
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    places
        .map(|folder| folder.join(&name))
        .find(|file| file.is_file())
}

/// Runs a script of `tests/page` against this server; `more` is added to its argument.
#[track_caller]
pub fn drive(name: &str, server: &Server, more: Value) {
    let chromium = CHROMIUMS.iter().find_map(|name| program(name));
    let chromium = chromium.expect(
        "there is no Chromium in PATH, which the tests of the page drive: on Debian, `apt-get install chromium`",
    );
    let node = program("node").expect(
        "there is no Node in PATH, which drives the page: on Debian, `apt-get install nodejs npm`",
    );
    let packages = target()
        .parent()
        .expect("a target folder")
        .join("page-node");
    assert!(
        packages.join("node_modules").is_dir(),
        "{} is missing: run `cargo xtask test`, which installs playwright-core and axe-core there",
        packages.display()
    );
    let failures = target().join("test-data").join("page-failures");
    fs::create_dir_all(&failures).expect("a folder");
    let mut given = json!({
        "name": name,
        "address": server.address,
        "token": server.token,
        "chromium": chromium,
        "failures": failures,
    });
    if let (Value::Object(given), Value::Object(more)) = (&mut given, more) {
        given.extend(more);
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/page/");
    let mut command = Command::new(node);
    command
        .arg(format!("{script}{name}.mjs"))
        .arg(given.to_string())
        .env("PYBLISH_PAGE_NODE", packages);
    let (output, said) = run(command);
    print!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(
        output.status.success(),
        "{said}\n(what the page looked like is in {})",
        failures.display()
    );
}
