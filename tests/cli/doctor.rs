//! `pyblish-endpoint doctor`, on simulated machines: a healthy one, and one for each possible
//! problem.

#![cfg(unix)]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use pyblish_endpoint_tests::home::{Home, Said};
use pyblish_endpoint_tests::{Folders, Server, adapter, endpoint, run, serve};
use serde_json::{Value, json};

/// The version of the program and of everything that is built with it.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A command in this home, with its own cache.
fn command(home: &Home, arguments: &[&str]) -> Command {
    let mut command = endpoint();
    command.args(arguments);
    home.set(&mut command);
    command.env("XDG_CACHE_HOME", home.path(".cache"));
    // Variables that cargo sets: this user has no rustup, whatever is on PATH.
    for told in ["RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "CARGO_HOME"] {
        command.env_remove(told);
    }
    command
}

fn said(command: Command) -> Said {
    let (output, err) = run(command);
    Said {
        code: output.status.code().expect("it was not killed"),
        out: String::from_utf8(output.stdout).unwrap(),
        err,
    }
}

/// `doctor` about one thing, as text; it must change nothing.
#[track_caller]
fn doctor(home: &Home, arguments: &[&str]) -> Said {
    let before = home.tree();
    let all = [&["doctor"], arguments].concat();
    let text = said(command(home, &all));
    let told = said(command(home, &[&all[..], &["--json"]].concat()));
    assert_eq!(home.tree(), before, "it changes nothing");
    // Both forms say the same.
    let findings: Value = serde_json::from_str(&told.out).expect(&told.err);
    let findings = findings.as_array().unwrap();
    assert_eq!(told.code, text.code);
    assert_eq!(findings.len(), text.out.lines().count(), "{}", text.out);
    for (finding, line) in findings.iter().zip(text.out.lines()) {
        assert!(
            line.starts_with(finding["state"].as_str().unwrap()),
            "{line}"
        );
    }
    let problems = findings
        .iter()
        .filter(|it| it["state"] == "problem")
        .count();
    assert_eq!(text.code, i32::from(problems > 0), "{}", text.out);
    text
}

/// The one line with this text, which must begin with this word.
#[track_caller]
fn line<'a>(said: &'a Said, state: &str, part: &str) -> &'a str {
    let mut lines = said.out.lines().filter(|line| line.contains(part));
    let line = lines
        .next()
        .unwrap_or_else(|| panic!("{part:?} is not in\n{}", said.out));
    assert_eq!(lines.next(), None, "{part:?} is there twice");
    let begins = format!("{state:<8} ");
    assert!(line.starts_with(&begins), "not {state}: {line}");
    line
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn healthy_machine_has_no_problem() {
    let home = Home::empty();
    let port = free_port().to_string();
    let said = doctor(&home, &["--port", &port]);
    assert_eq!(said.code, 0, "{}", said.out);
    assert!(said.err.starts_with("no problem"), "{}", said.err);
    for (state, part) in [
        ("ok", concat!("folder ", env!("CARGO_PKG_VERSION"), " in ")),
        (
            "ok",
            "compiled is created when the first adapter is compiled",
        ),
        ("ok", "is free"),
        ("ok", "no adapter is installed in"),
        (
            "ok",
            "have not run here yet: blender, freecad, houdini, krita, maya, nuke",
        ),
        ("ok", "no server and no host with the bridge is running"),
        ("ok", "history is kept in"),
        ("ok", "endpoint.toml does not exist, which is fine"),
        ("ok", "no hub is configured"),
    ] {
        line(&said, state, part);
    }
    // One line each, which names its subject.
    for line in said.out.lines() {
        let about = line.split_whitespace().nth(1).unwrap();
        let subjects = [
            "adapters", "store", "cache", "port", "hosts", "running", "folders", "tools", "hub",
        ];
        assert!(subjects.contains(&about), "{line}");
    }
    let wrong = self::said(command(&home, &["doctor", "--about", "weather"]));
    assert!(wrong.refused(64).contains("adapters, store, cache, port"));
}

