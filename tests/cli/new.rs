//! `pyblish-endpoint new`, as the author of an adapter uses it: from an empty folder, with the real
//! binary and the command that it prints, to a publish over HTTP. Needs crates.io, PyPI and npm.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use pyblish_endpoint_tests::{Server, endpoint, run};
use serde_json::{Value, json};

/// Calls `new` in this folder. Returns the exit code, the one line on stdout, and stderr.
fn new(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    called(folder, arguments, |_| {})
}

fn called(
    folder: &Path,
    arguments: &[&str],
    change: impl FnOnce(&mut Command),
) -> (Option<i32>, String, String) {
    let mut command = endpoint();
    command.arg("new").args(arguments).current_dir(folder);
    change(&mut command);
    let (output, said) = run(command);
    let printed = String::from_utf8(output.stdout).expect("text");
    (output.status.code(), printed, said)
}

/// Makes a project and runs the command that `new` prints. Then publishes with the new adapter over
/// HTTP: a validation fails with a message, is repaired, and the publish succeeds.
fn from_nothing(language: &str, source: &str, traceback: bool) {
    let place = tempfile::tempdir().unwrap();
    let (code, printed, said) = new(place.path(), &["hero-shots", "--language", language]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("needs:\n  ok "), "{said}");
    assert!(!said.contains("missing"), "{said}");
    assert_eq!(printed.lines().count(), 1, "{printed}");

    let mut shell = pyblish_endpoint_tests::author("sh");
    shell.args(["-c", &printed]).current_dir(place.path());
    let (output, said) = run(shell);
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}: {out}\n{said}");

    let project = place.path().join("hero-shots");
    let adapter = project.join("hero-shots.wasm");
    let mut inspect = endpoint();
    inspect
        .args(["adapters", "inspect", "--json"])
        .arg(&adapter);
    let (output, said) = run(inspect);
    let inspected: Value = serde_json::from_slice(&output.stdout).expect(&said);
    assert_eq!(inspected["loads"], true, "{inspected}");
    let manifest = &inspected["manifest"];
    assert_eq!(manifest["name"], "hero-shots", "{manifest}");
    assert_eq!(manifest["hosts"], json!(["files"]));
    assert_eq!(manifest["settings"][0]["name"], "ignore");
    assert_eq!(
        manifest["grants"].as_array().unwrap().len(),
        2,
        "{manifest}"
    );
    let imports = inspected["imports"].to_string();
    assert!(!imports.contains("http"), "{imports}");

    let (work, published) = (place.path().join("work"), place.path().join("published"));
    fs::create_dir(&work).unwrap();
    fs::create_dir(&published).unwrap();
    fs::write(work.join("My Hero.txt"), "hero").unwrap();
    fs::write(work.join("left.bak"), "left").unwrap();
    fs::write(work.join("empty.txt"), "").unwrap();
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| n as u8).collect();
    fs::write(work.join("large.bin"), &large).unwrap();
    let server = Server::start([
        "--adapter".into(),
        adapter.display().to_string(),
        "--set".into(),
        r#"ignore=[".bak"]"#.into(),
        "--dir".into(),
        format!("{}=/work", work.display()),
        "--dir".into(),
        format!("{}=/publish", published.display()),
    ]);
    server.succeed("CollectFiles", None);
    let state = server.state();
    let mut names = instances(&state);
    names.sort();
    assert_eq!(names, ["My Hero.txt", "empty.txt", "large.bin"]);
    let result = server.run(json!({"plugin": "ValidateName", "instance": "My Hero.txt"}));
    let error = &result["error"];
    let message = "My Hero.txt has capitals or spaces: rename it to my_hero.txt, or repair";
    assert_eq!(error["message"], message, "{result}");

    // In v2: with title, location, and a traceback if the language has one.
    let session = pyblish_endpoint_tests::v2::session(&server);
    let path = pyblish_endpoint_tests::v2::start(&server, &session, json!({}));
    let run = pyblish_endpoint_tests::v2::end(&server, &session, &path);
    assert_eq!(run["state"], "stopped", "{run}");
    let results = server
        .send("GET", &format!("{session}/results?latest=true"))
        .ok();
    let text = results.to_string();
    let failure = failure(&results).unwrap_or_else(|| panic!("{results:#}"));
    assert_eq!(failure["title"], "Bad name", "{failure}");
    assert_eq!(failure["message"], message, "{failure}");
    let file = failure["location"]["file"].as_str().unwrap_or_default();
    assert!(file.ends_with(source), "{failure}");
    let told = failure["traceback"].as_str().unwrap_or_default();
    assert_eq!(told.contains(source), traceback, "{failure}");
    assert!(text.contains("Found My Hero.txt"), "{text}");

    let run_repair = |instance: &str| {
        server.run(json!({"plugin": "ValidateName", "instance": instance, "mode": "repair"}))
    };
    fs::write(work.join("my_hero.txt"), "in the way").unwrap();
    let refused = run_repair("My Hero.txt");
    let words = refused["error"]["message"].as_str().unwrap_or_default();
    assert!(words.contains("which is there already"), "{refused}");
    fs::remove_file(work.join("my_hero.txt")).unwrap();
    let repaired = run_repair("My Hero.txt");
    assert_eq!(repaired["success"], true, "{repaired}");
    server.succeed("ValidateName", Some("My Hero.txt"));
    for instance in ["My Hero.txt", "empty.txt", "large.bin"] {
        server.succeed("ExtractFile", Some(instance));
    }
    assert_eq!(fs::read(published.join("my_hero.txt")).unwrap(), b"hero");
    assert_eq!(fs::read(published.join("empty.txt")).unwrap(), b"");
    assert!(fs::read(published.join("large.bin")).unwrap() == large);
    assert!(!published.join("left.bak").exists());

    // An error of the language itself is a failure, too, and the session goes on.
    fs::remove_file(work.join("my_hero.txt")).unwrap();
    let words = server.fail("ExtractFile", Some("My Hero.txt"));
    assert!(words.contains("my_hero.txt"), "{words}");
    fs::remove_file(published.join("empty.txt")).unwrap();
    server.succeed("ExtractFile", Some("empty.txt"));
}

