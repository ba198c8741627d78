//! The adapters in `docs/examples`, as the readers of their guides make them, published with the real
//! binary. Needs crates.io; the one in C also PyPI and npm.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use pyblish_endpoint_tests::{author, endpoint, run, target};
use serde_json::Value;

const C_GUIDE: &str = include_str!("../../docs/src/guides/adapter-in-c.md");
const POLICY_GUIDE: &str = include_str!("../../docs/src/guides/studio-policy.md");

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.expect("the folder of the project").into()
}

/// The adapter `folder` of this build.
fn folder_adapter() -> PathBuf {
    let program = PathBuf::from(endpoint().get_program());
    let folder = program.parent().expect("the folder of the program");
    folder.join("adapters/folder.wasm")
}

#[track_caller]
fn succeed(mut command: Command) -> String {
    command.env("PYBLISH_ENDPOINT", endpoint().get_program());
    let shown = format!("{command:?}");
    let (output, said) = run(command);
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{shown}: {out}\n{said}");
    out
}

/// A shell in this folder, with the tools that `install` installs, and the runtime, on its PATH.
fn shell(folder: &Path, script: &str) -> Command {
    let mut shell = author("sh");
    shell.args(["-ec", script]).current_dir(folder);
    let program = PathBuf::from(endpoint().get_program());
    let mut paths = vec![tools().join("bin"), folder.join("venv/bin")];
    paths.extend(program.parent().map(Path::to_path_buf));
    let path = std::env::var_os("PATH").unwrap_or_default();
    paths.extend(std::env::split_paths(&path));
    shell.env("PATH", std::env::join_paths(paths).expect("a PATH"));
    shell
}

/// Where tools are installed. They are kept.
fn tools() -> PathBuf {
    target().join("examples")
}

/// Installs a tool by the line that is in the guide.
#[track_caller]
fn install(guide: &str, begin: &str) {
    let mut texts = guide.split(['`', '\n']);
    let line = texts.find(|text| text.starts_with(begin));
    let line = line.unwrap_or_else(|| panic!("the guide has no {begin}"));
    let script = format!("{line} --root {}", tools().display());
    succeed(shell(&root(), &script));
}

#[test]
#[ignore = "installs wac: `cargo xtask test --examples`"]
fn policy_of_the_guide_refuses_outside_of_the_hours() {
    install(POLICY_GUIDE, "cargo install wac-cli");
    let built = tools().join("policy");
    let mut cargo = author("cargo");
    cargo.args([
        "build",
        "--release",
        "--target",
        "wasm32-wasip2",
        "--locked",
    ]);
    cargo.env("CARGO_TARGET_DIR", &built);
    cargo.current_dir(root().join("docs/examples/policy"));
    succeed(cargo);
    let policy = built.join("wasm32-wasip2/release/policy.wasm");

    let place = tempfile::tempdir().unwrap();
    let composed = place.path().join("composed.wasm");
    let plug = format!(
        "wac plug {} --plug {} -o composed.wasm",
        policy.display(),
        folder_adapter().display()
    );
    succeed(shell(place.path(), &plug));
    let adapter = place.path().join("folder.wasm");
    let mut seal = endpoint();
    seal.args(["adapters", "seal"]).arg(&composed);
    succeed({
        seal.arg("--output").arg(&adapter);
        seal
    });
    let mut inspect = endpoint();
    inspect
        .args(["adapters", "inspect", "--json"])
        .arg(&adapter);
    let inspected: Value = serde_json::from_str(&succeed(inspect)).unwrap();
    let text = inspected.to_string();
    assert!(text.contains("\"studio-hours\""), "{text}");

    let (inbox, published) = (place.path().join("in"), place.path().join("out"));
    fs::create_dir(&inbox).unwrap();
    fs::create_dir(&published).unwrap();
    fs::write(inbox.join("notes.txt"), "hero").unwrap();
    let publish = |hours: String| {
        let mut command = endpoint();
        command.arg("publish").arg("--adapter").arg(&adapter);
        command.args(["--dir", &format!("{}=/inbox", inbox.display())]);
        command.args(["--dir", &format!("{}=/publish", published.display())]);
        command.args(["--set", &format!("studio-hours={hours}")]);
        let (output, said) = run(command);
        let out = String::from_utf8_lossy(&output.stdout);
        (output.status.code(), format!("{out}{said}"))
    };
    // An hour that is neither now nor soon.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let hour = since.as_secs() / 3600 % 24;
    let (from, to) = ((hour + 11) % 24, (hour + 12) % 24);
    let (code, said) = publish(format!("{from:02}-{to:02}"));
    assert_eq!(code, Some(1), "{said}");
    let words = format!("the studio publishes from {from} to {to}");
    assert!(said.contains(&words), "{said}");
    let mut left = fs::read_dir(&published).unwrap().flatten();
    assert!(left.all(|it| it.file_name().to_string_lossy().starts_with('.')));

    let (code, said) = publish("00-24".into());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("StudioHours"), "{said}");
}

/// The commands of a section of the guide.
fn commands(section: &str) -> &'static str {
    let from = C_GUIDE.find(section).expect("the section");
    let block = C_GUIDE[from..].split("```sh\n").nth(1).expect("commands");
    block.split("```").next().expect("a text")
}

#[test]
#[ignore = "installs a compiler and two tools: `cargo xtask test --examples`"]
fn adapter_in_c_of_the_guide_publishes() {
    let place = tempfile::tempdir().unwrap();
    let shell = |script: &str| shell(place.path(), script);
    install(C_GUIDE, "cargo install wit-bindgen-cli");
    let tools = "python3 -m venv venv && venv/bin/pip install --quiet ziglang && \
        npm install --no-audit --no-fund @bytecodealliance/jco";
    succeed(shell(tools));
    let example = root().join("docs/examples/c/adapter_main.c");
    fs::copy(example, place.path().join("adapter_main.c")).unwrap();
    let copy = format!("cp -r {} wit", root().join("wit").display());
    succeed(shell(&format!("{copy}\n{}", commands("## 2. Bindings"))));
    succeed(shell(commands("## 4. Build")));

    let first = shell(commands("## 5. Publish"));
    let (output, said) = run(first);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &said;
    assert_eq!(output.status.code(), Some(1), "{said}");
    let words = "crowd has no frames: correct it in /work/shots.txt";
    assert!(said.contains(words) && C_GUIDE.contains(words), "{said}");
    fs::write(place.path().join("work/shots.txt"), "hero 24\ncrowd 3\n").unwrap();
    let publish = commands("## 5. Publish").lines().last().expect("a command");
    let said = succeed(shell(publish));
    let words = "Published: all 2 checks passed.";
    assert!(said.contains(words) && C_GUIDE.contains(words), "{said}");
}