#[test]
fn broken_adapter_is_found() {
    let home = Home::empty();
    let place = home.path("studio");
    fs::create_dir(&place).unwrap();
    let whole = fs::read(adapter("scenario")).expect("run `cargo xtask build`");
    let write = |name: &str, bytes: &[u8]| fs::write(place.join(name), bytes).unwrap();
    write("torn.wasm", &whole[..whole.len() / 2]);
    write("garbage.wasm", b"no component");
    write("module.wasm", b"\0asm\x01\0\0\0");
    let mut other = whole.clone();
    let from = b"pyblish:endpoint/service@0.2.0";
    let places: Vec<usize> = (0..whole.len() - from.len())
        .filter(|at| whole[*at..].starts_with(from))
        .collect();
    assert!(!places.is_empty());
    for at in places {
        other[at + from.len() - 3] = b'3';
    }
    write("later.wasm", &other);
    // Its description is the last section.
    let name = b"\x10pyblish-endpoint{";
    let at = (0..whole.len())
        .rev()
        .find(|at| whole[*at..].starts_with(name));
    let mut unsealed = whole.clone();
    unsealed[at.unwrap() + 1] = b'q';
    write("unsealed.wasm", &unsealed);
    write("scenario.wasm", &whole);

    let folder = place.to_str().unwrap();
    let said = doctor(&home, &["--about", "adapters", "--adapters-dir", folder]);
    assert_eq!(said.code, 1);
    line(
        &said,
        "problem",
        "torn.wasm is no WebAssembly component: it is broken",
    );
    line(&said, "problem", "garbage.wasm is no WebAssembly component");
    line(&said, "problem", "module.wasm is a core module");
    let later = line(&said, "problem", "later.wasm does not fit this runtime");
    assert!(
        later.contains("service@0.3.0 in place of pyblish:endpoint/service@0.2.0"),
        "{later}"
    );
    assert!(
        later.contains("get the adapter that was built for it"),
        "{later}"
    );
    let unsealed = line(&said, "advice", "unsealed.wasm is not sealed");
    assert!(
        unsealed.contains("pyblish-endpoint adapters seal"),
        "{unsealed}"
    );
    let shadowed = line(&said, "advice", "is never found by its name");
    assert!(
        shadowed.contains("studio/scenario.wasm is found first: remove one"),
        "{shadowed}"
    );
    assert!(
        said.err.starts_with("4 problems, 2 pieces of advice"),
        "{}",
        said.err
    );

    // A compiled adapter is compared type by type.
    let patched = home.path("patched");
    fs::create_dir(&patched).unwrap();
    let (from, to) = (b"writable", b"writeble");
    let mut bytes = fs::read(adapter("folder")).unwrap();
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    fs::write(patched.join("types.wasm"), bytes).unwrap();
    let folder = patched.to_str().unwrap();
    let inspected = self::said(command(
        &home,
        &["adapters", "inspect", "types", "--adapters-dir", folder],
    ));
    assert!(inspected.out.contains("does not fit"));
    let compiled = self::said(command(&home, &["adapters", "inspect", "scenario"]));
    assert!(compiled.out.contains("scenario"), "{}", compiled.out);
    let said = doctor(&home, &["--about", "adapters", "--adapters-dir", folder]);
    line(&said, "problem", "types.wasm does not fit this runtime");
    let compiled = line(&said, "ok", &format!("scenario {VERSION} in"));
    assert!(!compiled.contains("when it first starts"), "{compiled}");

    // A named folder that does not exist.
    let said = doctor(
        &home,
        &["--about", "adapters", "--adapters-dir", "/no/such/folder"],
    );
    line(
        &said,
        "problem",
        "/no/such/folder, which does not exist: create it, or name another",
    );
}

#[test]
fn unusable_cache_is_found() {
    let home = Home::empty();
    let about = ["--about", "cache"];
    self::said(command(&home, &["adapters", "inspect", "scenario"])).ok();
    let said = doctor(&home, &about);
    line(&said, "ok", "1 compiled adapter in");

    let folder = home.path(".cache/pyblish-endpoint/compiled");
    fs::write(
        folder.join("0".repeat(64) + "-0123456789abcdef"),
        vec![0; 2_000_000],
    )
    .unwrap();
    let said = doctor(&home, &about);
    assert_eq!(said.code, 0);
    let stale = line(&said, "advice", "holds 1 file (2.0 MB) that other versions");
    assert!(stale.contains("remove the folder"), "{stale}");

    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let said = doctor(&home, &about);
    assert_eq!(said.code, 1);
    let open = line(&said, "problem", "compiled at each start");
    assert!(
        open.contains("nobody else can enter (mode 700)") && open.contains("created again"),
        "{open}"
    );

    fs::remove_dir_all(home.path(".cache")).unwrap();
    fs::write(home.path(".cache"), "a file").unwrap();
    let said = doctor(&home, &about);
    line(&said, "problem", "compiled at each start");
}

