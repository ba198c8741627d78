//! What scrapers get of a hub.

use pyblish_endpoint_tests::Server;
use pyblish_endpoint_tests::hub::{post_bytes, post_events, run_lines, settled, start_hub, token};
use pyblish_endpoint_tests::open_metrics::Scraped;
use pyblish_endpoint_tests::postgres::Postgres;
use pyblish_promise::promise_eq;
use serde_json::json;

const PAGE: &str = include_str!("../../docs/src/reference/metrics.md");

fn scrape(hub: &Server) -> Scraped {
    let answer = hub.send("GET", "/metrics").ok();
    Scraped::of(answer.as_str().expect("text"))
}

#[test]
fn hub_tells_what_it_does_and_what_its_studio_does() {
    let postgres = Postgres::start();
    let mut hub = start_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let refused = hub.send("GET", "/metrics");
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (401, &json!("unauthorized"))
    );
    hub.token = Some(machine.clone());
    promise_eq!("HUB-05", hub.send("GET", "/metrics").status, 403);
    hub.token = Some(token(
        &postgres,
        &["--role", "viewer", "--name", "prometheus"],
    ));
    let before = scrape(&hub);
    assert_eq!(before.value("pyblish_hub_batches_total"), 0.0);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.unwrap().as_secs_f64();
    for number in 1..=3 {
        let lines = run_lines("one", number, now - 60.0, "anna", "bunny", number == 2);
        post_events(&hub.address, &machine, &lines).ok();
    }
    assert_eq!(
        post_bytes(&hub.address, Some(&machine), None, b"").status,
        415
    );
    settled(&postgres);
    let after = scrape(&hub);
    for (sample, value) in [
        ("pyblish_hub_batches_total", 3.0),
        ("pyblish_hub_events_total", 21.0),
        ("pyblish_hub_refused_batches_total{code=\"not-zstd\"}", 1.0),
        ("pyblish_hub_lag_seconds_count", 3.0),
        ("pyblish_hub_runs{state=\"succeeded\"}", 2.0),
        ("pyblish_hub_runs{state=\"failed\"}", 1.0),
        ("pyblish_hub_open_sessions", 1.0),
        ("pyblish_hub_silent_sessions", 0.0),
        ("pyblish_hub_machines", 1.0),
        ("pyblish_hub_running_runs", 0.0),
        ("pyblish_hub_feed_position", 3.0),
        ("pyblish_hub_listeners", 0.0),
        (
            "pyblish_hub_plugin_results_total{plugin=\"ValidateMesh\"}",
            3.0,
        ),
        (
            "pyblish_hub_plugin_failures_total{plugin=\"ValidateMesh\"}",
            1.0,
        ),
        ("pyblish_hub_plugin_seconds_total{plugin=\"Collect\"}", 0.06),
        (
            "pyblish_hub_result_seconds_count{plugin=\"ValidateMesh\",stage=\"validate\"}",
            3.0,
        ),
        (
            "pyblish_hub_result_seconds_sum{plugin=\"Collect\",stage=\"collect\"}",
            0.06,
        ),
        (
            "pyblish_hub_result_seconds_bucket{le=\"0.016\",plugin=\"Collect\",stage=\"collect\"}",
            1.0,
        ),
    ] {
        assert!(
            (after.value(sample) - value).abs() < 1e-9,
            "{sample}: {}",
            after.value(sample)
        );
    }
    assert!(after.value("pyblish_hub_lag_seconds_sum") >= 150.0);
    assert!(after.value("pyblish_hub_received_bytes_total") > 300.0);
    assert!(after.value("pyblish_hub_database_connections{state=\"idle\"}") >= 0.0);
    after.is_documented_in(PAGE, "Of a hub");
    // Another hub says the same of the studio, and nothing of what this one took.
    let mut other = start_hub(&postgres);
    other.token.clone_from(&hub.token);
    let other = scrape(&other);
    assert_eq!(other.value("pyblish_hub_machines"), 1.0);
    assert_eq!(other.value("pyblish_hub_batches_total"), 0.0);
}

#[test]
fn plugins_beyond_two_hundred_share_a_label() {
    let postgres = Postgres::start();
    let mut hub = start_hub(&postgres);
    hub.token = Some(token(
        &postgres,
        &["--role", "viewer", "--name", "prometheus"],
    ));
    let labels = |hub: &Server| {
        let scraped = scrape(hub);
        let mut samples = scraped.samples.into_keys();
        let mut found: Vec<_> = samples
            .by_ref()
            .filter(|sample| sample.starts_with("pyblish_hub_plugin_results_total"))
            .collect();
        found.sort();
        found
    };
    postgres.sql(
        "INSERT INTO plugin_days SELECT current_date, 'P' || n, 1000 - n, 0, 1, 1 FROM generate_series(1, 200) n",
    );
    assert_eq!(labels(&hub).len(), 200);
    postgres.sql("INSERT INTO plugin_days VALUES (current_date, 'Rare', 1, 0, 1, 1)");
    let many = labels(&hub);
    assert_eq!(many.len(), 201);
    assert!(many[200].contains("plugin=\"other\""), "{}", many[200]);
}
