//! The tables of months: what was there before them, what is made ahead, and what is dropped.

use std::fs;
use std::path::Path;

use pyblish_endpoint_tests::Server;
use pyblish_endpoint_tests::hub::{
    API, hub_command, post_events, settled, start_hub, token, until,
};
use pyblish_endpoint_tests::postgres::Postgres;
use serde_json::{Value, json};

use crate::run_batch::{LONG_AGO, now, run};
use crate::stream::Stream;

/// A month so many months ago, such as 202611.
fn ago(postgres: &Postgres, months: u32) -> String {
    let month = format!(
        "SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') - {months} * interval '1 month', 'YYYYMM')"
    );
    postgres.sql(&month)[0].clone()
}

/// Lets all that is there have arrived so many months ago. No other way is as quick as a year.
fn age(postgres: &Postgres, months: u32) {
    settled(postgres);
    let (today, month) = (ago(postgres, 0), ago(postgres, months));
    for table in ["events", "results", "feed"] {
        postgres.sql(&format!(
            "CREATE TABLE {table}_{month} (LIKE {table} INCLUDING ALL);
             WITH moved AS (DELETE FROM {table}_{today} RETURNING *) INSERT INTO {table}_{month} SELECT * FROM moved;
             UPDATE {table}_{month} SET month = {month};
             ALTER TABLE {table} ATTACH PARTITION {table}_{month} FOR VALUES IN ({month})"
        ));
    }
    postgres.sql(&format!(
        "UPDATE runs SET month = {month} WHERE month = {today}"
    ));
}

/// The tables of months of events.
fn tables(postgres: &Postgres) -> Vec<String> {
    postgres.sql(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'events'::regclass ORDER BY 1",
    )
}

#[test]
fn months_are_made_ahead_by_one_of_several_hubs() {
    let postgres = Postgres::start();
    let (one, _other) = (start_hub(&postgres), start_hub(&postgres));
    let machine = token(&postgres, &["--machine", "ws1"]);
    post_events(
        &one.address,
        &machine,
        &run("a", 1, now(), "anna", "bunny", false),
    )
    .ok();
    let ahead = postgres.sql(
        "SELECT 'events_' || to_char(date_trunc('month', now() AT TIME ZONE 'UTC')
             + n * interval '1 month', 'YYYYMM') FROM generate_series(0, 3) n",
    );
    until("the tables are there", || tables(&postgres) == ahead);
    // The month of a batch is that of its commit.
    assert_eq!(
        postgres.sql("SELECT DISTINCT month FROM events"),
        [ago(&postgres, 0)]
    );
}

#[test]
fn what_is_older_is_dropped_and_readers_are_told() {
    let postgres = Postgres::start();
    let machine = token(&postgres, &["--machine", "ws1"]);
    let viewer = token(&postgres, &["--role", "viewer", "--name", "anna"]);
    let hub = start_hub(&postgres);
    let post = |hub: &Server, number| {
        post_events(
            &hub.address,
            &machine,
            &run("a", number, now(), "anna", "bunny", false),
        )
        .ok()
    };
    post(&hub, 1);
    age(&postgres, 3);
    post(&hub, 2);
    age(&postgres, 2);
    post(&hub, 3);
    drop(hub);
    // The month two months ago is the last that is kept.
    let keep = |months: &str| {
        let mut hub = Server::start_with(hub_command(&postgres, &["--keep-months", months]));
        hub.token = Some(viewer.clone());
        hub
    };
    let hub = keep("3");
    until("the months are made", || tables(&postgres).len() == 6);
    assert_eq!(
        hub.send("GET", &format!("{API}/dropped-months")).ok()["total"],
        0
    );
    drop(hub);
    let hub = keep("2");
    let path = format!("{API}/dropped-months");
    until("a month is dropped", || {
        hub.send("GET", &path).ok()["total"] == 1
    });
    let month = ago(&postgres, 3);
    let dropped = hub.send("GET", &path).ok()["items"][0].take();
    assert_eq!(dropped["month"], format!("{}-{}", &month[..4], &month[4..]));
    assert_eq!(dropped["events"], 5);
    assert_eq!(tables(&postgres).len(), 5);
    assert_eq!(
        postgres.sql("SELECT min(number), count(*) FROM events"),
        ["6|10"]
    );
    let audit = postgres.sql("SELECT who, what FROM audit WHERE what LIKE 'dropped%'");
    assert_eq!(
        audit,
        [format!(
            "the hub|dropped the month {month} with its events (5): --keep-months 2"
        )]
    );
    // The run and what it published stay, and it says that its results are gone.
    let runs = hub.send("GET", &format!("{API}/runs")).ok();
    assert_eq!(runs["total"], 3);
    let shown = |index: usize| {
        let id = &runs["items"][index]["id"];
        let run = hub.send("GET", &format!("{API}/runs/{id}")).ok();
        let results = hub.send("GET", &format!("{API}/runs/{id}/results")).ok();
        (
            run["dropped"].clone(),
            run["published"][0]["version"].clone(),
            results["total"].clone(),
        )
    };
    assert_eq!(shown(2), (json!(true), json!(1), json!(0)));
    assert_eq!(shown(1), (json!(false), json!(2), json!(2)));
    assert_eq!(
        hub.send("GET", &format!("{API}/versions?name=hero")).ok()["total"],
        3
    );
    let session = hub.send("GET", &format!("{API}/sessions")).ok()["items"][0].take();
    assert_eq!(
        (&session["dropped"], &session["sequence"], &session["lost"]),
        (&json!(5), &json!(15), &json!(0))
    );
    // A listener from before is told, and goes on.
    let mut stream = Stream::open(&hub.address, &viewer, "?after=0-0", None);
    let (id, name, data) = stream.next().unwrap();
    assert_eq!(
        (name.as_str(), &data["from"], &data["to"]),
        ("gap", &json!("0-0"), &json!(id))
    );
    assert_eq!(stream.next().unwrap().2["sequence"], 6);
    // And from there on, nothing is said twice.
    let mut stream = Stream::open(&hub.address, &viewer, "", Some(&id));
    assert_eq!(stream.next().unwrap().2["sequence"], 6);
    // What was dropped does not come again, and the session goes on.
    assert_eq!(post(&hub, 1)["last"], 15);
    assert_eq!(post(&hub, 4)["last"], 20);
    settled(&postgres);
    assert_eq!(
        postgres.sql("SELECT min(number), count(*) FROM events"),
        ["6|15"]
    );
    assert!(hub.log().contains(&format!("dropped the month {month}")));
}

