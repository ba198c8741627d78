//! Checks that the code has the structure of ARCHITECTURE.md: crates and files only depend on lower
//! ones, and some libraries are only used by one crate.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::imports::Imports;

/// The crates of the runtime from the lowest up, each with those that it may depend on. `bridge` is
/// the Python code that runs inside hosts, as one file.
const CRATES: [(&str, &[&str]); 18] = [
    ("model", &[]),
    ("platform", &[]),
    ("realm", &[]),
    ("rules", &["model"]),
    ("copy", &[]),
    ("adapter", &["copy", "model", "platform", "realm"]),
    ("distribution", &["platform"]),
    ("hosts", &["bridge", "model", "platform"]),
    ("history", &["model", "platform"]),
    (
        "session",
        &["model", "rules", "platform", "adapter", "hosts", "history"],
    ),
    ("report", &["model", "rules"]),
    ("client", &["model"]),
    ("farm", &["distribution", "client"]),
    (
        "server",
        &["model", "rules", "platform", "session", "report", "farm"],
    ),
    ("qml", &["model", "rules", "platform", "report", "client"]),
    ("shipping", &["platform", "history", "client"]),
    (
        "hub",
        &[
            "model", "rules", "report", "server", "client", "realm", "shipping", "farm",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "rules",
            "platform",
            "adapter",
            "distribution",
            "hosts",
            "history",
            "session",
            "report",
            "client",
            "server",
            "qml",
            "shipping",
            "farm",
            "hub",
        ],
    ),
];

/// Libraries, and the only crates that may use them.
const RESERVED: [(&str, &[&str]); 15] = [
    ("wasmtime", &["adapter"]),
    ("wasmtime-wasi", &["adapter"]),
    ("wasmparser", &["adapter"]),
    ("wasm-encoder", &["adapter"]),
    ("minisign", &["distribution"]),
    ("minisign-verify", &["distribution"]),
    ("rusqlite", &["history"]),
    ("axum", &["server", "hub"]),
    ("hyper", &["server", "client"]),
    ("reqwest", &["distribution", "hub"]),
    ("clap", &["cli"]),
    ("tokio-postgres", &["hub"]),
    ("deadpool-postgres", &["hub"]),
    ("refinery", &["hub"]),
    ("prometheus-client", &["server", "hub"]),
];

fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap().to_path_buf()
}

/// The packages of the workspace, from cargo.
fn packages() -> Vec<Value> {
    let mut command = std::process::Command::new(env!("CARGO"));
    command.current_dir(root());
    command.args(["metadata", "--no-deps", "--format-version", "1", "--locked"]);
    let told = command.output().unwrap();
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    told["packages"].as_array().unwrap().clone()
}

/// The dependencies of the crate in this folder of `runtime/`, without those of tests.
fn dependencies(packages: &[Value], folder: &str) -> Vec<String> {
    let manifest = root().join("runtime").join(folder).join("Cargo.toml");
    let is_it = |package: &&Value| package["manifest_path"].as_str() == manifest.to_str();
    let package = packages.iter().find(is_it);
    let package = package.unwrap_or_else(|| panic!("no crate in runtime/{folder}"));
    let all = package["dependencies"].as_array().unwrap().iter();
    all.filter(|dependency| dependency["kind"].as_str() != Some("dev"))
        .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn each_crate_of_the_runtime_has_its_place() {
    let mut there: Vec<_> = fs::read_dir(root().join("runtime"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    let mut known = CRATES.map(|(name, _)| name);
    known.sort();
    assert_eq!(there, known);
}

#[test]
fn crates_know_only_those_below() {
    let packages = packages();
    for (index, (name, may)) in CRATES.iter().enumerate() {
        let below: Vec<_> = CRATES[..index].iter().map(|(name, _)| *name).collect();
        let is_below = |it: &&str| *it == "bridge" || below.contains(it);
        assert!(may.iter().all(is_below), "{name} is too low");
        for dependency in dependencies(&packages, name) {
            let Some(own) = dependency.strip_prefix("pyblish-") else {
                continue;
            };
            assert!(may.contains(&own), "{name} must not know {own}");
        }
    }
}

#[test]
fn libraries_stay_in_their_crates() {
    let packages = packages();
    for (name, _) in CRATES {
        for dependency in dependencies(&packages, name) {
            let owners = RESERVED.iter().find(|(library, _)| *library == dependency);
            if let Some((library, owners)) = owners {
                let owned = owners.contains(&name);
                assert!(owned, "{name} uses {library}, and only {owners:?} may");
            }
        }
    }
}

#[test]
fn files_of_no_crate_import_each_other_in_a_circle() {
    let mut wrong = Vec::new();
    for package in packages() {
        for target in package["targets"].as_array().unwrap() {
            let kinds = target["kind"].as_array().unwrap();
            let is_code = kinds.iter().any(|kind| {
                let kind = kind.as_str().unwrap();
                matches!(kind, "lib" | "rlib" | "cdylib" | "bin")
            });
            if !is_code {
                continue;
            }
            let file = PathBuf::from(target["src_path"].as_str().unwrap());
            let imports = Imports::read(&file).unwrap();
            for circle in imports.circles() {
                let short = |file: &PathBuf| {
                    let inside = file.strip_prefix(root()).unwrap();
                    inside.display().to_string()
                };
                let arrows = circle.iter().map(|from| {
                    let to = imports.arrows[from].intersection(&circle);
                    let to: Vec<_> = to.map(short).collect();
                    format!("  {} imports {}", short(from), to.join(", "))
                });
                wrong.push(arrows.collect::<Vec<_>>().join("\n"));
            }
        }
    }
    assert!(wrong.is_empty(), "circles:\n{}", wrong.join("\n\n"));
}
