//! The hub's page in a browser: a real PostgreSQL, a real hub, real machines, and Chromium.

use std::time::{SystemTime, UNIX_EPOCH};

use pyblish_endpoint_tests::hub::{post_events, run_lines, sends_to, start_hub, token};
use pyblish_endpoint_tests::postgres::Postgres;
use pyblish_endpoint_tests::{Folders, Server, serve};
use serde_json::{Value, json};

/// Runs a script of `tests/page/hub` against this hub; `more` is added to its argument.
#[track_caller]
fn drive(name: &str, hub: &Server, mut more: Value) {
    more["codes"] = json!("/pyblish/hub/v1/codes");
    super::drive(&format!("hub/{name}"), hub, more);
}

/// A hub whose token is that of a person with this role.
fn hub_of(postgres: &Postgres, role: &str) -> Server {
    let mut hub = start_hub(postgres);
    hub.token = Some(token(postgres, &["--role", role, "--name", "carla"]));
    hub
}

fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs_f64()
}

/// Twelve runs of two machines, over three weeks; one of each machine is still running, and the
/// other machine is silent.
fn publish(postgres: &Postgres, hub: &Server) {
    let begin = now();
    for (machine, user, project) in [("ws1", "anna", "bunny"), ("ws2", "berta", "sintel")] {
        let token = token(postgres, &["--machine", machine]);
        for number in 1..=6_u64 {
            let ago = if number == 6 {
                5.0
            } else {
                86_400.0 * 4.0 * (6 - number) as f64
            };
            let lines = run_lines("maya-1", number, begin - ago, user, project, number == 2);
            let keep = if number == 6 { 6 } else { 8 };
            let kept: Vec<_> = lines.lines().take(keep).collect();
            post_events(&hub.address, &token, &kept.join("\n")).ok();
        }
    }
    postgres.sql("UPDATE sessions SET heard = now() - interval '9 minutes' WHERE id = 2");
    postgres.sql("UPDATE machines SET heard = now() - interval '9 minutes' WHERE name = 'ws2'");
}

#[test]
fn browser_enters_with_a_code() {
    let postgres = Postgres::start();
    let hub = hub_of(&postgres, "viewer");
    publish(&postgres, &hub);
    drive("enter", &hub, json!({}));
}

#[test]
fn runs_are_filtered_and_shared() {
    let postgres = Postgres::start();
    let hub = hub_of(&postgres, "viewer");
    publish(&postgres, &hub);
    drive("runs", &hub, json!({}));
}

#[test]
fn views_answer_the_questions_of_a_studio() {
    let postgres = Postgres::start();
    let hub = hub_of(&postgres, "admin");
    publish(&postgres, &hub);
    drive("views", &hub, json!({}));
}

#[test]
fn page_is_live() {
    let postgres = Postgres::start();
    let hub = hub_of(&postgres, "viewer");
    let place = tempfile::tempdir().unwrap();
    let machine = token(&postgres, &["--machine", "ws1"]);
    let folders = Folders::sample();
    let mut command = serve();
    command
        .env("XDG_DATA_HOME", place.path())
        .args(folders.arguments());
    sends_to(&mut command, &hub.address, &machine, place.path());
    let server = Server::start_with(command);
    let given = json!({"machine": {"address": server.address, "token": server.token}});
    drive("live", &hub, given);
}

#[test]
fn views_are_accessible_and_fit() {
    let postgres = Postgres::start();
    let hub = hub_of(&postgres, "admin");
    publish(&postgres, &hub);
    drive("accessibility", &hub, json!({}));
}

#[test]
fn hundred_thousand_runs_are_listed() {
    let postgres = Postgres::start();
    let hub = hub_of(&postgres, "viewer");
    crowd(&postgres);
    drive("thousands", &hub, json!({}));
}

/// 100,000 runs of 200 machines, every 30 seconds one; each seventh has a failure.
fn crowd(postgres: &Postgres) {
    for statement in [
        "INSERT INTO machines (name, heard) SELECT 'ws' || n, now() FROM generate_series(1, 200) n",
        "INSERT INTO sessions (machine_id, name, log, adapter, adapter_version, hosts, program, is_open)
             SELECT id, 'maya-1', 'log', 'maya', '1', '{maya}', '0', false FROM machines",
        "INSERT INTO runs (session_id, machine_id, number, state, person, adapter, host, project, task,
                 started, ended, succeeded, failed, info)
             SELECT s.id, s.machine_id, n, CASE WHEN n % 7 = 0 THEN 'failed' ELSE 'succeeded' END,
                 'user' || n % 40, 'maya', 'Maya 2026', 'show' || n % 12, 'anim',
                 now() - n * interval '30 seconds', now() - n * interval '30 seconds' + interval '9 seconds',
                 10, CASE WHEN n % 7 = 0 THEN 1 ELSE 0 END,
                 json_build_object('id', 'r' || n, 'state', 'succeeded', 'started', 1, 'facts', json_build_object())
             FROM generate_series(0, 99999) n JOIN sessions s ON s.machine_id = n % 200 + 1",
        "INSERT INTO results (session_id, number, run, at, plugin, instance, success, message, duration, search)
             SELECT session_id, number, number, started, 'ValidateMesh', 'hero', false,
                 'ngons in crowd' || number, 12, to_tsvector('simple', 'ngons in crowd' || number)
             FROM runs WHERE state = 'failed'",
        "ANALYZE",
    ] {
        postgres.sql(statement);
    }
}
