//! The release of an adapter that `new` makes: one command builds, tests, seals, signs and pushes
//! it, and the same sources give the same file wherever they are built. Needs crates.io.

#![cfg(unix)]

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use pyblish_endpoint_tests::{endpoint, run};

use super::docker_registry::DockerRegistry;
use super::machine::{Machine, assert_says, text};

/// The project `hero-shots`, in a folder of its own.
fn project(machine: &Machine, folder: &str) -> PathBuf {
    let below = machine.path(folder);
    std::fs::create_dir(&below).unwrap();
    let mut command = endpoint();
    command
        .args(["new", "hero-shots", "--language", "rust"])
        .current_dir(&below);
    let (output, said) = run(command);
    assert!(output.status.success(), "{said}");
    below.join("hero-shots")
}

/// Where the crates of this user are.
fn cargo_home() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cargo");
    std::env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

/// What `release.sh` prints, with the crates under this path.
fn release(machine: &Machine, project: &Path, crates: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("sh");
    // The environment of the tests' binary, for its caches.
    let of_endpoint = endpoint();
    for (name, value) in of_endpoint.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    // Variables of this test are not the author's.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO")) {
        command.env_remove(name);
    }
    command
        .arg(project.join("release.sh"))
        .args(arguments)
        .current_dir(machine.path("project"))
        .env("CARGO_HOME", crates)
        .env("PYBLISH_ENDPOINT", of_endpoint.get_program());
    let (output, said) = run(command);
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{out}\n{said}");
    out.into_owned()
}

#[test]
fn release_is_one_command_and_one_file_everywhere() {
    let registry = DockerRegistry::open();
    let machine = Machine::empty();
    let (key, lines) = machine.key("studio.key");
    let image = format!("{}/pipeline/hero-shots", registry.address);
    let arguments = [&image, text(&key), "--plain-http"];
    let one = project(&machine, "one");
    let said = release(&machine, &one, &cargo_home(), &arguments);
    assert_says(&said, &["pushed: hero-shots 0.1.0, signed with the key"]);
    // Elsewhere, with the crates under another path: the registry has exactly this already.
    let crates = machine.path("crates");
    symlink(cargo_home(), &crates).unwrap();
    let other = project(&machine, "elsewhere");
    let said = release(&machine, &other, &crates, &arguments);
    assert_says(&said, &["already there: hero-shots 0.1.0"]);
    machine.configure(&lines);
    let image = format!("{image}:0.1.0");
    let said = machine.adapters(&["add", &image, "--plain-http"]).ok();
    assert_says(&said, &["hero-shots 0.1.0, signed by studio"]);
}
