//! Each limit of an adapter, obeyed and violated. Below the limit everything works; above it, a
//! message names the limit and how to raise it. A healthy session of the same server works on all
//! the while.

mod session;

use std::process::Command;
use std::thread;

use pyblish_endpoint_tests::hostile::{Beside, by_hand, message, path};
use pyblish_endpoint_tests::v2::{end, long, problem, session, start_long};
use pyblish_endpoint_tests::{Scenario, Server, endpoint, run};
use pyblish_promise::{promise, promise_by, promise_eq};
use serde_json::{Value, json};

const STATE: &str = "/pyblish/v1/state";

/// Asserts that a message names the limit, its value, and how to raise it.
#[track_caller]
fn names(said: &str, limit: &str, value: &str) {
    let set = format!("{limit} is limited to {value}");
    let raise = format!("--limit {limit}=VALUE");
    assert!(said.contains(&set) && said.contains(&raise), "{said}");
}

/// The records of a result that the adapter did not write.
fn warnings(result: &Value) -> Vec<String> {
    let records = result["records"].as_array().expect("records").iter();
    records
        .filter(|record| record["logger"] == "pyblish_endpoint")
        .map(|record| record["message"].as_str().expect("a message").to_owned())
        .collect()
}

#[test]
fn memory_is_capped() {
    let beside = Beside::with(&["memory=64M"]);
    beside.can(&beside.so_much(16 << 20), "Hold");
    let session = beside.so_much(128 << 20);
    promise_by!(
        "LIMIT-01",
        names(&beside.falls(&session, "Hold"), "memory", "64 MiB")
    );
    // An adapter that is refused memory can go on.
    let session = beside.so_much(0);
    let result = beside.does(&session, "Allocate");
    assert!(message(&result).contains("no more than 48 MiB"), "{result}");
    beside.can(&session, "Answer");
    beside.all_is_right();
}

/// Has an adapter do its deed when a frontend changes data. Returns the message of the failure.
#[track_caller]
fn applies(beside: &Beside, file: &str) -> Result<(), String> {
    let session = path(beside.open(&beside.install(file), json!({})));
    let revision = &beside.state(&session)["revision"];
    let change = json!({"revision": revision, "set": {"key": 1}});
    let answer = beside
        .server
        .send_json("PATCH", &format!("{session}/context"), &change, &[]);
    match answer.status {
        200 => Ok(()),
        _ => Err(problem(answer, 503)),
    }
}

#[test]
fn memories_count_together() {
    let beside = Beside::with(&["memory=16M"]);
    // In pages of 64 KiB: each of the two memories is below the limit.
    let grown = |pages: u32| {
        let process = format!(
            "(if (i32.lt_s (memory.grow $more (i32.const {pages})) (i32.const 0)) (then unreachable))
             (if (i32.lt_s (memory.grow 0 (i32.const {pages})) (i32.const 0)) (then unreachable))"
        );
        let (_folder, file) = by_hand("(memory $more 1)", &process);
        applies(&beside, &file)
    };
    assert_eq!(grown(100), Ok(()));
    promise_by!(
        "LIMIT-01",
        names(&grown(150).unwrap_err(), "memory", "16 MiB")
    );
    beside.all_is_right();
}

#[test]
fn table_elements_are_capped() {
    let beside = Beside::with(&["table-elements=10000"]);
    let grown = |elements: u32| {
        let table = "(table $one 1 funcref) (table $two 1 funcref)";
        let grow = |name: &str| {
            format!(
                "(if (i32.lt_s (table.grow ${name} (ref.null func) (i32.const {elements})) (i32.const 0))
                    (then unreachable))"
            )
        };
        let (_folder, file) = by_hand(table, &(grow("one") + &grow("two")));
        applies(&beside, &file)
    };
    assert_eq!(grown(4000), Ok(()));
    promise_by!(
        "LIMIT-02",
        names(&grown(6000).unwrap_err(), "table-elements", "10000")
    );
    beside.all_is_right();
}

#[test]
fn core_instances_are_capped() {
    let scenario = Scenario::of(json!([{"name": "Collect", "order": 0, "context": []}]));
    let published = |limit: &str| {
        let mut command = endpoint();
        command.arg("publish").args(scenario.arguments());
        run_with(command, &["--limit", limit])
    };
    let (code, said) = published("instances=50");
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = published("instances=1");
    assert_ne!(code, Some(0));
    promise_by!("LIMIT-03", names(&said, "instances", "1"));
}

/// The exit code and stderr.
fn run_with(mut command: Command, more: &[&str]) -> (Option<i32>, String) {
    command.args(more);
    let (output, said) = run(command);
    (output.status.code(), said)
}

#[test]
fn handles_are_capped() {
    let beside = Beside::with(&["handles=100"]);
    beside.can(&beside.so_much(40), "Timers");
    let session = beside.so_much(1000);
    promise_by!(
        "LIMIT-04",
        names(&beside.falls(&session, "Timers"), "handles", "100")
    );
    beside.all_is_right();
}

