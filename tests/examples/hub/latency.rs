//! How long it takes from a result on a machine to a listener, while many machines publish at once.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::thread;
use std::time::{Duration, Instant};

use pyblish_endpoint_tests::hub::API;
use serde_json::{Value, json};

use super::machine::{Machine, tokens};
use super::{Result, Studio};

pub(crate) fn run(studio: &Studio, machines: usize, results: usize, every: usize) -> Result<Value> {
    let tokens = tokens(&studio.postgres, "latency", machines);
    let every = Duration::from_millis(every as u64);
    let epoch = Instant::now();
    let url = format!("{}{API}/events?names=result", studio.hub.address);
    let response = ureq::get(url)
        .header("authorization", format!("Bearer {}", studio.viewer))
        .call()?;
    let lines = BufReader::new(response.into_body().into_reader()).lines();
    thread::scope(|scope| {
        let listener = scope.spawn(move || listen(lines, machines * results, epoch));
        let all: Vec<_> = tokens
            .iter()
            .enumerate()
            .map(|(index, token)| {
                let machine = Machine::new(&studio.hub.address, token);
                scope.spawn(move || {
                    // They do not all have their result in the same microsecond.
                    let offset = every * u32::try_from(index)? / u32::try_from(machines)?;
                    publish(
                        &machine,
                        results,
                        every,
                        epoch + Duration::from_secs(1) + offset,
                        epoch,
                    )
                })
            })
            .collect();
        for thread in all {
            thread.join().map_err(|_| "a machine failed")??;
        }
        listener.join().map_err(|_| "the listener failed")?
    })
}

/// Sends so many results, one each time. A batch has what has come since the last one was sent.
fn publish(
    machine: &Machine,
    results: usize,
    every: Duration,
    start: Instant,
    epoch: Instant,
) -> Result<()> {
    let mut sent = 0;
    while sent < results {
        let next = start + every * u32::try_from(sent)?;
        thread::sleep(next.saturating_duration_since(Instant::now()));
        let mut events = Vec::new();
        while sent + events.len() < results {
            let index = sent + events.len();
            let at = start + every * u32::try_from(index)?;
            if at > Instant::now() {
                break;
            }
            let made = at.saturating_duration_since(epoch).as_secs_f64();
            events.push(
                json!({"n": index + 1, "at": 1_700_000_000_000_000_u64, "run": 1, "name": "result",
                    "body": {"runId": "r1", "result": {"plugin": "Validate", "instance": "hero", "success": true,
                        "error": null, "duration": 1.0, "records": [], "made": made}}})
                .to_string(),
            );
        }
        machine.send("latency", sent + 1, &events)?;
        sent += events.len();
    }
    Ok(())
}

/// Reads so many results, which must be in order for each machine.
fn listen(
    lines: impl Iterator<Item = std::io::Result<String>>,
    count: usize,
    epoch: Instant,
) -> Result<Value> {
    let mut latencies = Vec::with_capacity(count);
    let mut last: HashMap<String, u64> = HashMap::new();
    for line in lines {
        let line = line?;
        let Some(data) = line.strip_prefix("data: ") else {
            continue;
        };
        let now = epoch.elapsed().as_secs_f64();
        let data: Value = serde_json::from_str(data)?;
        let machine = data["machine"].as_str().ok_or("no machine")?.to_owned();
        let number = data["sequence"].as_u64().ok_or("no number")?;
        let before = last.insert(machine.clone(), number).unwrap_or(0);
        if number != before + 1 {
            return Err(format!("{machine}: {number} came after {before}").into());
        }
        let made = data["body"]["result"]["made"].as_f64().ok_or("no time")?;
        latencies.push((now - made) * 1000.0);
        if latencies.len() == count {
            break;
        }
    }
    if latencies.len() < count {
        return Err(format!("the stream ended after {} results", latencies.len()).into());
    }
    latencies.sort_by(f64::total_cmp);
    let part = |part: usize| latencies[(latencies.len() - 1) * part / 100];
    Ok(json!({"results": count, "median": part(50), "most": part(95), "highest": part(100)}))
}
