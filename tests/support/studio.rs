//! A studio that has published already: what the tests of the hub's page look at.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::Server;
use crate::hub::{post_events, run_lines, settled, token};
use crate::postgres::Postgres;

/// Seconds since 1970.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs_f64()
}

/// Twelve runs of two machines, over three weeks; one of each machine is still running, and the
/// other machine is silent.
pub fn few_runs(postgres: &Postgres, hub: &Server) {
    let begin = now();
    for (machine, user, project) in [("ws1", "anna", "bunny"), ("ws2", "berta", "sintel")] {
        let token = token(postgres, &["--machine", machine]);
        for number in 1..=6_u64 {
            let ago = if number == 6 {
                5.0
            } else {
                86_400.0 * 4.0 * (6 - number) as f64
            };
            let lines = run_lines("folder-1", number, begin - ago, user, project, number == 2);
            let keep = if number == 6 { 6 } else { 8 };
            let kept: Vec<_> = lines.lines().take(keep).collect();
            post_events(&hub.address, &token, &kept.join("\n")).ok();
        }
    }
    settled(postgres);
    postgres.sql("UPDATE machines SET heard = now() - interval '9 minutes' WHERE name = 'ws2'");
    postgres.sql(
        "UPDATE sessions s SET heard = m.heard FROM machines m
             WHERE m.id = s.machine_id AND m.name = 'ws2' AND s.name = 'folder-1'",
    );
}

/// 100,000 runs of 200 machines, every 30 seconds one; each seventh has a failure.
pub fn many_runs(postgres: &Postgres) {
    for statement in [
        "INSERT INTO machines (name, heard) SELECT 'ws' || n, now() FROM generate_series(1, 200) n",
        "INSERT INTO sessions (machine_id, name, log, adapter, adapter_version, hosts, program, is_open)
             SELECT id, 'maya-1', 'log', 'maya', '1', '{maya}', '0', false FROM machines",
        "INSERT INTO runs (month, session_id, machine_id, number, state, person, adapter, host, project, task,
                 started, ended, succeeded, failed, info)
             SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYYMM')::int, s.id, s.machine_id, n, CASE WHEN n % 7 = 0 THEN 'failed' ELSE 'succeeded' END,
                 'user' || n % 40, 'maya', 'Maya 2026', 'show' || n % 12, 'anim',
                 now() - n * interval '30 seconds', now() - n * interval '30 seconds' + interval '9 seconds',
                 10, CASE WHEN n % 7 = 0 THEN 1 ELSE 0 END,
                 json_build_object('id', 'r' || n, 'state', 'succeeded', 'started', 1, 'facts', json_build_object())
             FROM generate_series(0, 99999) n JOIN sessions s ON s.machine_id = n % 200 + 1",
        "INSERT INTO results (month, session_id, number, run, at, plugin, instance, success, message, duration, search)
             SELECT month, session_id, number, number, started, 'ValidateMesh', 'hero', false,
                 'ngons in crowd' || number, 12, to_tsvector('simple', 'ngons in crowd' || number)
             FROM runs WHERE state = 'failed'",
        "ANALYZE",
    ] {
        postgres.sql(statement);
    }
}
