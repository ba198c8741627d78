//! The guide *Ship your adapters* is a story: its commands are run here one after the other, from an
//! empty machine. Only the registry, the share and the adapter are others: one that needs no Maya, in
//! the version that it was built with. The registry has no certificate.

use std::fs;
use std::process::Command;

use pyblish_endpoint_tests::run;

use super::docker_registry::DockerRegistry;
use super::machine::{Machine, text};

const GUIDE: &str = include_str!("../../../docs/src/guides/ship-your-adapters.md");

/// What a command of the guide names, and what stands in its place. The longer version comes first.
const NAMES: [(&str, &str); 3] = [("maya", "folder"), ("1.4.0", "0.2.0"), ("1.4", "0.2")];

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

/// Pushes the next version.
fn release_next(machine: &Machine, registry: &DockerRegistry) {
    let next = machine.share("next.wasm", |it| it.version = "0.2.1".into());
    let image = format!("{}/pipeline/folder:0.2.1", registry.address);
    let push = ["push", text(&next), &image, "--sign", "studio.key"];
    let push = [&push[..], &["--plain-http"]].concat();
    machine.adapters(&push).ok();
}

#[test]
fn guide_is_followed_from_an_empty_machine() {
    let registry = DockerRegistry::open();
    let machine = Machine::empty();
    let share = machine.path("share");
    let built = machine.share_folder_adapter();
    fs::rename(built, machine.path("project/folder.wasm")).unwrap();
    let mut seen = Vec::new();
    for command in commands() {
        let here = NAMES
            .iter()
            .fold(command, |it, (from, to)| it.replace(from, to));
        let here = here
            .replace("registry.studio.lan", &registry.address)
            .replace("/share/adapters", text(&share));
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
                    release_next(&machine, &registry);
                }
                machine.adapters(&arguments).ok();
                seen.push(*what == "push");
            }
            ["pyblish-endpoint", "serve", "--locked", "--host", "folder"] => {
                drop(machine.serve(&["--locked"]));
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
    assert!(machine.lock().contains("version = \"0.2.1\""));
    assert!(machine.path("project/adapters.tar").is_file());
}
