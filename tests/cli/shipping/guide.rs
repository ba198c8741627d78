//! The guide *Ship your adapters* is a story: its commands are run here one after the other, from an
//! empty machine. Only the names of the registry and the share are others, and the registry has no
//! certificate.

use std::fs;
use std::process::Command;

use pyblish_endpoint_tests::{Server, run};

use super::docker_registry::DockerRegistry;
use super::machine::{Machine, text};

const GUIDE: &str = include_str!("../../../docs/src/guides/ship-your-adapters.md");

/// The registry and the share of the guide.
const REGISTRY: &str = "registry.studio.lan";
const SHARE: &str = "/share/adapters";

/// The commands in the guide, without the comments behind them.
fn commands() -> Vec<String> {
    let blocks = GUIDE.split("```sh\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap());
    let lines = blocks.flat_map(str::lines);
    let lines = lines.map(|line| line.split(" #").next().unwrap().trim());
    lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The adapter `maya` of this version, in the folder in which the commands are run.
fn build(machine: &Machine, version: &str) {
    let shared = machine.share("maya.wasm", |it| {
        it.name = "maya".into();
        it.version = version.into();
        it.hosts = vec!["maya".into()];
    });
    fs::rename(shared, machine.path("project/maya.wasm")).unwrap();
}

#[test]
fn guide_is_followed_from_an_empty_machine() {
    let registry = DockerRegistry::open();
    let machine = Machine::empty();
    let share = machine.path("share");
    build(&machine, "1.4.0");
    let mut seen = Vec::new();
    for command in commands() {
        let here = command
            .replace(REGISTRY, &registry.address)
            .replace(SHARE, text(&share));
        let words: Vec<&str> = here.split_whitespace().collect();
        match words.as_slice() {
            ["pyblish-endpoint", "adapters", "keys", "generate", key] => {
                let lines = machine.adapters(&["keys", "generate", key]).ok();
                machine.configure(&format!("[trust]\nrequire-signature = true\n{lines}"));
            }
            ["pyblish-endpoint", "adapters", what, ..] => {
                let mut arguments = words[2..].to_vec();
                if ["push", "add", "install", "update"].contains(what) {
                    arguments.push("--plain-http");
                }
                // There is something to update to.
                if arguments.contains(&"--dry-run") && *what == "update" {
                    build(&machine, "1.4.1");
                    let image = format!("{}/pipeline/maya:1.4.1", registry.address);
                    let push = ["push", "maya.wasm", &image, "--sign", "studio.key"];
                    machine
                        .adapters(&[&push[..], &["--plain-http"]].concat())
                        .ok();
                }
                machine.adapters(&arguments).ok();
                seen.push(*what == "push");
            }
            ["pyblish-endpoint", "serve", "--locked", "--host", "maya"] => {
                let mut serve = machine.serve_command();
                let arguments = machine.folders.arguments();
                let arguments = arguments.iter().map(|it| match it.as_str() {
                    "folder" => "maya",
                    other => other,
                });
                serve.args(arguments).arg("--locked");
                drop(Server::start_with(serve));
            }
            [program, arguments @ ..] => {
                let mut command = Command::new(program);
                let place = machine.path("project");
                command.args(arguments).current_dir(place);
                let (output, said) = run(command);
                assert!(output.status.success(), "{here}: {said}");
            }
            [] => {}
        }
    }
    assert!(seen.len() >= 9 && seen.contains(&true), "{seen:?}");
    assert!(machine.lock().contains("version = \"1.4.1\""));
    assert!(machine.path("project/adapters.tar").is_file());
}
