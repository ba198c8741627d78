//! What the folder adapter takes files for, and what an artist can say about it: the real binary in
//! the real sandbox.

use std::fs;

use pyblish_endpoint_tests::v2::{end, session, start};
use pyblish_endpoint_tests::{Folders, Server};
use serde_json::{Value, json};

/// A server on an inbox with these files, which are small PNG images where their name says so.
fn serve(folders: &Folders, files: &[&str], more: &[&str]) -> Server {
    for file in files {
        let bytes = match file.ends_with(".png") {
            true => fs::read(pyblish_endpoint_tests::data("inbox").join("hero.1001.png")).unwrap(),
            false => file.as_bytes().to_vec(),
        };
        fs::write(folders.inbox().join(file), bytes).unwrap();
    }
    let more = more.iter().map(|text| (*text).to_owned());
    Server::start(folders.arguments().into_iter().chain(more))
}

/// Publishes everything, and answers the run and the data of all instances, by label.
fn publish(server: &Server) -> (Value, Vec<Value>) {
    let session = session(server);
    let run = start(server, &session, json!({}));
    let run = end(server, &session, &run);
    (run, instances(server))
}

fn instances(server: &Server) -> Vec<Value> {
    let state = server.state();
    let children = state["context"]["children"].as_array().unwrap();
    let mut data: Vec<Value> = children.iter().map(|child| child["data"].clone()).collect();
    data.sort_by_key(|data| data["label"].as_str().unwrap().to_owned());
    data
}

fn labels(data: &[Value]) -> Vec<&str> {
    data.iter()
        .map(|data| data["label"].as_str().unwrap())
        .collect()
}

#[test]
fn everything_is_one_thing_each() {
    let folders = Folders::empty();
    let files = [
        "0001.png",
        "0002.png",
        "shot0001.png",
        "hero_udim.1001.png",
        "hero_udim.1012.png",
        "rough_u1_v1.png",
        "rough_u2_v1.png",
        "pre.1001.png",
        "pre.1006.png",
        "pre.1011.png",
        "hero_v001.png",
        "hero_v002.png",
        "icon_16.png",
        "handle.-1.png",
        "handle.0.png",
    ];
    let server = serve(&folders, &files, &[]);
    let (run, data) = publish(&server);
    assert_eq!(run["state"], "succeeded", "{run:#}");
    assert_eq!(
        labels(&data),
        [
            "####.png 1-2",
            "handle.#.png -1-0",
            "hero_udim.<UDIM>.png 2 tiles",
            "hero_v001.png",
            "hero_v002.png",
            "icon_16.png",
            "pre.####.png 1001-1011x5",
            "rough_<UVTILE>.png 2 tiles",
            "shot0001.png"
        ]
    );
    // Numbers alone are named after their folder, and a lone frame after its sequence.
    let path = |at: usize| data[at]["publishPath"].as_str().unwrap().to_owned();
    let root = folders.root();
    assert_eq!(
        path(0),
        root.join("imagesequence/in/v001").to_str().unwrap()
    );
    assert_eq!(
        path(2),
        root.join("texture/hero_udim/v001").to_str().unwrap()
    );
    assert_eq!(
        path(8),
        root.join("imagesequence/shot/v001").to_str().unwrap()
    );
}

#[test]
fn correction_is_kept_for_the_next_session() {
    let folders = Folders::empty();
    let files = ["keys_1001.png", "keys_1013.png", "keys_1020.png"];
    let server = serve(&folders, &files, &[]);
    let (run, _) = publish(&server);
    assert_eq!(run["state"], "stopped", "{run:#}");
    let session_path = session(&server);
    let plugins = server.send("GET", &format!("{session_path}/plugins")).ok();
    let plugin = plugins["items"].as_array().unwrap().iter();
    let mut plugin = plugin.filter(|plugin| plugin["name"] == "ValidateSequence");
    let plugin = plugin.next().unwrap();
    let actions: Vec<&str> = plugin["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action["id"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["files", "steps", "tiles", "accept"]);
    assert_eq!(
        (&plugin["order"], &plugin["optional"]),
        (&json!(1.0), &json!(true))
    );
    let instance = || {
        let all = server
            .send("GET", &format!("{session_path}/instances"))
            .ok();
        all["items"][0]["id"].as_str().unwrap().to_owned()
    };
    // With a press of a button, and in the data.
    let act = json!({"pluginId": plugin["id"], "actionId": "tiles", "instanceId": instance()});
    let acted = server
        .send_json("POST", &format!("{session_path}/actions"), &act, &[])
        .ok();
    assert_eq!(acted["success"], true, "{acted:#}");
    assert_eq!(labels(&instances(&server)), ["keys_<UDIM>.png 3 tiles"]);
    let instance = instance();
    let revision = &server.send("GET", &session_path).ok()["revision"];
    let change = json!({"revision": revision, "set": {"correction": "files"}});
    let path = format!("{session_path}/instances/{instance}");
    server.send_json("PATCH", &path, &change, &[]).ok();
    server.succeed("CollectFiles", None);
    assert_eq!(labels(&instances(&server)), files);
    // Another server, and nothing is said any more.
    let server = folders.serve();
    let (run, data) = publish(&server);
    assert_eq!(
        (&run["state"], labels(&data)),
        (&json!("succeeded"), files.to_vec())
    );
}

#[test]
fn name_is_the_same_beside_others() {
    let path = |files: &[&str], label: &str| {
        let folders = Folders::empty();
        let server = serve(&folders, files, &[]);
        let (_, data) = publish(&server);
        let found = data.iter().find(|data| data["label"] == label).unwrap();
        let path = found["publishPath"].as_str().unwrap().to_owned();
        path.strip_prefix(folders.root().to_str().unwrap())
            .unwrap()
            .to_owned()
    };
    for (file, other) in [("a.png", "a.obj"), ("a.obj", "a.png"), ("a.1.png", "a.txt")] {
        assert_eq!(path(&[file], file), path(&[file, other], file));
    }
}

#[test]
fn names_that_no_other_disk_takes_are_stopped() {
    let folders = Folders::empty();
    let server = serve(
        &folders,
        &["aux.png", "a?.png", "b..png"],
        &["--set", "pattern=.*"],
    );
    let (run, data) = publish(&server);
    assert_eq!(run["state"], "stopped");
    assert!(
        data.iter().all(|data| data["publishPath"].is_null()),
        "{data:#?}"
    );
}

#[test]
fn template_and_exceptions_are_settings() {
    let folders = Folders::empty();
    let template = "template={project}/{name}/{name}_v{version:02}/{file}";
    let exception = r#"exceptions=["ValidateSequence/*/a: it is meant"]"#;
    let settings = [
        "--set",
        template,
        "--set",
        "values=project=bunny",
        "--set",
        exception,
    ];
    let server = serve(&folders, &["a.1.png", "a.3.png", "x.bak"], &settings);
    let (run, data) = publish(&server);
    assert_eq!(run["state"], "succeeded", "{run:#}");
    let folder = folders.root().join("bunny/a/a_v01");
    assert_eq!(data[0]["publishPath"], folder.to_str().unwrap());
    let text = fs::read(folder.join("publish.json")).unwrap();
    let said: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(
        said["exceptions"],
        json!({"ValidateSequence": "it is meant"})
    );
    let context = server.state()["context"]["data"].clone();
    assert_eq!(context["leftOut"], json!(["x.bak"]));
    assert_eq!(context["root"], folders.root().to_str().unwrap());
}
