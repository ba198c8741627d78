//! Pyblish QML has no button for the farm: it is an action of the last plug-in.

use pyblish_endpoint_tests::farm::Farm;
use pyblish_endpoint_tests::qml::Qml;
use pyblish_endpoint_tests::v2::session;
use serde_json::{Value, json};

fn plugins() -> Value {
    json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": "hero", "data": {"family": "a", "broken": true}},
        ]},
        {"name": "Check", "order": 1, "instance": [{"fail": "it is broken", "when": {"broken": true}}]},
        {"name": "Extract", "order": 2, "instance": [{"log": "info", "message": "written"}]},
    ])
}

#[test]
fn qml_hands_over() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    let server = farm.serve_scenario(&plugins(), &[]);
    let session = session(&server);
    let mut qml = Qml::start_with(farm.command("artist", &["qml", "--url", &server.address]));
    qml.reset();
    assert_eq!(qml.plugin("Check")["actions"], json!([]));
    let last = qml.plugin("Extract");
    let offered = last["actions"].as_array().unwrap();
    let labels: Vec<_> = offered.iter().map(|it| it["label"].as_str()).collect();
    let expected = ["On the farm", "In the background"];
    assert_eq!(labels, expected.map(Some));
    qml.call("update", json!(["comment", "from QML"]));
    let press = json!([last, null, offered[0]["id"]]);
    // It is validated first, whatever QML has done before.
    let refused = qml.call("process", press.clone());
    assert_eq!(refused["success"], false, "{refused:#}");
    assert_eq!(
        refused["error"]["message"],
        "nothing was handed over: Check fails on hero: it is broken"
    );
    // That is no reason to stop for what QML does next.
    assert_eq!(
        qml.process("Check", "hero")["error"]["message"],
        "it is broken"
    );
    let revision = server.send("GET", &session).ok()["revision"].clone();
    let mended = json!({"revision": revision, "set": {"broken": false}});
    let hero = qml.instance("hero")["id"].as_str().unwrap().to_owned();
    let path = format!("{session}/instances/{hero}");
    assert_eq!(server.send_json("PATCH", &path, &mended, &[]).status, 200);
    let handed = qml.call("process", press);
    assert_eq!(handed["success"], true, "{handed:#}");
    let told = handed["records"][0]["message"].as_str().unwrap();
    assert!(told.contains("waits for a worker"), "{told}");
    let jobs = server.send("GET", &format!("{session}/jobs")).ok();
    assert_eq!(jobs["total"], 1, "{jobs:#}");
    let job = jobs["items"][0]["id"].as_i64().unwrap();
    farm.work("farm1", &["--job", &job.to_string()])
        .end()
        .with(0);
    let read = farm.read(job);
    assert_eq!(read["state"], "succeeded", "{read:#}");
    let epoch = &read["tasks"][0]["history"][0]["epoch"];
    let report = format!("/pyblish/v2/jobs/{job}/tasks/1/attempts/{epoch}/report");
    let report = server.send("GET", &report).ok();
    assert_eq!(report["run"]["comment"], "from QML");
    assert_eq!(qml.close().0, 0);
}
