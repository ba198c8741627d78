//! The JavaScript client, `clients/js`: a script with it publishes through the real binary.

use std::path::{Path, PathBuf};
use std::process::Command;

use pyblish_endpoint_tests::{Folders, Server, run};

fn client() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients/js")
}

#[test]
fn client_publishes() {
    let folders = Folders::sample();
    let server = Server::start(folders.arguments());
    let mut command = Command::new("node");
    command
        .arg(client().join("tests/publish.mjs"))
        .arg(&server.address)
        .arg(server.started["tokenFile"].as_str().unwrap());
    let (output, said) = run(command);
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{out}{said}");
    assert_eq!(out.trim(), "published");
    assert!(folders.root().join("imagesequence/hero/v001").is_dir());
}

#[test]
fn each_export_has_a_type() {
    let read = |name: &str| std::fs::read_to_string(client().join(name)).unwrap();
    let (exports, types) = (read("index.js"), read("index.d.ts"));
    let mut count = 0;
    for line in exports.lines().filter(|line| line.starts_with("export")) {
        let name = line.split(['{', '}']).nth(1).unwrap().trim();
        let class = format!("export declare class {name} ");
        let (_, body) = types.split_once(&class).unwrap_or_else(|| panic!("{name}"));
        let body = body.split_once("\n}").unwrap().0;
        let file = line.split('"').nth(1).unwrap().trim_start_matches("./");
        let source = read(file);
        let methods = source.lines().filter_map(|line| {
            let line = line.strip_prefix("  ")?.trim_start_matches("async ");
            let line = line.trim_start_matches('*');
            let (name, _) = line.split_once('(')?;
            let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
            is_name.then_some(name)
        });
        for method in methods.filter(|name| !["if", "for", "super", "constructor"].contains(name)) {
            if name != "EndpointError" {
                assert!(body.contains(&format!("{method}(")), "{name}.{method}");
            }
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}
