//! Events as fast as one hub takes them, and `COPY` of the same rows by psql.
//!
//! The events are those that a runtime has sent before, so they are real ones. Each machine sends
//! them in batches as large as those of a runtime that has a backlog, one after the other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use super::machine::{Machine, tokens};
use super::{Result, Studio};

/// Events of a batch: as many as the runtime puts into one.
const BATCH: usize = 5_000;

/// Each round has machines of its own.
static ROUND: AtomicUsize = AtomicUsize::new(1);

pub(crate) fn run(studio: &Studio, machines: usize, events: usize) -> Result<Value> {
    let postgres = &studio.postgres;
    let found = postgres.sql(&format!(
        "SELECT json_build_object('at', (extract(epoch FROM at) * 1000000)::bigint, 'run', run, 'name', e.name,
             'body', body) FROM events e JOIN sessions s ON s.id = e.session_id JOIN machines m ON m.id = s.machine_id
         WHERE m.name = 'bench' ORDER BY number LIMIT {events}"
    ));
    let lines: Vec<String> = (1_usize..)
        .zip(&found)
        .map(|(n, line)| {
            let mut event: Value = serde_json::from_str(line)?;
            event["n"] = n.into();
            if event["run"].is_null() {
                event.as_object_mut().ok_or("an object")?.remove("run");
            }
            Ok(event.to_string())
        })
        .collect::<Result<_>>()?;
    let round = ROUND.fetch_add(1, Ordering::Relaxed);
    let name = format!("ingest{round}-");
    let tokens = tokens(postgres, &name, machines);
    postgres.sql("CHECKPOINT");
    let begin = Instant::now();
    thread::scope(|scope| {
        let all: Vec<_> = tokens
            .iter()
            .map(|token| {
                let machine = Machine::new(&studio.hub.address, token);
                let lines = &lines;
                scope.spawn(move || {
                    for (index, batch) in lines.chunks(BATCH).enumerate() {
                        machine.send("ingest", index * BATCH + 1, batch)?;
                    }
                    Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
                })
            })
            .collect();
        all.into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| "a machine failed")?)
    })?;
    let seconds = begin.elapsed().as_secs_f64();
    let (rows, copied) = copy(studio, &name)?;
    Ok(
        json!({"events": lines.len() * machines, "seconds": seconds, "rows": rows, "copySeconds": copied}),
    )
}

/// The rows of these machines again, by `COPY`, into tables with the same keys and indexes. Returns
/// how many events there are, and the seconds.
fn copy(studio: &Studio, name: &str) -> Result<(u64, f64)> {
    let postgres = &studio.postgres;
    let place = tempfile::tempdir()?;
    let file = |table: &str| place.path().join(table).display().to_string();
    let mut copies = String::new();
    for table in ["events", "results"] {
        let of = format!(
            "SELECT x.* FROM {table} x JOIN sessions s ON s.id = x.session_id
             JOIN machines m ON m.id = s.machine_id WHERE m.name LIKE '{name}%'"
        );
        postgres.sql(&format!("DROP TABLE IF EXISTS copied_{table}"));
        postgres.sql(&format!(
            "CREATE TABLE copied_{table} (LIKE {table} INCLUDING ALL)"
        ));
        let of = of.replace('\n', " ");
        postgres.sql(&format!("\\copy ({of}) TO '{}'", file(table)));
        copies.push_str(&format!("\\copy copied_{table} FROM '{}'\n", file(table)));
    }
    postgres.sql("CHECKPOINT");
    let begin = Instant::now();
    postgres.script(&copies);
    let seconds = begin.elapsed().as_secs_f64();
    let rows = postgres.sql("SELECT count(*) FROM copied_events")[0].parse()?;
    Ok((rows, seconds))
}
