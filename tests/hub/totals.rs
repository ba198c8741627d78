//! How many items a list has: counted up to a number, and estimated beyond it.

use pyblish_endpoint_tests::hub::{API, start_hub, token};
use pyblish_endpoint_tests::postgres::Postgres;
use serde_json::json;

#[test]
fn large_lists_say_that_their_total_is_estimated() {
    let postgres = Postgres::start();
    let mut hub = start_hub(&postgres);
    hub.token = Some(token(&postgres, &["--role", "viewer", "--name", "anna"]));
    postgres.sql(
        "INSERT INTO machines (name) VALUES ('ws1');
         INSERT INTO sessions (machine_id, name, log, adapter, adapter_version, hosts, program, is_open, last)
             VALUES (1, 'a', 'log', 'folder', '1', '{}', '0', true, 0)",
    );
    let more = |from: u32, to: u32| {
        postgres.sql(&format!(
            "INSERT INTO runs (session_id, machine_id, number, state, adapter, started, succeeded, failed, info, month)
                 SELECT 1, 1, n, CASE WHEN n % 10 = 0 THEN 'failed' ELSE 'succeeded' END, 'folder', now(), 1, 0, '{{}}', 1
                 FROM generate_series({from}, {to}) n;
             ANALYZE runs"
        ));
    };
    let total = |query: &str| {
        let page = hub.send("GET", &format!("{API}/runs{query}")).ok();
        (page["total"].as_i64().unwrap(), page["estimated"].clone())
    };
    more(1, 10_000);
    assert_eq!(total(""), (10_000, json!(false)));
    more(10_001, 10_001);
    let (count, estimated) = total("");
    assert!(
        estimated == true && (10_001..11_000).contains(&count),
        "{count}"
    );
    // Few among them are still counted.
    assert_eq!(total("?state=failed"), (1_000, json!(false)));
    assert_eq!(total("?machine=none"), (0, json!(false)));
}
