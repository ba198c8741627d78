//! The real Pyblish QML, unmodified, under Xvfb, over HTTP: it publishes an inbox, and a scene of a
//! real Blender, with a failing validator, a repair, an action, a toggle and a comment.
//!
//! `cargo xtask test --hosts` installs what these tests need and runs them; a plain `cargo test`
//! does not. Pictures of each step are in `target/screenshots`.

#![cfg(unix)]

use std::fs;

use pyblish_endpoint_tests::farm::Farm;
use pyblish_endpoint_tests::qml::command;
use pyblish_endpoint_tests::real::{blender_in_the_background, place};
use pyblish_endpoint_tests::window::{Button, Window};
use pyblish_endpoint_tests::{Event, Events, Folders, Server, data, v2};
use serde_json::{Value, json};

/// Waits for an event that matches.
#[track_caller]
fn until(events: &mut Events, what: &str, like: impl Fn(&Event) -> bool) -> Event {
    let found = events.find(like);
    found.unwrap_or_else(|| panic!("the endpoint sends no event of {what}"))
}

/// Waits until somebody has set this.
#[track_caller]
fn until_set(events: &mut Events, key: &str, value: Value) {
    until(events, key, |event| {
        event.data["key"] == key && event.data["value"] == value
    });
}

/// Which plug-ins failed on which instances, by the latest results.
fn failed(server: &Server) -> Vec<(String, String)> {
    let path = format!("{}/results?state=failed&latest=true", v2::session(server));
    let page = server.send("GET", &path).ok();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = page["items"].as_array().unwrap().iter();
    all.map(|it| (text(&it["plugin"]), text(&it["instance"])))
        .collect()
}

fn pair(plugin: &str, instance: &str) -> (String, String) {
    (plugin.to_owned(), instance.to_owned())
}

#[test]
fn sample_is_published() {
    let folders = Folders::sample();
    let server = folders.serve();
    let session = v2::session(&server);
    let mut events = server.listen(&format!("{session}/events?after=0"), None);
    let mut window = Window::open(command(&server), &server, "inbox");
    window.click(Button::Publish);
    window.is_in("finished");
    window.says("requests during publish");
    window.picture("failed");
    assert_eq!(
        failed(&server),
        [
            pair("ValidateName", "Old Map"),
            pair("ValidateSignature", "matte")
        ]
    );
    assert!(!folders.root().join("image").exists());
    // The plug-in's own action, in its menu.
    window.act(&server, "Names", 0);
    window.picture("repaired");
    until(&mut events, "the repair", |event| {
        event.name == "result" && event.data["result"]["mode"] == "repair"
    });
    assert_eq!(failed(&server), [pair("ValidateSignature", "matte")]);
    window.reset();
    window.toggle_instance(&server, "matte.png");
    until_set(&mut events, "publish", json!(false));
    window.toggle_plugin(&server, "Thumbnail");
    until(&mut events, "the plug-in", |event| {
        event.name == "pluginToggled"
    });
    window.comment("For Anna");
    until_set(&mut events, "comment", json!("For Anna"));
    window.click(Button::Comment);
    window.picture("chosen");
    window.click(Button::Publish);
    window.is_in("finished");
    window.says("requests during publish");
    window.picture("published");
    assert_eq!(failed(&server), []);
    let read = |path: &str| {
        let text = fs::read_to_string(folders.root().join(path)).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let said = read("image/skyline/v001/publish.json");
    assert_eq!(
        (&said["comment"], &said["thumbnail"]),
        (&json!("For Anna"), &Value::Null)
    );
    assert!(folders.root().join("geometry/crate/v001").is_dir());
    assert!(!folders.root().join("image/matte").exists());
    assert_eq!(window.close(), Some(0));
}

#[test]
fn blender_scene_is_published() {
    let place = place("blender");
    let plugins = place.path("plugins/plugins_tagged.py");
    fs::copy(data("qml/tagged.py"), plugins).unwrap();
    let _host = blender_in_the_background(&place);
    let paths = format!("paths={}", json!([place.path("plugins")]));
    let blender = place.serve_host("blender", &["--set", &paths]);
    let server = &blender.server;
    let mut events = blender.events();
    let mut window = Window::open(place.command(command(server)), server, "blender");
    window.toggle_plugin(server, "ValidateNothing");
    until(&mut events, "the plug-in", |event| {
        event.name == "pluginToggled"
    });
    window.click(Button::Publish);
    window.is_in("finished");
    window.says("requests during publish");
    window.picture("failed");
    let both = [
        pair("ValidateScale", "hero"),
        pair("ValidateTagged", "hero"),
        pair("ValidateTagged", "prop"),
    ];
    assert_eq!(failed(server), both);
    window.act(server, "ValidateScale", 0);
    window.act(server, "ValidateTagged", 0);
    window.picture("acted");
    until(&mut events, "the action", |event| {
        event.name == "result" && event.data["result"]["mode"]["action"].is_string()
    });
    // Plug-ins are discovered again, and are active again.
    window.reset();
    window.toggle_plugin(server, "ValidateNothing");
    until(&mut events, "the plug-in", |event| {
        event.name == "pluginToggled"
    });
    window.toggle_instance(server, "prop");
    until_set(&mut events, "publish", json!(false));
    window.comment("Out of Blender");
    until_set(&mut events, "comment", json!("Out of Blender"));
    window.click(Button::Comment);
    window.click(Button::Publish);
    window.is_in("finished");
    window.says("requests during publish");
    window.picture("published");
    assert_eq!(failed(server), []);
    let hero = fs::read(place.path("published/hero/v001/hero.glb")).unwrap();
    assert!(hero.starts_with(b"glTF"));
    assert!(!place.path("published/prop").exists());
    assert_eq!(window.close(), Some(0));
}

#[test]
fn ended_server_is_shown() {
    let folders = Folders::sample();
    let server = folders.serve();
    let mut window = Window::open(command(&server), &server, "gone");
    // Dropping the server kills it.
    drop(server);
    window.click(Button::Publish);
    window.is_in("finished");
    window.says("requests during publish");
    window.picture("stopped");
    window.reset();
    window.picture("not-reset");
    assert_eq!(window.close(), Some(1));
}

/// QML has no button for the farm, but shows our action in the menu of the last plug-in. Needs
/// PostgreSQL, as all tests of the farm do.
#[test]
fn menu_hands_over_to_the_farm() {
    let farm = Farm::start();
    let server = farm.serve_scenario(
        &json!([
            {"name": "Collect", "order": 0, "context": [{"create": "hero", "data": {"family": "a"}}]},
            {"name": "Check", "order": 1, "instance": []},
            {"name": "Extract", "order": 2, "instance": []},
        ]),
        &[],
    );
    let command = farm.command("artist", &["qml", "--url", &server.address]);
    let mut window = Window::open(command, &server, "farm");
    window.act(&server, "Extract", 0);
    window.picture("handed_over");
    let jobs = server.send("GET", &format!("{}/jobs", v2::session(&server)));
    let jobs = jobs.ok();
    assert_eq!(jobs["total"], 1, "{jobs:#}");
    assert_eq!(jobs["items"][0]["place"], "farm", "{jobs:#}");
    window.close();
}