#[test]
fn taken_port_is_found() {
    let home = Home::empty();
    let about = |port: u16| {
        [
            "--about".to_owned(),
            "port".into(),
            "--port".into(),
            port.to_string(),
        ]
    };
    let doctor = |port: u16| doctor(&home, &about(port).each_ref().map(String::as_str));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let said = doctor(port);
    assert_eq!(said.code, 1);
    let problem = line(&said, "problem", "is in use by another program");
    assert!(
        problem.contains(&format!("127.0.0.1:{port}")) && problem.contains("--port auto"),
        "{problem}"
    );
    drop(taken);
    line(&doctor(port), "ok", "is free");

    let folders = Folders::empty();
    let mut command = serve();
    home.set(command.args(folders.arguments()));
    let server = Server::start_with(command);
    let port = server.address.rsplit(':').next().unwrap().parse().unwrap();
    let said = doctor(port);
    assert_eq!(said.code, 0);
    let ours = line(
        &said,
        "advice",
        "is in use by the pyblish-endpoint server of folder",
    );
    assert!(
        ours.contains(&format!("process {}", server.pid())),
        "{ours}"
    );

    // Whether it is free or not: no browser opens that port.
    let refused = doctor(10080);
    let advice = line(&refused, "advice", "no browser opens a page on port 10080");
    assert!(advice.contains("6001"), "{advice}");
}

#[test]
fn old_bridge_in_host_is_found() {
    let home = Home::with_all();
    let about = ["--about", "hosts"];
    let said = doctor(&home, &about);
    assert_eq!(said.code, 0);
    let advice = line(&said, "advice", "Blender 4.2 in");
    assert!(
        advice.ends_with(
            "has no bridge: to publish from it, run `pyblish-endpoint host install blender`"
        ),
        "{advice}"
    );

    home.host(&["install", "blender"]).ok();
    line(&doctor(&home, &about), "ok", "Blender 4.2 in");

    // As an older version wrote it, with a valid mark.
    let folder = home.path(".config/blender/4.2/scripts/startup/pyblish_endpoint_startup");
    let bridge = folder.join("pyblish_endpoint_bridge.py");
    aged(&bridge);
    let said = doctor(&home, &about);
    assert_eq!(said.code, 1);
    let old = line(&said, "problem", "Blender 4.2 in");
    assert!(
        old.contains(&format!(
            "the bridge of version 0.0.1, and this is {VERSION}"
        )),
        "{old}"
    );
    assert!(
        old.ends_with("run `pyblish-endpoint host install blender`, and restart Blender"),
        "{old}"
    );

    fs::remove_file(&bridge).unwrap();
    line(
        &doctor(&home, &about),
        "problem",
        "is only partly set up: run `pyblish-endpoint host install blender`",
    );
    fs::write(&bridge, "mine").unwrap();
    let said = doctor(&home, &about);
    line(&said, "problem", "was not written by pyblish-endpoint");
}

/// Writes the file as version 0.0.1 did: with that version and its digest in the mark.
fn aged(path: &Path) {
    use sha2::{Digest, Sha256};
    const MARK: &str = "Written by pyblish-endpoint ";
    let text = fs::read_to_string(path).unwrap();
    let (before, rest) = text
        .split_once(&format!("{MARK}{VERSION} "))
        .expect("a mark");
    let none = "0".repeat(16);
    let plain = format!("{before}{MARK}0.0.1 {none}{}", &rest[none.len()..]);
    let digest = format!("{:x}", Sha256::digest(&plain));
    fs::write(path, plain.replacen(&none, &digest[..none.len()], 1)).unwrap();
}

