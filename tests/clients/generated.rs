//! Clients that generators make from the OpenAPI document compile, and publish the sample inbox
//! through the real binary. So does the example in TypeScript of the JavaScript client.
//!
//! The generators and compilers are those that `cargo xtask test` installs: their versions are in
//! `tests/clients/node/package-lock.json` and `xtask/src/pythons.rs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pyblish_endpoint_tests::{Folders, Server, python, run, target};
use tempfile::TempDir;

/// The folder with the Node packages.
fn packages() -> PathBuf {
    let target = target();
    let folder = target
        .parent()
        .expect("a target folder")
        .join("clients-node");
    assert!(
        folder.join("node_modules").is_dir(),
        "{} is missing: run `cargo xtask test`, which installs TypeScript there",
        folder.display()
    );
    folder
}

/// A folder below the Node packages, where Node and TypeScript find them.
fn place() -> TempDir {
    tempfile::tempdir_in(packages()).unwrap()
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}

/// Runs a command that must succeed. Returns what it prints.
#[track_caller]
fn done(command: Command) -> String {
    let words = format!("{command:?}");
    let (output, said) = run(command);
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{words}: {out}{said}");
    format!("{out}{said}")
}

/// A program of the Node packages in this folder.
fn node(folder: &Path, program: &str) -> Command {
    let mut command = Command::new("node");
    command.current_dir(folder);
    command.arg(packages().join("node_modules").join(program));
    command
}

/// Compiles a file; any mistake in its types is an error.
#[track_caller]
fn compile(folder: &Path, file: &str) {
    let mut command = node(folder, "typescript/bin/tsc");
    command
        .args(["--strict", "--noEmitOnError", "--noUncheckedIndexedAccess"])
        .args(["--module", "nodenext", "--target", "es2022"])
        .args(["--types", "node", "--typeRoots"])
        .arg(packages().join("node_modules").join("@types"));
    done({
        command.arg(file);
        command
    });
}

/// Adds the address and the file of the token.
fn with_server(mut command: Command, server: &Server) -> Command {
    command.arg(&server.address);
    command.arg(server.started["tokenFile"].as_str().unwrap());
    command
}

/// The document of this server, in this folder.
fn document(server: &Server, folder: &Path) -> PathBuf {
    let document = server.send("GET", "/pyblish/v2/openapi.json").ok();
    let file = folder.join("openapi.json");
    fs::write(&file, document.to_string()).unwrap();
    file
}

/// The two problems of the sample inbox are solved, and the rest is published.
#[track_caller]
fn is_published(folders: &Folders) {
    for path in ["imagesequence/hero/v001", "image/old_map/v001"] {
        assert!(folders.root().join(path).is_dir(), "{path}");
    }
    assert!(!folders.root().join("image/matte").exists());
}

