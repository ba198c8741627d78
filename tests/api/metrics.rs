//! What scrapers get of a runtime.

use pyblish_endpoint_tests::open_metrics::Scraped;
use pyblish_endpoint_tests::v2::{end, session, shots, start};
use pyblish_endpoint_tests::{Server, run, serve};
use pyblish_promise::promise_eq;
use serde_json::json;

const PAGE: &str = include_str!("../../docs/src/reference/metrics.md");

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn runtime_counts_what_its_sessions_do() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("metrics.token");
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let scenario = shots();
    let mut command = serve();
    command.env("XDG_DATA_HOME", place.path());
    command
        .args(scenario.arguments())
        .arg("--metrics-token-file")
        .arg(&file);
    // Nobody is there: what is to be sent waits.
    std::fs::write(place.path().join("hub.token"), "t").unwrap();
    command.args(["--hub", "http://127.0.0.1:1", "--hub-token-file"]);
    command.arg(place.path().join("hub.token"));
    let mut server = Server::start_with(command);
    let path = session(&server);
    let run = start(&server, &path, json!({}));
    let ended = end(&server, &path, &run);
    let own = server.token.clone();
    // The scraper's token opens the metrics, and nothing else.
    server.token = Some(TOKEN.into());
    promise_eq!("HUB-06", server.send("GET", &path).status, 401);
    promise_eq!(
        "HUB-06",
        server.send("POST", &format!("{path}/reset")).status,
        401
    );
    server.token = Some("f".repeat(32));
    assert_eq!(server.send("GET", "/metrics").status, 401);
    server.token = None;
    assert_eq!(server.send("GET", "/metrics").status, 401);
    server.token = own;
    assert_eq!(server.send("GET", "/metrics").status, 200);
    server.token = Some(TOKEN.into());
    let state = ended["state"].as_str().unwrap();
    let counted = format!("pyblish_runs_total{{state=\"{state}\"}}");
    // It counts as one more listener, which may be a moment behind.
    let scraped = loop {
        let answer = server.send("GET", "/metrics").ok();
        let scraped = Scraped::of(answer.as_str().unwrap());
        if scraped.samples.contains_key(&counted) {
            break scraped;
        }
        std::thread::yield_now();
    };
    assert_eq!(scraped.value(&counted), 1.0);
    let sum = |name: &str| {
        let samples = scraped
            .samples
            .iter()
            .filter(|(sample, _)| sample.starts_with(name));
        samples.map(|(_, value)| value).sum::<f64>()
    };
    let results = ended["succeeded"].as_f64().unwrap() + ended["failed"].as_f64().unwrap();
    assert_eq!(sum("pyblish_plugin_seconds_count"), results);
    assert_eq!(
        sum("pyblish_plugin_failures_total"),
        ended["failed"].as_f64().unwrap()
    );
    assert!(
        scraped
            .samples
            .keys()
            .any(|sample| sample.contains("stage=\"validate\""))
    );
    assert_eq!(scraped.value("pyblish_sessions{state=\"idle\"}"), 1.0);
    assert!(scraped.value("pyblish_hub_unsent_events") > 0.0);
    // It waits in the history, which has more than that.
    let unsent = scraped.value("pyblish_hub_unsent_bytes");
    assert!(unsent > 0.0 && unsent < scraped.value("pyblish_history_bytes"));
    assert!(scraped.value("pyblish_history_bytes") > 0.0);
    assert_eq!(
        scraped.value("pyblish_limits_met_total{limit=\"listeners\"}"),
        0.0
    );
    // No label has the name of an instance: what has the word is a count, or the limit of it.
    let is_count = |sample: &&String| {
        sample.starts_with("pyblish_instances")
            || sample.starts_with("pyblish_adapter_limits_met_total")
    };
    let mut others = scraped.samples.keys().filter(|sample| !is_count(sample));
    assert!(!others.any(|sample| sample.contains("instance")));
    scraped.is_documented_in(PAGE, "Of a runtime");
}

#[test]
fn runtime_without_the_flag_counts_nothing() {
    let server = shots().serve();
    let refused = server.send("GET", "/metrics").refused(404);
    assert!(refused.contains("--metrics-token-file"), "{refused}");
}

#[test]
fn short_token_for_metrics_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("metrics.token");
    let scenario = shots();
    for token in [&TOKEN[1..], ""] {
        std::fs::write(&file, token).unwrap();
        let mut command = serve();
        command.args(scenario.arguments());
        command.arg("--metrics-token-file").arg(&file);
        let (output, said) = run(command);
        assert_eq!(output.status.code(), Some(1));
        assert!(said.contains("too short to be safe"), "{said}");
    }
}
