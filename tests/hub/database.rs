//! A database that is away, read-only, full, slow, or that fails over; and more requests than there
//! are connections to it.

use std::thread;

use pyblish_endpoint_tests::hub::{API, hub_command, post_events, start_hub, token, until};
use pyblish_endpoint_tests::postgres::{Meanwhile, Postgres};
use pyblish_endpoint_tests::{Answer, Server, v2};
use serde_json::json;

use crate::machine::{ALL, machine, publish, stored, told, until_sent};
use crate::stage_batch::{batch, stored as numbers};

#[test]
fn database_that_is_away_is_said_in_words() {
    let mut postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let post = |first| post_events(&hub.address, &machine, &batch("a", first, 1));
    post(1).ok();
    postgres.kill();
    let refused = post(2);
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (503, &json!("database-unavailable")),
        "{}",
        refused.body
    );
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("nothing is lost"), "{detail}");
    postgres.resume();
    // A connection from before may have to be found broken first.
    let taken = (0..20).map(|_| post(2)).find(|answer| answer.status == 200);
    assert_eq!(taken.expect("it is back").body, json!({"last": 2}));
    assert_eq!(numbers(&postgres), ["a|2|1|2|2"]);
    postgres.sql("ALTER DATABASE postgres SET default_transaction_read_only = on");
    let read_only = postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
    assert!(!read_only.is_empty());
    let refused = (0..20)
        .map(|_| post(3))
        .find(|answer| answer.body["code"] == "database-read-only");
    assert_eq!(refused.expect("it says so").status, 503);
}

#[test]
fn full_database_is_said_in_words() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let post = |first| post_events(&hub.address, &machine, &batch("a", first, 1));
    post(1).ok();
    // A stand-in for a full disk: it answers what PostgreSQL answers then.
    postgres.sql(
        "CREATE FUNCTION full_disk_stand_in() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
         END $$;
         CREATE TRIGGER full_disk_stand_in BEFORE INSERT ON events
             FOR EACH STATEMENT EXECUTE FUNCTION full_disk_stand_in()",
    );
    let refused = post(2);
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (503, &json!("database-full"))
    );
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("make room on its disk"), "{detail}");
    postgres.sql("DROP TRIGGER full_disk_stand_in ON events");
    post(2).ok();
    assert_eq!(numbers(&postgres), ["a|2|1|2|2"]);
}

/// Whether somebody has locked the sessions.
const LOCKED: &str = "SELECT count(*) FROM pg_locks WHERE relation = 'sessions'::regclass
    AND mode = 'AccessExclusiveLock' AND granted";

/// Locks the sessions, so that every batch waits, until the result is dropped.
#[track_caller]
fn locked(postgres: &Postgres) -> Meanwhile {
    let locked = postgres.sql_meanwhile("BEGIN; LOCK TABLE sessions; SELECT pg_sleep(600)");
    until("they are locked", || postgres.sql(LOCKED) == ["1"]);
    locked
}

#[test]
fn database_that_takes_too_long_is_said_in_words() {
    let postgres = Postgres::start();
    let url = format!("{} options='-c lock_timeout=200'", postgres.url());
    let mut command = hub_command(&postgres, &["--database-connections", "2"]);
    command.env("PYBLISH_HUB_DATABASE", url);
    let hub = Server::start_with(command);
    let machine = token(&postgres, &["--machine", "ws1"]);
    post_events(&hub.address, &machine, &batch("a", 1, 1)).ok();
    let locked = locked(&postgres);
    let refused = post_events(&hub.address, &machine, &batch("a", 2, 1));
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (503, &json!("database-slow")),
        "{}",
        refused.body
    );
    drop(locked);
    until("it is free", || postgres.sql(LOCKED) == ["0"]);
    post_events(&hub.address, &machine, &batch("a", 2, 1)).ok();
}

#[test]
fn requests_share_few_connections() {
    let postgres = Postgres::start();
    let command = hub_command(&postgres, &["--database-connections", "2"]);
    let hub = Server::start_with(command);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let post = |session: usize| {
        let lines = batch(&format!("s{session}"), 1, 50);
        post_events(&hub.address, &machine, &lines)
    };
    let answers: Vec<Answer> = thread::scope(|scope| {
        let threads: Vec<_> = (0..40).map(|n| scope.spawn(move || post(n))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    for answer in answers {
        assert_eq!(answer.ok(), json!({"last": 50}));
    }
    assert_eq!(numbers(&postgres).len(), 40);
    // Two for requests, and the bell.
    let connections = postgres.sql("SELECT count(*) <= 3 FROM pg_stat_activity WHERE application_name = 'pyblish-endpoint hub'");
    assert_eq!(connections, ["t"]);
}

#[test]
fn no_free_connection_is_said_in_words() {
    let postgres = Postgres::start();
    let command = hub_command(&postgres, &["--database-connections", "2"]);
    let hub = Server::start_with(command);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let post = |session: &str| post_events(&hub.address, &machine, &batch(session, 1, 1));
    let locked = locked(&postgres);
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pyblish-endpoint hub' AND wait_event_type = 'Lock'";
    thread::scope(|scope| {
        let two = ["a", "b"].map(|session| scope.spawn(move || post(session)));
        until("both wait", || postgres.sql(waiting) == ["2"]);
        let refused = post("c");
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (503, &json!("database-unavailable"))
        );
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(
            detail.contains("no connection to it is free in time"),
            "{detail}"
        );
        drop(locked);
        for thread in two {
            thread.join().unwrap().ok();
        }
    });
    post("c").ok();
}

#[test]
fn nothing_acknowledged_is_lost_when_the_database_fails_over() {
    let mut primary = Postgres::start();
    let standby = primary.standby();
    let url = format!(
        "host={},{} user=hub dbname=postgres target_session_attrs=read-write",
        primary.host().display(),
        standby.host().display()
    );
    let mut command = hub_command(&primary, &[]);
    command.env("PYBLISH_HUB_DATABASE", &url);
    let mut hub = Server::start_with(command);
    let place = tempfile::tempdir().unwrap();
    let scenario = v2::shots();
    let of_machine = token(&primary, &["--machine", "ws1"]);
    let server = machine(
        &scenario.arguments(),
        place.path(),
        &hub.address,
        &of_machine,
        &ALL,
    );
    publish(&server);
    until_sent(&server);
    primary.kill();
    publish(&server);
    standby.sql("SELECT pg_promote()");
    until_sent(&server);
    assert_eq!(stored(&standby), told(&server));
    hub.token = Some(token(&standby, &["--role", "viewer", "--name", "anna"]));
    let runs = hub.send("GET", &format!("{API}/runs")).ok();
    assert_eq!(runs["total"], 2);
}
