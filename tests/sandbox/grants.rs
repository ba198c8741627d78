//! Who may grant what, from where: the user, on the command line and in `endpoint.toml`; never a
//! client.

use pyblish_promise::{promise, promise_by, promise_eq};
use std::fs;
use std::net::{TcpListener, ToSocketAddrs};

use pyblish_endpoint_tests::hostile::path;
use pyblish_endpoint_tests::v2::{SESSIONS, problem, shots};
use pyblish_endpoint_tests::{Answer, Server, adapter, configured, run, serve, target};
use serde_json::{Value, json};

/// The error of a server that does not start with these arguments.
#[track_caller]
fn refused(arguments: &[&str]) -> String {
    let place = tempfile::tempdir().unwrap();
    let mut command = serve();
    // An own run folder, so that no other hosts are found.
    command.env("XDG_RUNTIME_DIR", place.path());
    command.args(["--listen", "127.0.0.1:0"]).args(arguments);
    let (output, said) = run(command);
    assert_eq!(output.status.code(), Some(1), "{said}");
    said
}

fn ask(server: &Server, request: &Value) -> Answer {
    server.send_json("POST", SESSIONS, request, &[])
}

/// The detail of the refusal of a request that asks for more than the user granted.
#[track_caller]
fn not_granted(server: &Server, request: Value) -> String {
    let answer = ask(server, &request);
    assert_eq!(answer.body["code"], "not-granted", "{}", answer.body);
    problem(answer, 403)
}

/// `endpoint.toml` with the hostile adapter, and these further lines.
fn hostile(more: &str) -> String {
    let file = target().join("test-adapters").join("hostile.wasm");
    format!("[adapters.mine]\nfile = {file:?}\n{more}\n")
}

#[test]
fn client_uses_configured_grants() {
    let place = tempfile::tempdir().unwrap();
    let folder = format!("{}=/work", place.path().display());
    let config = hostile(&format!("dir = [{folder:?}]\nconnect = [\"127.0.0.1:1\"]"));
    let scenario = shots();
    let server = scenario.serve_beside(&config);
    let same = json!({"adapter": "mine", "folders": [folder], "addresses": ["127.0.0.1:1"]});
    for request in [json!({"adapter": "mine", "settings": {"amount": 1}}), same] {
        let session = path(ask(&server, &request));
        let pair = json!({"pluginId": "Files"});
        let process = server.send_json("POST", &format!("{session}/process"), &pair, &[]);
        assert_eq!(process.ok()["success"], true);
    }
    assert!(place.path().join("file").exists());
    let listed = server.send("GET", "/pyblish/v2/adapters").ok();
    let mut listed = listed["items"].as_array().unwrap().iter();
    promise!("ACCESS-19", listed.any(|adapter| adapter["name"] == "mine"));
}

