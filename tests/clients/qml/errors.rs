//! Errors of the endpoint, of its session, and of QML itself. QML is always answered, and shows
//! them.

use pyblish_endpoint_tests::qml::Qml;
use pyblish_endpoint_tests::v2::{self, long, session, shots, start_long};
use pyblish_endpoint_tests::{Scenario, Server, serve};
use serde_json::{Value, json};

/// The message of a result that failed.
#[track_caller]
fn message(result: &Value) -> String {
    assert_eq!(result["success"], false, "{result:#}");
    assert!(result["plugin"]["id"].is_string(), "{result:#}");
    result["error"]["message"]
        .as_str()
        .expect("a message")
        .to_owned()
}

#[test]
fn killed_server_ends_with_1() {
    let scenario = shots();
    let server = scenario.serve();
    let mut qml = Qml::start(&server);
    qml.reset();
    let (plugin, instance) = (qml.plugin("Validate"), qml.instance("bad"));
    let before = qml.call("context", json!([]));
    // Dropping the server kills it.
    drop(server);
    let reason = message(&qml.call("process", json!([plugin, instance, null])));
    assert!(reason.contains("the endpoint does not answer"), "{reason}");
    // Nothing else is done, but every request is answered.
    assert_eq!(qml.test(1.0), reason.as_str());
    assert_eq!(qml.call("context", json!([])), before);
    assert_eq!(qml.discover().len(), 3);
    message(&qml.call("repair", json!([plugin, instance])));
    message(&qml.call("process", json!([plugin, null, "fill"])));
    qml.emit(
        "instanceToggled",
        json!({"instance": instance["id"], "new_value": false}),
    );
    qml.emit("commented", json!({"comment": ""}));
    assert_eq!(qml.call("update", json!(["comment", "x"])), Value::Null);
    // A reset that fails shows one plug-in that says so.
    assert_eq!(qml.call("reset", json!([])), Value::Null);
    let context = qml.call("context", json!([]));
    assert_eq!(context["children"], json!([]));
    let plugins = qml.discover();
    assert_eq!(plugins.len(), 1, "{plugins:?}");
    assert_eq!(
        (&plugins[0]["type"], &plugins[0]["order"]),
        (&json!("Other"), &json!(0))
    );
    assert_eq!(qml.test(0.0), Value::Null);
    let reason = message(&qml.call("process", json!([plugins[0], null, null])));
    assert!(reason.contains("nobody answers"), "{reason}");
    let (code, said) = qml.close();
    assert_eq!(code, 1);
    assert!(
        said.contains("has ended") && said.contains("pyblish-endpoint history"),
        "{said}"
    );
}

#[test]
fn reset_finds_a_restarted_server() {
    let scenario = shots();
    let server = scenario.serve();
    let mut qml = Qml::start(&server);
    qml.reset();
    let plugin = qml.plugin("Validate");
    let host = server.host().to_owned();
    drop(server);
    message(&qml.call("process", json!([plugin, null, null])));
    let mut again = serve();
    again.args(scenario.arguments()).args(["--listen", &host]);
    let server = Server::start_there(again);
    qml.reset();
    assert_eq!(qml.process("Validate", "good")["success"], true);
    assert_eq!(qml.test(1.0), Value::Null);
    drop(qml.instances());
    let (code, said) = qml.close();
    assert_eq!(code, 0, "{said}");
    drop(server);
}

#[test]
fn crashed_adapter_is_a_failed_result() {
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [{"create": "one", "data": {"family": "shot"}}]},
        {"name": "Trap", "order": 1, "instance": [{"trap": true}]},
        {"name": "Extract", "order": 2, "instance": []},
    ]));
    let server = scenario.serve();
    let mut qml = Qml::start(&server);
    qml.reset();
    let (extract, one) = (qml.plugin("Extract"), qml.instance("one"));
    message(&qml.process("Trap", "one"));
    let reason = message(&qml.call("process", json!([extract, one, null])));
    assert_eq!(qml.test(3.0), reason.as_str());
    qml.reset();
    assert_eq!(qml.process("Extract", "one")["success"], true);
}