#[test]
fn hostcall_data_is_capped() {
    let beside = Beside::with(&["hostcall-data=1M"]);
    beside.can(&beside.so_much(500_000), "LongRecord");
    beside.can(&beside.so_much(500_000), "Long");
    for deed in ["LongRecord", "Long"] {
        let session = beside.so_much(2 << 20);
        promise_by!(
            "LIMIT-05",
            names(&beside.falls(&session, deed), "hostcall-data", "1 MiB")
        );
    }
    beside.all_is_right();
}

#[test]
fn answer_items_are_capped() {
    let beside = Beside::with(&["items=1000"]);
    for deed in ["Instances", "Members"] {
        // A change counts as an item, and so do the items in it.
        beside.can(&beside.so_much(999), deed);
        let session = beside.so_much(1001);
        promise_by!(
            "LIMIT-15",
            names(&beside.falls(&session, deed), "items", "1000")
        );
    }
    beside.all_is_right();
}

#[test]
fn answer_json_values_are_capped() {
    let beside = Beside::with(&["json-values=1000"]);
    // The list counts as a value, too.
    beside.can(&beside.so_much(999), "Values");
    let session = beside.so_much(1000);
    promise_by!(
        "LIMIT-16" & "SANDBOX-17",
        names(&beside.falls(&session, "Values"), "json-values", "1000")
    );
    beside.all_is_right();
}

#[test]
fn random_bytes_are_capped() {
    let beside = Beside::with(&[]);
    beside.can(&beside.so_much(1 << 20), "Random");
    let session = beside.so_much((1 << 20) + 1);
    promise_by!(
        "LIMIT-06",
        names(&beside.falls(&session, "Random"), "random", "1 MiB")
    );
    beside.all_is_right();
}

#[test]
fn open_files_are_capped() {
    let beside = Beside::with(&["files=20"]);
    beside.can(&beside.so_much(15), "Files");
    let session = beside.so_much(30);
    let result = beside.does(&session, "Files");
    // The two folders count, too.
    assert!(message(&result).starts_with("file 19: "), "{result:#}");
    let warnings = warnings(&result);
    assert_eq!(warnings.len(), 1, "{result:#}");
    promise_by!("LIMIT-07", names(&warnings[0], "files", "20"));
    beside.can(&session, "Answer");
    beside.all_is_right();
}

#[test]
fn open_sockets_are_capped() {
    let beside = Beside::with(&["sockets=4"]);
    beside.can(&beside.so_much(4), "Sockets");
    let session = beside.so_much(5);
    let result = beside.does(&session, "Sockets");
    assert!(message(&result).starts_with("socket 5: "), "{result:#}");
    promise_by!("LIMIT-08", names(&warnings(&result)[0], "sockets", "4"));
    beside.can(&session, "Answer");
    beside.all_is_right();
}

#[test]
fn records_are_capped() {
    let beside = Beside::with(&["records=100"]);
    let result = beside.can(&beside.so_much(100), "Flood");
    assert_eq!(result["records"].as_array().unwrap().len(), 100);
    assert_eq!(warnings(&result), [""; 0]);

    let session = beside.so_much(100_000);
    for _ in 0..2 {
        // Each call has its own limit.
        let result = beside.can(&session, "Flood");
        let records = result["records"].as_array().unwrap();
        promise_eq!("LIMIT-09", records.len(), 101);
        assert_eq!(records[99]["message"], "record 100");
        let warnings = warnings(&result);
        assert!(warnings[0].starts_with("what else this call says is left out"));
        names(&warnings[0], "records", "100");
    }
    beside.can(&session, "FloodProgress");
    let events = beside
        .server
        .listen(&format!("{session}/events?after=0"), None);
    let progress = events
        .take_while(|event| {
            !(event.name == "result" && event.data["result"]["plugin"] == "FloodProgress")
        })
        .filter(|event| event.name == "progress");
    let fractions: Vec<f64> = progress
        .map(|event| event.data["fraction"].as_f64().unwrap())
        .collect();
    promise!(
        "LIMIT-09" & "SANDBOX-06",
        fractions.len() <= 201,
        "{}",
        fractions.len()
    );
    assert!(fractions.last().is_some_and(|last| *last > 0.98));
    beside.all_is_right();
}

#[test]
fn record_data_is_capped() {
    let beside = Beside::with(&["record-data=1M"]);
    let result = beside.can(&beside.so_much(10), "FloodData");
    assert_eq!(result["records"].as_array().unwrap().len(), 10);
    let result = beside.can(&beside.so_much(1000), "FloodData");
    promise!(
        "LIMIT-10" & "SANDBOX-06",
        result["records"].as_array().unwrap().len() <= 17
    );
    names(&warnings(&result)[0], "record-data", "1 MiB");
    beside.all_is_right();
}