fn instances(state: &Value) -> Vec<&str> {
    let instances = state["context"]["children"].as_array();
    let instances = instances.unwrap_or_else(|| panic!("{state:#}"));
    let names = instances.iter().map(|it| it["name"].as_str().unwrap());
    names.collect()
}

/// The first failure in results of v1 or v2.
fn failure(results: &Value) -> Option<&Value> {
    match results {
        Value::Object(fields) if fields.contains_key("kind") && fields.contains_key("message") => {
            Some(results)
        }
        Value::Object(fields) => fields.values().find_map(failure),
        Value::Array(items) => items.iter().find_map(failure),
        _ => None,
    }
}

#[test]
fn rust_adapter_is_made() {
    from_nothing("rust", "lib.rs", false);
}

#[test]
fn python_adapter_is_made() {
    from_nothing("python", "adapter.py", true);
}

#[test]
fn javascript_adapter_is_made() {
    from_nothing("js", "adapter.js", true);
}

#[test]
fn existing_folder_is_kept() {
    let place = tempfile::tempdir().unwrap();
    let mine = place.path().join("shots");
    fs::create_dir(&mine).unwrap();
    fs::write(place.path().join("takes"), "a file").unwrap();
    symlink("nowhere", place.path().join("cuts")).unwrap();
    for name in ["shots", "takes", "cuts"] {
        let (code, printed, said) = new(place.path(), &[name, "--language", "python"]);
        assert_eq!((code, printed.as_str()), (Some(1), ""), "{said}");
        assert!(
            said.contains(&format!("{name} already exists; choose another name")),
            "{said}"
        );
    }
    assert_eq!(mine.read_dir().unwrap().count(), 0);
    assert!(
        fs::symlink_metadata(place.path().join("cuts"))
            .unwrap()
            .is_symlink()
    );
}

