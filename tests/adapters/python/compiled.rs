//! The adapter is compiled once for a machine, and the log says so while it happens.

use std::process::Command;

use pyblish_endpoint_tests::{Server, endpoint};

use super::place::Place;

/// `serve` with a compile cache of the test's own.
fn serve(place: &Place, arguments: &[String]) -> Server {
    let mut command: Command = endpoint();
    command
        .arg("serve")
        .args(arguments)
        .env("XDG_CACHE_HOME", place.path("cache"));
    Server::start_with(command)
}

#[cfg(unix)]
#[test]
fn compiling_is_announced_once() {
    let place = Place::with("");
    let first = serve(&place, &place.arguments()).log();
    // On a slow machine the log says every ten seconds that it goes on.
    let count = |log: &str| log.matches("pyplugins.wasm, once for this machine").count();
    assert_eq!(count(&first), 1, "{first}");
    assert!(first.contains("compiled"), "{first}");
    let second = serve(&place, &place.arguments()).log();
    assert_eq!(count(&second), 0, "{second}");
}

#[cfg(unix)]
#[test]
fn list_compiles_nothing() {
    let place = Place::with("");
    let scenario = pyblish_endpoint_tests::Scenario::of(serde_json::json!([]));
    let server = serve(&place, &scenario.arguments());
    let adapters = server.send("GET", "/pyblish/v2/adapters").ok();
    let mut all = adapters["items"].as_array().expect("adapters").iter();
    let found = all.find(|it| it["name"] == "pyplugins").expect("pyplugins");
    assert_eq!(found["hosts"], serde_json::json!(["python", "pyplugins"]));
    assert_eq!(found["problem"], serde_json::Value::Null);
    let log = server.log();
    assert!(!log.contains("pyplugins.wasm"), "{log}");
}
