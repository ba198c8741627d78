//! The page's first list among very many runs, and the bare query.

use std::time::Instant;

use pyblish_endpoint_tests::hub::API;
use serde_json::{Value, json};

use super::{Result, Studio};

/// How often each is asked.
const TIMES: usize = 21;

/// How many sessions the runs are of.
const SESSIONS: usize = 1_000;

/// What the first list shows, as short as it can be asked for.
const QUERY: &str =
    "SELECT r.id, r.number, m.name, s.id, s.name, r.state, r.reason, r.person, r.adapter, r.host,
    r.project, r.task, r.comment, r.started, r.ended, r.succeeded, r.failed, s.is_open, s.heard
    FROM runs r JOIN machines m ON m.id = r.machine_id JOIN sessions s ON s.id = r.session_id
    ORDER BY r.started DESC, r.id DESC LIMIT 101";

pub(crate) fn run(studio: &Studio, runs: usize, results: usize) -> Result<Value> {
    fill(studio, runs, results);
    let url = format!("{}{API}/runs", studio.hub.address);
    let agent = ureq::Agent::new_with_defaults();
    let mut hub = Vec::new();
    for _ in 0..TIMES {
        let begin = Instant::now();
        let text = agent
            .get(&url)
            .header("authorization", format!("Bearer {}", studio.viewer))
            .call()?
            .into_body()
            .read_to_string()?;
        hub.push(begin.elapsed().as_secs_f64() * 1000.0);
        let page: Value = serde_json::from_str(&text)?;
        if page["items"].as_array().map(Vec::len) != Some(100) {
            return Err("the list has not 100 runs".into());
        }
    }
    let query = QUERY.replace('\n', " ");
    let script = format!("\\timing on\n{}", format!("{query};\n").repeat(TIMES));
    let told = studio.postgres.script(&script);
    let times = told.lines().filter_map(|line| {
        let rest = line.strip_prefix("Time: ")?;
        rest.split(' ').next()?.parse::<f64>().ok()
    });
    let psql: Vec<f64> = times.collect();
    Ok(json!({"runs": runs, "results": results, "hub": hub, "psql": psql}))
}

/// Makes them in the database: sending them would take hours.
fn fill(studio: &Studio, runs: usize, results: usize) {
    let each = runs / SESSIONS;
    let month = "to_char(now() AT TIME ZONE 'UTC', 'YYYYMM')::int";
    studio.postgres.sql(&format!(
        "INSERT INTO machines (name) SELECT 'list' || n FROM generate_series(1, 200) n;
         INSERT INTO sessions (machine_id, name, log, adapter, adapter_version, hosts, program, is_open, last)
             SELECT (SELECT id FROM machines WHERE name = 'list' || (n % 200 + 1)), 'list' || n, 'log', 'folder', '1',
                 '{{}}', '0', true, 0 FROM generate_series(1, {SESSIONS}) n;
         INSERT INTO runs (session_id, machine_id, number, state, person, adapter, host, project, task, started, ended,
                 succeeded, failed, info, month)
             SELECT s.id, s.machine_id, n, CASE WHEN n % 7 = 0 THEN 'failed' ELSE 'succeeded' END, 'user' || n % 90,
                 'folder', 'disk', 'project' || n % 12, 'task' || n % 30,
                 now() - interval '1 year' * random(), now(), 100, 0, '{{\"id\": \"r1\"}}', {month}
             FROM sessions s, generate_series(1, {each}) n WHERE s.name LIKE 'list%';
         INSERT INTO results (session_id, number, run, at, plugin, instance, success, duration, search, month)
             SELECT s.id, n, n % {each} + 1, now(), 'Plugin' || n % 50, 'instance' || n % 100, n % 20 <> 0, 1.0,
                 to_tsvector('simple', 'Plugin' || n % 50 || ' instance' || n % 100), {month}
             FROM sessions s, generate_series(1, {}) n WHERE s.name LIKE 'list%'",
        results / SESSIONS
    ));
    studio.postgres.sql("VACUUM ANALYZE runs");
    studio.postgres.sql("VACUUM ANALYZE results");
    studio.postgres.sql("ANALYZE");
}
