//! What a machine sends, by the protocol itself.

use pyblish_endpoint_tests::hub::{post_bytes, post_events, settled, start_hub, token};
use pyblish_endpoint_tests::postgres::Postgres;
use serde_json::json;

use crate::stage_batch::{batch, stored};

#[test]
fn sending_twice_changes_nothing() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let post = |lines: &str| post_events(&hub.address, &machine, lines);
    assert_eq!(post(&batch("a", 1, 10)).ok(), json!({"last": 10}));
    let bodies = || postgres.sql("SELECT number, at, run, name, body FROM events ORDER BY number");
    let before = bodies();
    // All of it again, and a part of it with more behind it.
    assert_eq!(post(&batch("a", 1, 10)).ok(), json!({"last": 10}));
    assert_eq!(bodies(), before);
    assert_eq!(post(&batch("a", 4, 10)).ok(), json!({"last": 13}));
    assert_eq!(bodies()[..10], before);
    assert_eq!(stored(&postgres), ["a|13|1|13|13"]);
    // Each event is in the feed once.
    settled(&postgres);
    let feed = postgres.sql("SELECT id, first, last FROM feed ORDER BY id");
    assert_eq!(feed, ["1|1|10", "2|11|13"]);
}

#[test]
fn gap_is_answered_with_what_is_wanted() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let post = |lines: &str| post_events(&hub.address, &machine, lines);
    for (first, wanted) in [(2, 1), (100, 1)] {
        let refused = post(&batch("a", first, 3));
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (409, &json!("gap")),
            "{}",
            refused.body
        );
        assert_eq!(refused.body["wanted"], wanted);
    }
    post(&batch("a", 1, 3)).ok();
    // A heartbeat has no events, and finds a gap, too.
    assert_eq!(post(&batch("a", 6, 0)).body["wanted"], 4);
    assert_eq!(post(&batch("a", 4, 0)).ok(), json!({"last": 3}));
    // What the machine itself has no more, it may leave out. The hub remembers it.
    let forgotten = batch("a", 7, 2).replacen("\"first\"", "\"forgotten\":6,\"first\"", 1);
    assert_eq!(post(&forgotten).ok(), json!({"last": 8}));
    assert_eq!(post(&forgotten).ok(), json!({"last": 8}));
    assert_eq!(postgres.sql("SELECT first, last FROM gaps"), ["4|6"]);
    assert_eq!(stored(&postgres), ["a|5|1|8|8"]);
}

#[test]
fn machines_never_mix() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    for name in ["ws1", "ws2"] {
        let machine = token(&postgres, &["--machine", name]);
        post_events(&hub.address, &machine, &batch("a", 1, 2)).ok();
        let another = batch("a", 1, 3).replace("\"log\":\"log\"", "\"log\":\"other\"");
        post_events(&hub.address, &machine, &another).ok();
    }
    let sessions = postgres.sql(
        "SELECT m.name, s.log, s.last FROM sessions s JOIN machines m ON m.id = s.machine_id ORDER BY s.id",
    );
    assert_eq!(
        sessions,
        ["ws1|log|2", "ws1|other|3", "ws2|log|2", "ws2|other|3"]
    );
}

#[test]
fn wrong_batch_is_refused_and_leaves_nothing() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let good = batch("a", 1, 3);
    let skips = good.replace("\"n\":3", "\"n\":4");
    let refused = post_events(&hub.address, &machine, &skips);
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("unprocessable"))
    );
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("line 4") && detail.contains("3 comes next"),
        "{detail}"
    );
    let compressed = zstd_of(&good);
    for (encoding, body) in [
        (None, compressed.as_slice()),
        (Some("gzip"), compressed.as_slice()),
        (Some("zstd"), good.as_bytes()),
        (Some("zstd"), &compressed[..compressed.len() / 2]),
    ] {
        let refused = post_bytes(&hub.address, Some(&machine), encoding, body);
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (415, &json!("not-zstd")),
            "{}",
            refused.body
        );
    }
    // It is small on the wire, and gigabytes in memory.
    let bomb = " ".repeat(64 << 20);
    let refused = post_events(&hub.address, &machine, &bomb);
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (413, &json!("too-large"))
    );
    let large = vec![0; (16 << 20) + 1];
    let refused = post_bytes(&hub.address, Some(&machine), Some("zstd"), &large);
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (413, &json!("too-large"))
    );
    assert_eq!(postgres.sql("SELECT count(*) FROM sessions"), ["0"]);
    // The hub still works.
    post_events(&hub.address, &machine, &good).ok();
}

fn zstd_of(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 3).unwrap()
}