#[test]
fn bad_name_or_language_is_refused() {
    let place = tempfile::tempdir().unwrap();
    for name in [
        "Shots",
        "hero shots",
        "../shots",
        "shots/",
        "9shots",
        "shots-",
        "größe",
    ] {
        let (code, printed, said) = new(place.path(), &[name, "--language", "rust"]);
        assert_eq!((code, printed.as_str()), (Some(64), ""), "{said}");
        assert!(
            said.contains("a name consists of lower-case letters"),
            "{said}"
        );
    }
    let (code, _, said) = new(place.path(), &["nul", "--language", "rust"]);
    assert_eq!(code, Some(64));
    assert!(said.contains("add a word to it"), "{said}");
    let (code, _, said) = new(place.path(), &["shots", "--language", "perl"]);
    assert_eq!(code, Some(64));
    assert!(
        said.contains("the languages are rust, python, js"),
        "{said}"
    );
    let (code, _, said) = new(place.path(), &["shots"]);
    assert_eq!(code, Some(64));
    assert!(said.contains("--language"), "{said}");
    assert_eq!(place.path().read_dir().unwrap().count(), 0);
}

/// A folder with only these commands, which print this.
fn commands(place: &Path, commands: &[(&str, &str)]) -> PathBuf {
    let folder = place.join("bin");
    fs::create_dir(&folder).unwrap();
    for (name, script) in commands {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

#[test]
fn missing_tool_is_named_first() {
    for (language, there, said_of) in [
        (
            "rust",
            vec![],
            vec![
                "Rust 1.95 or later: there is no cargo on PATH; install Rust from https://rustup.rs",
            ],
        ),
        (
            "rust",
            vec![
                ("cargo", "echo cargo 1.80.0"),
                ("rustc", "echo rustc 1.95.0"),
                ("cc", ""),
            ],
            vec![
                "Rust 1.95 or later: it is cargo 1.80.0; install Rust",
                "rustup target add wasm32-wasip2",
            ],
        ),
        (
            "python",
            vec![],
            vec!["Python 3.11 or later, with venv: there is no python3 on PATH; install it"],
        ),
        (
            "python",
            vec![("python3", "echo 3.9.2")],
            vec!["it is 3.9.2; install it"],
        ),
        (
            "python",
            vec![("python3", "exit 1")],
            vec!["python3 does not work here", "python3-venv"],
        ),
        (
            "js",
            vec![("node", "echo v18.19.0")],
            vec![
                "Node 20 or later: it is v18.19.0; install Node",
                "npm: there is no npm on PATH; install Node",
            ],
        ),
    ] {
        let place = tempfile::tempdir().unwrap();
        let path = commands(place.path(), &there);
        let (code, printed, said) = called(
            place.path(),
            &["shots", "--language", language],
            |command| {
                command.env("PATH", path);
            },
        );
        assert_eq!(code, Some(0), "{said}");
        let (needs, rest) = said.split_once("\nCreated shots/").expect(&said);
        for words in said_of {
            let line = needs.lines().find(|line| line.contains(words));
            let line = line.unwrap_or_else(|| panic!("{words}: {said}"));
            assert!(line.starts_with("  missing  "), "{line}");
        }
        assert!(
            rest.contains("Once you have installed what is missing"),
            "{said}"
        );
        assert!(printed.starts_with("cd shots && "), "{printed}");
        assert!(place.path().join("shots/README.md").is_file());
    }
}

#[test]
fn printed_command_works() {
    let place = tempfile::tempdir().unwrap();
    let this = PathBuf::from(endpoint().get_program());
    let arguments = |name| [name, "--language", "python"];
    let (_, printed, _) = new(place.path(), &arguments("a"));
    let expected = format!(
        "cd a && PYBLISH_ENDPOINT={} python3 test.py\n",
        this.display()
    );
    assert_eq!(printed, expected);

    // A link to the program counts as the program.
    let folder = place.path().join("my bin's");
    fs::create_dir(&folder).unwrap();
    symlink(&this, folder.join("pyblish-endpoint")).unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let (_, printed, _) = called(place.path(), &arguments("b"), |command| {
        command.env("PATH", &path);
    });
    assert_eq!(printed, "cd b && python3 test.py\n");

    // Another program of this name does not.
    let other = commands(place.path(), &[("pyblish-endpoint", "exit 1")]);
    let path = format!("{}:{}", other.display(), std::env::var("PATH").unwrap());
    let (_, printed, _) = called(place.path(), &arguments("c"), |command| {
        command.env("PATH", &path);
    });
    assert!(printed.contains("PYBLISH_ENDPOINT="), "{printed}");
}