/// The migration of this name, as psql takes it.
fn migration(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/hub/migrations");
    fs::read_to_string(folder.join(name)).expect("a migration")
}

#[test]
fn what_was_there_before_the_months_is_kept() {
    // A database of before: the first tables, and what is known of them.
    let (new, old) = (Postgres::start(), Postgres::start());
    drop(start_hub(&new));
    let known = new.sql("SELECT version, name, applied_on, checksum FROM refinery_schema_history WHERE version <= 3 ORDER BY 1");
    for name in [
        "V1__studio.sql",
        "V2__webhooks.sql",
        "V3__idempotent_answers.sql",
    ] {
        old.sql(&migration(name));
    }
    old.sql("CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255))");
    for row in known {
        let values: Vec<_> = row.split('|').map(|value| format!("'{value}'")).collect();
        let values = values.join(", ");
        old.sql(&format!(
            "INSERT INTO refinery_schema_history VALUES ({values})"
        ));
    }
    old.sql(
        "INSERT INTO machines (name) VALUES ('ws1');
         INSERT INTO sessions (machine_id, name, log, adapter, adapter_version, hosts, program, is_open, last)
             VALUES (1, 'a', 'log', 'folder', '1', '{}', '0', true, 5);
         INSERT INTO feed VALUES (1, 1, 1, 5);
         UPDATE feed_head SET last = 1;
         INSERT INTO events SELECT 1, n, now(), 1, 'reset', '{}' FROM generate_series(1, 5) n;
         INSERT INTO runs (session_id, machine_id, number, state, adapter, started, succeeded, failed, info)
             VALUES (1, 1, 1, 'succeeded', 'folder', now(), 1, 0, '{}');
         INSERT INTO results VALUES (1, 5, 1, now(), 'Old', NULL, true, NULL, 1, to_tsvector('simple', 'mended'))",
    );
    let mut hub = start_hub(&old);
    let machine = token(&old, &["--machine", "ws1"]);
    assert_eq!(
        old.sql("SELECT count(*), min(month) = max(month) FROM events"),
        ["5|t"]
    );
    // The machine goes on where it was.
    let next = run("a", 2, LONG_AGO, "anna", "bunny", true);
    assert_eq!(post_events(&hub.address, &machine, &next).ok()["last"], 10);
    let viewer = token(&old, &["--role", "viewer", "--name", "anna"]);
    let stream = Stream::open(&hub.address, &viewer, "?after=0-0", None);
    let numbers: Vec<Value> = stream
        .take(10)
        .map(|(_, _, data)| data["sequence"].clone())
        .collect();
    assert_eq!(json!(numbers), json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    hub.token = Some(viewer);
    assert_eq!(
        hub.send("GET", &format!("{API}/runs?q=mended")).ok()["total"],
        1
    );
    assert_eq!(
        hub.send("GET", &format!("{API}/runs?q=ngons")).ok()["total"],
        1
    );
    // The old tables have the indexes of the new ones.
    let indexes = old.sql(
        "SELECT tablename, count(*) FROM pg_indexes WHERE tablename ~ '_[0-9]{6}$' GROUP BY 1 ORDER BY 1",
    );
    for table in ["events", "feed", "results"] {
        let counts: Vec<_> = indexes
            .iter()
            .filter(|row| row.starts_with(&format!("{table}_")))
            .map(|row| row.split('|').nth(1).unwrap())
            .collect();
        assert!(
            counts.len() == 4 && counts.iter().all(|count| *count == counts[0]),
            "{indexes:?}"
        );
    }
}
