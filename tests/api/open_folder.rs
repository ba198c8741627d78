//! Opening the folder of a published version, with a stand-in for the file manager on `PATH`.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use pyblish_endpoint_tests::v2::{end, problem, session, start};
use pyblish_endpoint_tests::{Scenario, Server, serve};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A server with a stand-in for `xdg-open` that writes what it opens to `opened`.
fn serve_with_file_manager(scenario: &Scenario, place: &Path, more: &[&str]) -> Server {
    let program = place.join("xdg-open");
    let opened = place.join("opened");
    let script = format!("#!/bin/sh\necho \"$@\" >>'{}'\n", opened.display());
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = serve();
    command.args(scenario.arguments()).args(more);
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", place.display()));
    Server::start_with(command)
}

/// Instances with these values of `publishPath`, and the path of each one's route.
fn collect(server: &Server) -> (String, impl Fn(&str) -> String) {
    let session = session(server);
    let run = start(server, &session, json!({}));
    end(server, &session, &run);
    let page = server.send("GET", &format!("{session}/instances")).ok();
    let prefix = session.clone();
    let route = move |name: &str| {
        let mut instances = page["items"].as_array().unwrap().iter();
        let found = instances.find(|it| it["name"] == name).expect(name);
        let id = found["id"].as_str().unwrap();
        format!("{prefix}/instances/{id}/open-folder")
    };
    (session, route)
}

fn scenario(paths: &[(&str, Value)]) -> Scenario {
    let create =
        |(name, path): &(&str, Value)| json!({"create": name, "data": {"publishPath": path}});
    let steps: Vec<_> = paths.iter().map(create).collect();
    Scenario::of(json!([{"name": "Collect", "order": 0, "context": steps}]))
}

#[test]
fn only_granted_folders_open() {
    let place = TempDir::new().unwrap();
    let scenario = scenario(&[
        ("inner", json!("/scenario/v001")),
        ("spaces", json!("/scenario/a b")),
        ("none", Value::Null),
        ("missing", json!("/scenario/v002")),
        ("file", json!("/scenario/file")),
        ("link", json!("/scenario/link")),
        ("above", json!("/scenario/../scenario/v001")),
        ("beside", json!("/scenario2/v001")),
        ("elsewhere", json!("/etc")),
        ("option", json!("--version")),
        ("address", json!("https://example.com/")),
    ]);
    let folder = scenario.folder();
    for name in ["v001", "a b"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    fs::write(folder.join("file"), "").unwrap();
    symlink(place.path(), folder.join("link")).unwrap();
    let server = serve_with_file_manager(&scenario, place.path(), &[]);
    let (session, route) = collect(&server);
    for (name, status, reason) in [
        ("none", 404, "not published"),
        ("missing", 404, "is no folder"),
        ("file", 404, "is no folder"),
        ("link", 403, "granted"),
        ("above", 403, "granted"),
        ("beside", 403, "granted"),
        ("elsewhere", 403, "granted"),
        ("option", 403, "granted"),
        ("address", 403, "granted"),
    ] {
        let refused = problem(server.send("POST", &route(name)), status);
        assert!(refused.contains(reason), "{name}: {refused}");
    }
    let unknown = server.send("POST", &format!("{session}/instances/nobody/open-folder"));
    problem(unknown, 404);
    assert!(!place.path().join("opened").exists());
    for name in ["inner", "spaces"] {
        let answer = server.send("POST", &route(name));
        assert_eq!(answer.status, 204, "{}", answer.body);
    }
    let opened = fs::read_to_string(place.path().join("opened")).unwrap();
    let folder = folder.display();
    assert_eq!(opened, format!("{folder}/v001/\n{folder}/a b/\n"));
}

#[test]
fn failing_file_manager_is_told() {
    let place = TempDir::new().unwrap();
    let scenario = scenario(&[("inner", json!("/scenario/v001"))]);
    fs::create_dir(scenario.folder().join("v001")).unwrap();
    let server = serve_with_file_manager(&scenario, place.path(), &[]);
    let (_, route) = collect(&server);
    fs::write(place.path().join("xdg-open"), "#!/bin/sh\nexit 3\n").unwrap();
    let told = problem(server.send("POST", &route("inner")), 500);
    assert!(told.contains("xdg-open failed: exit status: 3"), "{told}");
}

#[test]
fn no_auth_opens_nothing() {
    let place = TempDir::new().unwrap();
    let scenario = scenario(&[("inner", json!("/scenario/v001"))]);
    fs::create_dir(scenario.folder().join("v001")).unwrap();
    let server = serve_with_file_manager(&scenario, place.path(), &["--no-auth"]);
    let (_, route) = collect(&server);
    let answer = server.send_json("POST", &route("inner"), &json!({}), &[]);
    let refused = problem(answer, 403);
    assert!(refused.contains("--no-auth"), "{refused}");
    assert!(!place.path().join("opened").exists());
}

#[test]
fn clients_behind_a_proxy_open_nothing() {
    let place = TempDir::new().unwrap();
    let scenario = scenario(&[("inner", json!("/scenario/v001"))]);
    fs::create_dir(scenario.folder().join("v001")).unwrap();
    let server = serve_with_file_manager(&scenario, place.path(), &[]);
    let (_, route) = collect(&server);
    for header in ["Forwarded", "X-Forwarded-For", "X-Real-IP"] {
        let answer = server.send_json("POST", &route("inner"), &json!({}), &[(header, "10.0.0.1")]);
        let refused = problem(answer, 403);
        assert!(refused.contains("own machine"), "{header}: {refused}");
    }
    assert!(!place.path().join("opened").exists());
}
