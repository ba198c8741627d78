//! The contract grows and never breaks: adapters that were built for earlier versions of it, kept as
//! files in `tests/data/contract`.

use std::fs;
use std::path::Path;

use pyblish_endpoint_tests::{endpoint, run};
use serde_json::Value;

/// Never replace this file, and never build it again: it stands for the adapters that people have.
/// If a change of the contract breaks it, the change is wrong.
const FIRST: &str = "data/contract/0.2.0.wasm";

#[test]
fn first_adapter_still_loads_and_publishes() {
    let adapter = Path::new(env!("CARGO_MANIFEST_DIR")).join(FIRST);
    let mut inspect = endpoint();
    inspect
        .args(["adapters", "inspect", "--json"])
        .arg(&adapter);
    let (output, said) = run(inspect);
    let inspected: Value = serde_json::from_slice(&output.stdout).expect(&said);
    assert_eq!(inspected["loads"], true, "{inspected}");
    // The file is the one of then.
    let sha256 = "849c31abb34763782c1b1a8a01af0bbfb9d06d802dbd312d5de9c3f82b0a219f";
    assert_eq!(inspected["sha256"], sha256);

    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    fs::create_dir(path("work")).unwrap();
    fs::create_dir(path("published")).unwrap();
    fs::write(path("work").join("hero.txt"), "hero").unwrap();
    fs::write(path("work").join("rig.txt"), "rig").unwrap();
    let mut publish = endpoint();
    publish
        .arg("publish")
        .arg("--adapter")
        .arg(&adapter)
        .args(["--set", r#"files=["hero.txt","rig.txt"]"#])
        .args(["--dir", &format!("{}=/work:ro", path("work").display())])
        .args([
            "--dir",
            &format!("{}=/publish", path("published").display()),
        ])
        .arg("--report")
        .arg(path("report.json"));
    let (output, said) = run(publish);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for (name, text) in [("hero.txt", "hero"), ("rig.txt", "rig")] {
        let copy = fs::read_to_string(path("published").join(name)).unwrap();
        assert_eq!(copy, text);
    }
    let report = fs::read_to_string(path("report.json")).unwrap();
    assert!(report.contains("Found rig.txt"), "{report}");
}
