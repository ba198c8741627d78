//! Builds the adapter, and publishes with it, as an artist would: `cargo test`.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// Which versions of its hosts the adapter is for, such as `maya=>=2022, <2026`; all of those that are not named.
const HOST_VERSIONS: &[&str] = &[];

/// Runs a command in the project; returns its exit code.
fn run(program: &str, arguments: &[&str]) -> Option<i32> {
    let mut command = Command::new(program);
    let status = command.args(arguments).current_dir(PROJECT).status();
    let status = status.unwrap_or_else(|error| panic!("{program} cannot be started: {error}"));
    status.code()
}

/// Runs the runtime: `$PYBLISH_ENDPOINT`, or the `pyblish-endpoint` that is installed.
fn endpoint(arguments: &[&str]) -> Option<i32> {
    let program = env::var("PYBLISH_ENDPOINT").unwrap_or_else(|_| "pyblish-endpoint".into());
    run(&program, arguments)
}

/// Builds `my-adapter.wasm`.
fn build() {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let built = "target/wasm32-wasip2/release/adapter.wasm";
    let target = ["--target", "wasm32-wasip2", "--target-dir", "target"];
    let arguments = [&["build", "--release", "--locked"], &target[..]].concat();
    assert_eq!(run(&cargo, &arguments), Some(0), "it does not build");
    let mut arguments = vec!["adapters", "seal", built, "--output", "my-adapter.wasm"];
    for versions in HOST_VERSIONS {
        arguments.extend(["--host-versions", versions]);
    }
    assert_eq!(endpoint(&arguments), Some(0), "it does not load");
}

/// Publishes the files in `work`; returns the exit code and the problems in the report.
fn publish(place: &Path) -> (Option<i32>, Value) {
    let path = |name: &str| place.join(name).display().to_string();
    let code = endpoint(&[
        "publish",
        "--adapter",
        "./my-adapter.wasm",
        "--dir",
        &format!("{}=/work", path("work")),
        "--dir",
        &format!("{}=/publish", path("publish")),
        "--history-dir",
        &path("history"),
        "--report",
        &path("report.json"),
    ]);
    let report = fs::read_to_string(place.join("report.json")).expect("a report");
    let mut report: Value = serde_json::from_str(&report).expect("JSON");
    (code, report["problems"].take())
}

#[test]
fn files_are_checked_and_published() {
    build();
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("publish");
    if place.exists() {
        fs::remove_dir_all(&place).expect("gone");
    }
    let place = place.as_path();
    let (work, published) = (place.join("work"), place.join("publish"));
    fs::create_dir_all(&work).expect("a folder");
    fs::create_dir_all(&published).expect("a folder");
    fs::write(work.join("Hero One.txt"), "hero").expect("a file");
    fs::write(work.join("notes.tmp"), "none of it").expect("a file");

    let (code, problems) = publish(place);
    assert_eq!(code, Some(1), "a bad name stops it: {problems}");
    assert_eq!(problems[0]["title"], "Bad name");
    assert!(!published.join("Hero One.txt").exists());

    fs::rename(work.join("Hero One.txt"), work.join("hero_one.txt")).expect("renamed");
    let (code, problems) = publish(place);
    assert_eq!(code, Some(0), "{problems}");
    let copy = fs::read_to_string(published.join("hero_one.txt"));
    assert_eq!(copy.expect("a published file"), "hero");
    assert!(!published.join("notes.tmp").exists());

    // What is published is never replaced.
    let (code, problems) = publish(place);
    assert_eq!(code, Some(2), "{problems}");
    let message = problems[0]["message"].as_str().expect("a message");
    assert!(message.contains("is published already"), "{message}");
}