#[test]
fn cpu_time_is_capped() {
    let beside = Beside::with(&["cpu=1"]);
    beside.can(&beside.so_much(10), "Compute");
    // Waiting is not computing.
    beside.can(&beside.so_much(1500), "Sleep");
    let session = beside.so_much(0);
    promise_by!(
        "LIMIT-11" & "SANDBOX-01",
        names(&beside.falls(&session, "Spin"), "cpu", "1 s")
    );
    beside.all_is_right();
}

#[test]
fn wall_time_is_capped() {
    let beside = Beside::with(&["wall=1"]);
    beside.can(&beside.so_much(10), "Sleep");
    for deed in ["Sleep", "Spin"] {
        let session = beside.so_much(0);
        promise_by!(
            "LIMIT-12" & "SANDBOX-01",
            names(&beside.falls(&session, deed), "wall", "1 s")
        );
    }
    beside.all_is_right();
}

#[test]
fn queue_is_capped() {
    let beside = Beside::with(&["queue=2"]);
    // Commands one after the other do not wait.
    let session = beside.so_much(0);
    for _ in 0..5 {
        beside.can(&session, "Answer");
    }
    thread::scope(|scope| {
        let (sent, answers) = std::sync::mpsc::channel();
        for _ in 0..6 {
            let (beside, session, sent) = (&beside, &session, sent.clone());
            scope.spawn(move || sent.send(beside.try_to(session, "Sleep")).unwrap());
        }
        // One is at work, two wait, and all others are refused meanwhile.
        for _ in 0..3 {
            let said = problem(answers.recv().unwrap(), 429);
            promise!("LIMIT-13", said.contains("2 commands waiting"), "{said}");
        }
        beside.all_is_right();
        // A restart does not wait in the queue.
        let restart = format!("{session}/restart");
        assert_eq!(beside.server.send("POST", &restart).ok()["state"], "idle");
        for _ in 0..3 {
            let answer = answers.recv().unwrap();
            assert!([200, 503].contains(&answer.status), "{answer:?}");
        }
    });
    beside.can(&session, "Answer");
}

#[test]
fn queue_is_capped_in_runs_and_v1() {
    let scenario = long(true);
    let mut arguments = scenario.arguments();
    arguments.extend(["--limit", "queue=2"].map(String::from));
    let server = Server::start(arguments);
    let session = session(&server);
    let run = start_long(&server, &session);
    let revision = &server.send("GET", &session).ok()["revision"];
    let change = json!({"revision": revision, "set": {"note": 1}});
    let context = format!("{session}/context");
    thread::scope(|scope| {
        let (sent, answers) = std::sync::mpsc::channel();
        for _ in 0..5 {
            let (server, change, context, sent) = (&server, &change, &context, sent.clone());
            scope.spawn(move || {
                sent.send(server.send_json("PATCH", context, change, &[]))
                    .unwrap()
            });
        }
        for _ in 0..3 {
            let said = problem(answers.recv().unwrap(), 429);
            assert!(said.contains("2 commands waiting"), "{said}");
        }
        let text = json!({"context": {"one": {"note": {"new": 1, "old": null}}}}).to_string();
        let body = json!({"changes": text}).to_string();
        let refused = server.send_body("POST", STATE, "application/json", &body);
        promise!(
            "LIMIT-13",
            refused.refused(429).contains("2 commands waiting")
        );
        server.send("POST", &format!("{run}/cancel?grace=100"));
        assert_eq!(end(&server, &session, &run)["state"], "cancelled");
        // The waiting commands had their turn: the adapter was gone.
        for _ in 0..2 {
            problem(answers.recv().unwrap(), 503);
        }
    });
}

#[test]
fn bad_limit_is_refused_at_start() {
    for (limit, parts) in [
        ("memry=1", ["there is no limit", "record-data"]),
        ("memory=much", ["the limit memory must be", "512M"]),
        ("queue=0", ["from 1 to 1000000", "queue"]),
        ("memory", ["NAME=VALUE", "memory"]),
    ] {
        let mut command = endpoint();
        command.args(["serve", "--adapter", "folder", "--limit", limit]);
        let (output, said) = run(command);
        assert_eq!(output.status.code(), Some(64), "{said}");
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in: {said}");
        }
    }
    let mut command = endpoint();
    command.args(["serve", "--help"]);
    let (output, _) = run(command);
    let help = String::from_utf8(output.stdout).unwrap();
    for part in ["hostcall-data", "1 GiB", "600 s", "started again by itself"] {
        assert!(help.contains(part), "{part:?} is not in: {help}");
    }
}

#[test]
fn flag_overrides_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("endpoint.toml");
    std::fs::write(&file, "[limits]\ninstances = 1\n").unwrap();
    let scenario = Scenario::of(json!([{"name": "Collect", "order": 0, "context": []}]));
    let published = |more: &[&str]| {
        let mut command = endpoint();
        command.arg("publish").args(scenario.arguments());
        command.arg("--config").arg(&file);
        run_with(command, more)
    };
    let (code, said) = published(&[]);
    assert_ne!(code, Some(0));
    names(&said, "instances", "1");
    let (code, said) = published(&["--limit", "instances=50"]);
    assert_eq!(code, Some(0), "{said}");
}
