//! The release of an adapter that `new` makes: one command builds, tests, seals, signs and pushes
//! it, and the same sources give the same file wherever they are built. Needs crates.io.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use pyblish_endpoint_tests::{endpoint, run};

use super::ci_file::CiFile;
use super::docker_registry::{DockerRegistry, PASSWORD};
use super::machine::{Machine, assert_says, text, write_private};

/// The project `hero-shots`, in a folder of its own.
fn project(machine: &Machine, folder: &str) -> PathBuf {
    let below = machine.path(folder);
    fs::create_dir(&below).unwrap();
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

/// A shell command of the author's, in that folder, with the crates under this path.
fn command(program: &str, folder: &Path, crates: &Path) -> Command {
    let mut command = Command::new(program);
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
        .current_dir(folder)
        .env("CARGO_HOME", crates)
        .env("PYBLISH_ENDPOINT", of_endpoint.get_program());
    command
}

/// What `release.sh` prints, with the crates under this path.
fn release(machine: &Machine, project: &Path, crates: &Path, arguments: &[&str]) -> String {
    let mut command = command("sh", &machine.path("project"), crates);
    command.arg(project.join("release.sh")).args(arguments);
    let (output, said) = run(command);
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{out}\n{said}");
    out.into_owned()
}

/// By hand, and elsewhere by the file of CI, with the crates under another path: into a registry with
/// TLS and users. The second time, the registry has exactly this already.
#[test]
fn release_is_one_command_and_one_file_everywhere() {
    let registry = DockerRegistry::with_tls_and_users();
    let machine = Machine::empty();
    let (key, lines) = machine.key("studio.key");
    let password = machine.path("password");
    write_private(&password, PASSWORD);
    let authority = registry.authority();
    let trust = format!("[trust]\nca-file = {:?}\n{lines}", text(&authority));
    machine.configure(&trust);
    let name = format!("{}/pipeline", registry.address);
    let image = format!("{name}/hero-shots");
    let user = [
        "--registry-user",
        "ci",
        "--registry-password-file",
        text(&password),
    ];
    let arguments = [
        &[image.as_str(), text(&key), "--ca-file", text(&authority)],
        &user[..],
    ];
    let one = project(&machine, "one");
    let said = release(&machine, &one, &cargo_home(), &arguments.concat());
    assert_says(&said, &["pushed: hero-shots 0.1.0, signed with the key"]);

    let crates = machine.path("crates");
    symlink(cargo_home(), &crates).unwrap();
    let other = project(&machine, "elsewhere");
    let ci = CiFile::read(&other.join(".github/workflows/release.yml"));
    assert_eq!(ci.tags(), ["v*"]);
    assert_eq!(ci.permissions(), [("contents", "read")]);
    let secret = fs::read_to_string(&key).unwrap();
    let given = BTreeMap::from([
        ("vars.REGISTRY", name.as_str()),
        ("vars.REGISTRY_USER", "ci"),
        ("secrets.REGISTRY_PASSWORD", PASSWORD),
        ("secrets.SIGNING_KEY", secret.trim_end()),
    ]);
    let runner = machine.path("runner");
    fs::create_dir(&runner).unwrap();
    let steps = ci.steps();
    let (release, prepare) = steps.split_last().unwrap();
    // A target and a package: what they bring is here already, and the machine has no internet.
    let prepared: Vec<_> = prepare.iter().map(|it| it.script.as_str()).collect();
    assert_eq!(
        prepared,
        [
            "rustup target add wasm32-wasip2",
            "pip install pyblish-endpoint"
        ]
    );
    let mut shell = command("bash", &other, &crates);
    shell.env("RUNNER_TEMP", &runner);
    shell.env("XDG_CONFIG_HOME", machine.path("config"));
    let said = release.run(shell, &given);
    assert_says(&said, &["already there: hero-shots 0.1.0"]);
    for file in ["signing.key", "password"] {
        let mode = fs::metadata(runner.join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }

    let image = format!("{image}:0.1.0");
    let add = [&["add", &image], &user[..]].concat();
    let said = machine.adapters(&add).ok();
    assert_says(&said, &["hero-shots 0.1.0, signed by studio"]);
}