#[test]
fn client_grants_nothing() {
    let place = tempfile::tempdir().unwrap();
    let folder = format!("{}=/work:ro", place.path().display());
    let config = hostile(&format!("dir = [{folder:?}]\nconnect = [\"127.0.0.1:1\"]"));
    let scenario = shots();
    let server = scenario.serve_beside(&config);
    let writable = folder.trim_end_matches(":ro");
    for (more, flag) in [
        (json!({"folders": [writable]}), format!("--dir {writable},")),
        (
            json!({"folders": ["/=/work:ro"]}),
            "--dir /=/work:ro".into(),
        ),
        (
            json!({"addresses": ["127.0.0.1:2"]}),
            "--connect 127.0.0.1:2".into(),
        ),
        (json!({"environment": ["HOME"]}), "--env HOME".into()),
        (
            json!({"settings": {"address": "127.0.0.1:2"}}),
            "--set address=127.0.0.1:2".into(),
        ),
    ] {
        let mut request = more;
        request["adapter"] = "mine".into();
        let said = not_granted(&server, request);
        promise!("ACCESS-19" & "ACCESS-20", said.contains(&flag), "{said}");
        assert!(said.contains("in [adapters.mine]"), "{said}");
    }
    // The answer does not tell whether the file exists.
    for file in [
        adapter("folder").display().to_string(),
        "/nowhere.wasm".into(),
        "./a".into(),
        // A name with a slash at its end is no name either.
        "../".into(),
        "a/".into(),
    ] {
        let said = not_granted(&server, json!({"adapter": file}));
        promise!(
            "ACCESS-19",
            said.contains("a client cannot bring one"),
            "{said}"
        );
    }
    assert_eq!(
        server.send("GET", SESSIONS).ok()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

/// With `--allow-adapter-files`, a client brings a file of its own; it still grants nothing.
#[test]
fn client_brings_a_file_where_the_user_allows_it() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("mine.wasm");
    std::fs::copy(adapter("scenario"), &file).unwrap();
    let file = file.display().to_string();
    let scenario = shots();
    let with = |more: &str| {
        let flags = more.split_whitespace().map(str::to_owned);
        let arguments = scenario.arguments().into_iter();
        Server::start(arguments.chain(flags))
    };
    let said = not_granted(&with(""), json!({"adapter": file}));
    promise!(
        "ACCESS-19",
        said.contains("--allow-adapter-files"),
        "{said}"
    );
    let server = with("--allow-adapter-files");
    let folders = json!({"adapter": file, "folders": ["/=/inbox"]});
    let said = not_granted(&server, folders);
    promise!("ACCESS-19", said.contains("is not granted to"), "{said}");
    let answer = ask(&server, &json!({"adapter": "/nowhere.wasm"}));
    let said = problem(answer, 422);
    assert!(said.contains("/nowhere.wasm cannot be read"), "{said}");
    // It opens as one that asks for what nobody granted, and the answer names that.
    let answer = ask(
        &server,
        &json!({"adapter": file, "settings": {"file": "a.json"}}),
    );
    assert!(answer.status >= 400, "{:?}", answer.body);
    let said = answer.body["detail"].as_str().unwrap();
    assert!(said.contains("/scenario"), "{said}");
}

#[test]
fn client_uses_command_line_grants() {
    let place = tempfile::tempdir().unwrap();
    let folder = format!("{}=/work", place.path().display());
    let file = target()
        .join("test-adapters/hostile.wasm")
        .display()
        .to_string();
    let server = Server::start([
        "--adapter",
        &file,
        "--dir",
        &folder,
        "--connect",
        "127.0.0.1:1",
    ]);
    let request = |more: Value| {
        let mut request = more;
        request["adapter"] = file.clone().into();
        request
    };
    path(ask(&server, &request(json!({"settings": {"amount": 1}}))));
    promise_by!(
        "ACCESS-19",
        not_granted(&server, request(json!({"folders": ["/=/work"]})))
    );
}

#[test]
fn no_auth_opens_nothing() {
    let scenario = shots();
    let arguments = scenario.arguments().into_iter();
    let server = Server::start(arguments.chain(["--no-auth".to_owned()]));
    for request in [
        json!({"adapter": "scenario", "settings": {"file": "scenario.json"}}),
        json!({"host": "folder"}),
        json!({"adapter": "/nowhere.wasm", "folders": ["/=/work"]}),
    ] {
        let answer = ask(&server, &request);
        assert_eq!(answer.body["code"], "only-command-line", "{}", answer.body);
        assert!(problem(answer, 403).contains("without --no-auth"));
    }
    // The session of the command line is served.
    assert_eq!(
        server.send("GET", SESSIONS).ok()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    promise_eq!(
        "ACCESS-22",
        server.state()["plugins"].as_array().unwrap().len(),
        3
    );
}

#[test]
fn bridge_needs_a_grant() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("pictures.wasm");
    fs::copy(adapter("python"), &file).unwrap();
    let file = file.display().to_string();
    let none_runs = "no python is running with the bridge";
    let said = refused(&["--adapter", &file]);
    assert!(said.contains("allow that with --bridge python"), "{said}");
    let said = refused(&["--adapter", &file, "--bridge", "maya"]);
    assert!(
        said.contains("asks for no bridge of maya; it asks for python"),
        "{said}"
    );
    for granted in [
        ["--adapter", &file, "--bridge", "python"].as_slice(),
        &["--adapter", "python"],
        &["--host", "python"],
    ] {
        let said = refused(granted);
        assert!(said.contains(none_runs), "{granted:?}: {said}");
    }
    // Installed under the name of another host, it does not become that host's adapter.
    fs::copy(adapter("python"), place.path().join("maya.wasm")).unwrap();
    let folder = place.path().display().to_string();
    let said = refused(&["--adapters-dir", &folder, "--adapter", "maya"]);
    promise!(
        "SANDBOX-21",
        said.contains("allow that with --bridge python"),
        "{said}"
    );
}

#[test]
fn pid_needs_an_adapter_with_a_running_host() {
    let scenario = shots();
    let arguments = scenario.arguments();
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.extend(["--pid", "7"]);
    let said = refused(&arguments);
    assert!(
        said.contains("scenario works through no running host, so there is no process to choose"),
        "{said}"
    );
    assert!(said.contains("leave --pid 7 out"), "{said}");
}

#[test]
fn client_grants_no_bridge() {
    let run_folder = tempfile::tempdir().unwrap();
    let scenario = shots();
    let opened = |config: &str| {
        let mut command = serve();
        command.env("XDG_RUNTIME_DIR", run_folder.path());
        command
            .args(scenario.arguments())
            .args(configured(scenario.folder(), config));
        let server = Server::start_with(command);
        ["adapter", "host"].map(|by| ask(&server, &json!({by: "python"})))
    };
    for answer in opened("") {
        let said = problem(answer, 422);
        promise!(
            "ACCESS-21",
            said.contains("allow that with --bridge python"),
            "{said}"
        );
    }
    for answer in opened("[adapters.python]\nbridge = [\"python\"]\n") {
        let said = problem(answer, 503);
        promise!("ACCESS-21", said.contains("no python is running"), "{said}");
    }
}

/// A name of this machine that leads to the loopback, other than `localhost`. Not each machine has
/// one.
fn inward() -> Option<String> {
    let hosts = fs::read_to_string("/etc/hosts").ok()?;
    let lines = hosts
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let mut names = lines.flat_map(|line| {
        let mut words = line.split_whitespace().map(str::to_owned);
        let is_loopback = words.next().is_some_and(|ip| ip.starts_with("127."));
        words.filter(move |name| is_loopback && name != "localhost")
    });
    names.find(|name| {
        let mut found = (name.as_str(), 1).to_socket_addrs().into_iter().flatten();
        found.all(|address| address.ip().is_loopback())
    })
}

#[test]
fn internal_address_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let file = target()
        .join("test-adapters/hostile.wasm")
        .display()
        .to_string();
    let serve_to = |host: &str| {
        let (set, to) = (format!("address={host}:{port}"), format!("{host}:{port}"));
        ["--adapter", &file, "--set", &set, "--connect", &to].map(str::to_owned)
    };
    if let Some(name) = inward() {
        let arguments = serve_to(&name);
        let said = refused(&arguments.each_ref().map(String::as_str));
        promise!(
            "SANDBOX-19",
            said.contains("which is this machine itself"),
            "{said}"
        );
    }
    // `localhost` names this machine on purpose.
    let server = Server::start(serve_to("localhost"));
    let session = pyblish_endpoint_tests::v2::session(&server);
    for deed in ["Connect", "Names"] {
        let pair = json!({"pluginId": deed});
        let done = server.send_json("POST", &format!("{session}/process"), &pair, &[]);
        let done = done.ok();
        promise_eq!(
            "SANDBOX-19" & "SANDBOX-20",
            done["success"],
            true,
            "{deed}: {done:#}"
        );
    }
    listener.accept().unwrap();
}