#[test]
fn typescript_client_is_generated_and_publishes() {
    let folders = Folders::sample();
    let server = Server::start(folders.arguments());
    let place = place();
    let mut generate = node(place.path(), "openapi-typescript/bin/cli.js");
    generate.arg(document(&server, place.path()));
    generate.args(["-o", "schema.d.ts"]);
    done(generate);
    fs::write(place.path().join("package.json"), r#"{"type": "module"}"#).unwrap();
    let script = tests().join("node").join("publish.ts");
    fs::copy(script, place.path().join("publish.ts")).unwrap();
    compile(place.path(), "publish.ts");
    let mut publish = Command::new("node");
    publish.current_dir(place.path()).arg("publish.js");
    assert!(done(with_server(publish, &server)).contains("published"));
    is_published(&folders);
}

#[test]
fn wrong_typescript_does_not_compile() {
    let server = Server::start(Folders::sample().arguments());
    let place = place();
    let mut generate = node(place.path(), "openapi-typescript/bin/cli.js");
    generate.arg(document(&server, place.path()));
    generate.args(["-o", "schema.d.ts"]);
    done(generate);
    let script = fs::read_to_string(tests().join("node").join("publish.ts")).unwrap();
    for (right, wrong) in [
        (
            "body: { pluginId, instanceId }",
            "body: { plugin: pluginId }",
        ),
        ("state: \"failed\"", "state: \"lost\""),
        ("stage !== \"collect\"", "stage !== \"collecting\""),
    ] {
        assert!(script.contains(right), "{right}");
        let file = place.path().join("wrong.ts");
        fs::write(&file, script.replace(right, wrong)).unwrap();
        let mut command = node(place.path(), "typescript/bin/tsc");
        command
            .args(["--strict", "--noEmit", "--module", "nodenext"])
            .args(["--target", "es2022", "--types", "node", "--typeRoots"])
            .arg(packages().join("node_modules").join("@types"))
            .arg("wrong.ts");
        let (output, _) = run(command);
        let out = String::from_utf8_lossy(&output.stdout);
        assert!(
            !output.status.success() && out.contains("wrong.ts("),
            "{wrong}: {out}"
        );
    }
}

#[test]
fn python_client_is_generated_and_publishes() {
    let folders = Folders::sample();
    let server = Server::start(folders.arguments());
    let place = tempfile::tempdir().unwrap();
    let python = python("client-python");
    let config = place.path().join("generator.yml");
    fs::write(&config, GENERATOR).unwrap();
    let mut generate = Command::new(&python);
    generate
        .current_dir(place.path())
        .args(["-I", "-m", "openapi_python_client", "generate"])
        .args(["--meta", "none", "--output-path", "generated", "--path"])
        .arg(document(&server, place.path()))
        .arg("--config")
        .arg(&config);
    let said = done(generate);
    // It leaves out what it does not understand, and says so.
    assert!(!said.to_lowercase().contains("warning"), "{said}");
    fs::copy(
        tests().join("generated_publish.py"),
        place.path().join("publish.py"),
    )
    .unwrap();
    let mut compile = Command::new(&python);
    compile.current_dir(place.path());
    done({
        compile.args(["-I", "-W", "error", "-m", "compileall", "-q", "generated"]);
        compile
    });
    // The generator's own file for requests has mistakes in its types, so only ours is checked.
    let mut types = Command::new(&python);
    types.current_dir(place.path());
    done({
        types.args(["-m", "mypy", "--strict", "--follow-imports", "silent"]);
        types.args(["--cache-dir", "cache", "publish.py"]);
        types
    });
    let mut publish = Command::new(&python);
    publish.current_dir(place.path()).arg("publish.py");
    assert!(done(with_server(publish, &server)).contains("published"));
    is_published(&folders);
}

/// The generator only knows JSON and unknown bytes, and formats with a program of its own.
const GENERATOR: &str = "\
content_type_overrides:
  image/png: application/octet-stream
post_hooks: []
";

/// The example of the JavaScript client: a frontend in fifty lines.
#[test]
fn typescript_example_is_compiled_and_runs() {
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients/js");
    let place = place();
    for name in [
        "package.json",
        "index.js",
        "index.d.ts",
        "examples/publish.ts",
    ] {
        let to = place.path().join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(client.join(name), to).unwrap();
    }
    fs::create_dir(place.path().join("src")).unwrap();
    for entry in fs::read_dir(client.join("src")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(
            entry.path(),
            place.path().join("src").join(entry.file_name()),
        )
        .unwrap();
    }
    let example = fs::read_to_string(place.path().join("examples/publish.ts")).unwrap();
    assert!(example.lines().count() <= 50);
    compile(place.path(), "examples/publish.ts");

    let folders = Folders::sample();
    // What cannot be repaired is taken away, so that everything can be published.
    fs::remove_file(folders.inbox().join("matte.png")).unwrap();
    let server = Server::start(folders.arguments());
    let mut publish = Command::new("node");
    publish.current_dir(place.path()).arg("examples/publish.js");
    let out = done(with_server(publish, &server));
    for part in [
        "FAILED: ",
        "ValidateName on Old Map: repaired",
        "Not published",
        "Published",
    ] {
        assert!(out.contains(part), "{part:?} is not in: {out}");
    }
    assert!(folders.root().join("image/old_map/v001").is_dir());

    // A server that is not there, and a wrong token, are told in words.
    let mut wrong = Command::new("node");
    wrong.current_dir(place.path());
    wrong.args(["examples/publish.js", &server.address]);
    let (output, said) = run(wrong);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("needs its token"), "{said}");
}