#[test]
fn other_run_is_reported() {
    let scenario = long(false);
    let server = scenario.serve();
    let session = session(&server);
    let mut qml = Qml::start(&server);
    qml.reset();
    let run = start_long(&server, &session);
    let (plugin, one) = (qml.plugin("Work"), qml.instance("one"));
    let reason = message(&qml.call("process", json!([plugin, null, null])));
    assert!(reason.contains("is under way"), "{reason}");
    assert_eq!(qml.test(1.0), reason.as_str());
    // Requests that wait for the plug-in at work do not block QML's window.
    qml.emit(
        "instanceToggled",
        json!({"instance": one["id"], "new_value": false, "old_value": true}),
    );
    assert_eq!(qml.call("reset", json!([])), Value::Null);
    let notice = qml.discover();
    assert!(message(&qml.call("process", json!([notice[0], null, null]))).contains("is under way"));
    qml.emit(
        "instanceToggled",
        json!({"instance": one["id"], "new_value": true, "old_value": false}),
    );
    let slow = qml.test(1.0);
    assert!(
        slow.as_str().unwrap().contains("has not answered for 10s"),
        "{slow}"
    );
    let cancel = format!("{run}/cancel?grace=3600000");
    assert_eq!(server.send("POST", &cancel).status, 202);
    v2::end(&server, &session, &run);
    qml.reset();
    assert_eq!(qml.instances().len(), 1);
}

#[test]
fn closed_session_is_reported() {
    let scenario = shots();
    let server = scenario.serve();
    let mut qml = Qml::start(&server);
    qml.reset();
    let plugin = qml.plugin("Validate");
    assert_eq!(server.send("DELETE", &session(&server)).status, 204);
    let reason = message(&qml.call("process", json!([plugin, null, null])));
    assert!(reason.contains("there is no session"), "{reason}");
    assert_eq!(qml.call("reset", json!([])), Value::Null);
    let notice = qml.discover();
    let reason = message(&qml.call("process", json!([notice[0], null, null])));
    assert!(reason.contains("has no session"), "{reason}");
}

#[test]
fn broken_request_is_answered() {
    let scenario = shots();
    let server = scenario.serve();
    let mut qml = Qml::start(&server);
    qml.reset();
    qml.print("a print \u{1b}[2J\n{\"header\": \"other\"}\n7\nstderr of QML's\n");
    assert_eq!(qml.test(1.0), Value::Null);
    qml.print("{\"header\": \"pyblish-qml:popen.request\", \"payload\": {\"na\n");
    assert_eq!(qml.answer(), Value::Null);
    let reason = qml.test(1.0);
    assert!(
        reason.as_str().unwrap().contains("cannot be read"),
        "{reason}"
    );
    qml.reset();
    assert_eq!(qml.call("teleport", json!([1])), Value::Null);
    let reason = qml.test(1.0);
    assert!(
        reason.as_str().unwrap().contains("\"teleport\""),
        "{reason}"
    );
    // Arguments of the wrong kind do not end the command.
    for name in ["process", "repair", "emit", "update", "test"] {
        qml.call(name, json!([7, {"id": 5}, []]));
    }
    assert!(qml.pulses > 0);
    let (code, said) = qml.close();
    assert_eq!(code, 0);
    for part in [
        // Control characters are shown by their number.
        "qml: a print \\u{1b}[2J\n",
        "qml: {\"header\": \"other\"}\n",
        "qml: 7\n",
        "qml: of QML's\n",
    ] {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
}

#[test]
fn dead_qml_ends_the_command() {
    let scenario = shots();
    let server = scenario.serve();
    let mut qml = Qml::start(&server);
    qml.print("stderr Qt has no screen\nexit 3\n");
    let (code, said) = qml.ended();
    assert_eq!(code, 1);
    assert!(said.contains("qml: Qt has no screen"), "{said}");
    assert!(
        said.contains("pyblish-qml ended (exit status: 3)"),
        "{said}"
    );
    // Also when nobody closed its window and it ends normally.
    let mut qml = Qml::start(&server);
    qml.print("exit 0\n");
    assert_eq!(qml.ended().0, 1);
}

#[test]
fn running_plugin_does_not_block_the_end() {
    let scenario = long(true);
    let server = scenario.serve();
    let session = session(&server);
    for interrupted in [true, false] {
        let mut events = server.listen(&format!("{session}/events"), None);
        let mut qml = Qml::start(&server);
        qml.reset();
        let plugin = qml.plugin("Work");
        let request = json!({
            "header": "pyblish-qml:popen.request",
            "payload": {"name": "process", "args": [plugin, null, null], "kwargs": {}},
        });
        qml.print(&format!("\n{request}\n"));
        events
            .find(|event| event.name == "progress")
            .expect("it is at work");
        if interrupted {
            qml.interrupt();
            assert_eq!(qml.ended().0, 0);
        } else {
            qml.print("exit 1\n");
            let (code, said) = qml.ended();
            assert_eq!(code, 1);
            assert!(said.contains("while a plug-in runs"), "{said}");
        }
        assert_eq!(
            server.send("POST", &format!("{session}/restart")).status,
            200
        );
    }
}

#[test]
fn ctrl_c_ends_both() {
    let scenario = shots();
    let server = scenario.serve();
    let mut qml = Qml::start(&server);
    qml.reset();
    qml.interrupt();
    let (code, said) = qml.ended();
    assert_eq!((code, said.as_str()), (0, ""));
}
