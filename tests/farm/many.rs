//! Many workers and many jobs: none is lost, none is done twice, the urgent ones come first. The
//! workers are simulated: threads that claim and finish over the real API.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pyblish_endpoint_tests::farm::Farm;
use pyblish_endpoint_tests::hub::{API, token};
use serde_json::{Value, json};

#[test]
fn no_job_is_lost_or_done_twice() {
    play(8, 120);
}

/// So many simulated workers do so many jobs.
pub fn play(workers: usize, jobs: usize) {
    let farm = Farm::start_with(&["--job-lease", "60", "--job-wait", "0"]);
    let origin = farm.token_of("artist");
    // Three priorities, mixed.
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..workers.min(16) {
            scope.spawn(|| {
                let client = client(&farm, &origin);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= jobs {
                        return;
                    }
                    let spec = json!({
                        "name": number.to_string(), "priority": number % 3,
                        "adapter": {"name": "folder", "sha256": "0".repeat(64)},
                    });
                    let body = json!({"spec": spec, "user": "anna", "key": number.to_string()});
                    let answer = client.send_json("POST", &format!("{API}/jobs"), &body, &[]);
                    assert_eq!(answer.status, 200, "{}", answer.body);
                }
            });
        }
    });
    let names: Vec<String> = (0..workers).map(|number| format!("farm{number}")).collect();
    let tokens: Vec<String> = names
        .iter()
        .map(|name| token(&farm.postgres, &["--worker", name]))
        .collect();
    let done: Mutex<Vec<(i64, i64)>> = Mutex::default();
    thread::scope(|scope| {
        for token in &tokens {
            scope.spawn(|| {
                let client = client(&farm, token);
                let claim = json!({"allow": {"adapters": ["folder"]}});
                loop {
                    let claimed =
                        client.send_json("POST", &format!("{API}/work/claim"), &claim, &[]);
                    // A hub with too much to do says so, and is asked again.
                    if matches!(claimed.status, 429 | 503) {
                        continue;
                    }
                    let task = claimed.ok()["task"].take();
                    if task.is_null() {
                        return;
                    }
                    let document: Value =
                        serde_json::from_str(task["document"].as_str().unwrap()).unwrap();
                    let priority = document["spec"]["priority"].as_i64().unwrap();
                    done.lock()
                        .unwrap()
                        .push((task["identity"]["job"].as_i64().unwrap(), priority));
                    let finish = format!("{API}/work/tasks/{}/finish", task["id"]);
                    let body = json!({"epoch": task["identity"]["epoch"], "exit": 0});
                    while client.send_json("POST", &finish, &body, &[]).status != 200 {}
                }
            });
        }
    });
    let done = done.into_inner().unwrap();
    let mut times: HashMap<i64, usize> = HashMap::new();
    for (job, _) in &done {
        *times.entry(*job).or_default() += 1;
    }
    assert_eq!((done.len(), times.len()), (jobs, jobs));
    let ended = farm
        .postgres
        .sql("SELECT state, count(*) FROM jobs GROUP BY state");
    assert_eq!(ended, [format!("succeeded|{jobs}")]);
    assert_eq!(
        farm.postgres.sql("SELECT count(*) FROM attempts"),
        [jobs.to_string()]
    );
    // In the order of the claims, as far as the threads write it down: no worker was given a job
    // while one with a higher priority was waiting, but for those that were just taken.
    let order = farm.postgres.sql(
        "SELECT t.priority FROM attempts a JOIN tasks t ON t.id = a.task_id ORDER BY a.started",
    );
    let order: Vec<i64> = order.iter().map(|it| it.parse().unwrap()).collect();
    let late = order.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!(late <= workers * 2, "{late} claims were out of order");
}

fn client(farm: &Farm, token: &str) -> pyblish_endpoint_tests::Server {
    let mut client = pyblish_endpoint_tests::Server::known(json!({"address": farm.hub.address}));
    client.token = Some(token.to_owned());
    client
}