#[test]
fn running_host_is_listed() {
    let home = Home::empty();
    let about = ["--about", "running"];
    let folders = Folders::empty();
    let mut command = serve();
    home.set(command.args(folders.arguments()));
    let server = Server::start_with(command);
    let said = doctor(&home, &about);
    assert_eq!(said.code, 0, "{}", said.out);
    line(
        &said,
        "ok",
        &format!("a server of folder at {}", server.address),
    );

    // Files as bridges write them: of this process, and of one that has ended.
    let run = home.path("run/pyblish-endpoint");
    let hosts = run.join("hosts");
    fs::create_dir_all(&hosts).unwrap();
    fs::set_permissions(&hosts, fs::Permissions::from_mode(0o700)).unwrap();
    let host = |name: &str, pid: u32, bridge: &str| {
        let text = json!({"host": name, "pid": pid, "address": "127.0.0.1:4000", "hostVersion": "4.2",
            "pythonVersion": null, "pyblish": null, "bridge": bridge, "started": 1.0, "file": null});
        fs::write(hosts.join(format!("{name}-{pid}.json")), text.to_string()).unwrap();
    };
    host("blender", std::process::id(), "0.0.1");
    host("krita", std::process::id(), VERSION);
    host("painter", std::process::id(), "0.0.1");
    host("maya", u32::MAX, VERSION);
    fs::write(hosts.join("torn.json"), "{").unwrap();
    fs::write(run.join("torn.json"), "{").unwrap();
    let said = doctor(&home, &about);
    assert_eq!(said.code, 1);
    let old = line(&said, "problem", "blender 4.2");
    assert!(
        old.contains(&format!(
            "of version 0.0.1, and this is {VERSION}: run `pyblish-endpoint host install blender`"
        )),
        "{old}"
    );
    // `host install` knows no such host.
    let old = line(&said, "problem", "painter 4.2");
    let advice =
        "replace its pyblish_endpoint_bridge.py with the one of this release, and restart it";
    assert!(old.ends_with(advice), "{old}");
    line(&said, "ok", "krita 4.2");
    line(&said, "ok", "a killed host has left");
    line(&said, "advice", "hosts/torn.json tells of no host");
    fs::write(run.join("secret"), "half").unwrap();
    let said = doctor(&home, &about);
    let secret = line(&said, "problem", "the secret of this user cannot be used");
    assert!(secret.contains("restart the hosts"), "{secret}");
    fs::remove_file(run.join("secret")).unwrap();
    line(
        &said,
        "advice",
        "pyblish-endpoint/torn.json does not describe a server",
    );
}

#[test]
fn bad_folder_and_configuration_are_found() {
    let home = Home::empty();
    let about = ["--about", "folders"];
    let data = home.path(".local/share/pyblish-endpoint");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("history"), "a file").unwrap();
    let run = home.path("run/pyblish-endpoint");
    fs::create_dir_all(&run).unwrap();
    fs::set_permissions(&run, fs::Permissions::from_mode(0o777)).unwrap();
    let config = home.path(".config/pyblish-endpoint/endpoint.toml");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(&config, "[adapters.folder]\ndirs = []").unwrap();
    let said = doctor(&home, &about);
    assert_eq!(said.code, 1);
    let history = line(&said, "problem", "history cannot be kept in");
    assert!(history.contains("--history-dir"), "{history}");
    let run_line = line(&said, "problem", "what runs cannot be kept in");
    assert!(run_line.contains("mode 700"), "{run_line}");
    let config_line = line(&said, "problem", "endpoint.toml: there is no key");
    assert!(
        config_line.contains("dirs") && config_line.contains("nothing starts"),
        "{config_line}"
    );

    fs::write(&config, "[limits]\nmemory = \"much\"").unwrap();
    line(&doctor(&home, &about), "problem", "memory of [limits]");
    fs::write(&config, "[limits]\nmemory = \"2G\"").unwrap();
    fs::remove_file(data.join("history")).unwrap();
    fs::set_permissions(&run, fs::Permissions::from_mode(0o700)).unwrap();
    let said = doctor(&home, &about);
    assert_eq!(said.code, 0);
    line(&said, "ok", "endpoint.toml has no mistakes");
}

#[test]
fn missing_tool_is_advice() {
    let home = Home::empty();
    let bin = home.path("bin");
    fs::create_dir(&bin).unwrap();
    let with_path = || {
        let mut command = command(&home, &["doctor", "--about", "tools"]);
        command.env("PATH", &bin);
        said(command)
    };
    let said = with_path();
    assert_eq!(said.code, 0, "{}", said.out);
    for (part, remedy) in [
        (
            "need Rust 1.95 or later: there is no cargo on PATH",
            "rustup.rs",
        ),
        (
            "need Python 3.11 or later, with venv: there is no python3 on PATH",
            "python.org",
        ),
        (
            "need Node 20 or later: there is no node on PATH",
            "nodejs.org",
        ),
        ("need npm: there is no npm on PATH", "nodejs.org"),
        ("pyblish-endpoint is not on PATH", "add its folder"),
    ] {
        let line = line(&said, "advice", part);
        assert!(line.contains(remedy), "{line}");
    }
    symlink(endpoint().get_program(), bin.join("pyblish-endpoint")).unwrap();
    line(&with_path(), "ok", "on PATH as");
    fs::remove_file(bin.join("pyblish-endpoint")).unwrap();
    fs::copy("/bin/sh", bin.join("pyblish-endpoint")).unwrap();
    line(
        &with_path(),
        "advice",
        "is another pyblish-endpoint than this one: put only one of them on PATH",
    );
}
