//! Each limit of an adapter, obeyed and violated: what is within it works, what is not ends in words that name the limit
//! and how to raise it. A healthy session of the same server goes on all the while.

use std::process::Command;
use std::thread;

use pyblish_endpoint_tests::hostile::{Beside, by_hand, message, path};
use pyblish_endpoint_tests::v2::{end, long, problem, session, start_long};
use pyblish_endpoint_tests::{Scenario, Server, endpoint, run};
use serde_json::{Value, json};

const STATE: &str = "/pyblish/v1/state";

/// Names the limit, its value, and how to raise it.
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
fn memory() {
    let beside = Beside::with(&["memory=64M"]);
    beside.can(&beside.so_much(16 << 20), "Hold");
    let session = beside.so_much(128 << 20);
    names(&beside.falls(&session, "Hold"), "memory", "64 MiB");
    // What asks and is refused can go on.
    let session = beside.so_much(0);
    let result = beside.does(&session, "Allocate");
    assert!(message(&result).contains("no more than 48 MiB"), "{result}");
    beside.can(&session, "Answer");
    beside.all_is_right();
}

/// Has an adapter do what it does when a frontend changes something; what is said of that.
#[track_caller]
fn applies(beside: &Beside, file: &str) -> Result<(), String> {
    let session = path(beside.open(file, json!({})));
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
fn memory_is_counted_over_all_memories() {
    let beside = Beside::with(&["memory=16M"]);
    // Pages of 64 KiB: each of the two memories is below the limit.
    let grown = |pages: u32| {
        let process = format!(
            "(if (i32.lt_s (memory.grow $more (i32.const {pages})) (i32.const 0)) (then unreachable))
             (if (i32.lt_s (memory.grow 0 (i32.const {pages})) (i32.const 0)) (then unreachable))"
        );
        let (_folder, file) = by_hand("(memory $more 1)", &process);
        applies(&beside, &file)
    };
    assert_eq!(grown(100), Ok(()));
    names(&grown(150).unwrap_err(), "memory", "16 MiB");
    beside.all_is_right();
}

#[test]
fn elements_of_tables() {
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
    names(&grown(6000).unwrap_err(), "table-elements", "10000");
    beside.all_is_right();
}

#[test]
fn instances() {
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
    names(&said, "instances", "1");
}

/// The exit code, and what is said.
fn run_with(mut command: Command, more: &[&str]) -> (Option<i32>, String) {
    command.args(more);
    let (output, said) = run(command);
    (output.status.code(), said)
}

#[test]
fn handles() {
    let beside = Beside::with(&["handles=100"]);
    beside.can(&beside.so_much(40), "Timers");
    let session = beside.so_much(1000);
    names(&beside.falls(&session, "Timers"), "handles", "100");
    beside.all_is_right();
}

#[test]
fn data_of_a_host_call() {
    let beside = Beside::with(&["hostcall-data=1M"]);
    beside.can(&beside.so_much(500_000), "LongRecord");
    beside.can(&beside.so_much(500_000), "Long");
    for deed in ["LongRecord", "Long"] {
        let session = beside.so_much(2 << 20);
        names(&beside.falls(&session, deed), "hostcall-data", "1 MiB");
    }
    beside.all_is_right();
}

#[test]
fn random_bytes() {
    let beside = Beside::with(&[]);
    beside.can(&beside.so_much(1 << 20), "Random");
    let session = beside.so_much((1 << 20) + 1);
    names(&beside.falls(&session, "Random"), "random", "1 MiB");
    beside.all_is_right();
}

#[test]
fn open_files() {
    let beside = Beside::with(&["files=20"]);
    beside.can(&beside.so_much(15), "Files");
    let session = beside.so_much(30);
    let result = beside.does(&session, "Files");
    // One of them is the folder.
    assert!(message(&result).starts_with("file 20: "), "{result:#}");
    let warnings = warnings(&result);
    assert_eq!(warnings.len(), 1, "{result:#}");
    names(&warnings[0], "files", "20");
    beside.can(&session, "Answer");
    beside.all_is_right();
}

#[test]
fn open_sockets() {
    let beside = Beside::with(&["sockets=4"]);
    beside.can(&beside.so_much(4), "Sockets");
    let session = beside.so_much(5);
    let result = beside.does(&session, "Sockets");
    assert!(message(&result).starts_with("socket 5: "), "{result:#}");
    names(&warnings(&result)[0], "sockets", "4");
    beside.can(&session, "Answer");
    beside.all_is_right();
}

#[test]
fn records_of_a_call() {
    let beside = Beside::with(&["records=100"]);
    let result = beside.can(&beside.so_much(100), "Flood");
    assert_eq!(result["records"].as_array().unwrap().len(), 100);
    assert_eq!(warnings(&result), [""; 0]);

    let session = beside.so_much(100_000);
    for _ in 0..2 {
        // Each call has its own.
        let result = beside.can(&session, "Flood");
        let records = result["records"].as_array().unwrap();
        assert_eq!(records.len(), 101);
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
    assert!(fractions.len() <= 201, "{}", fractions.len());
    assert!(fractions.last().is_some_and(|last| *last > 0.98));
    beside.all_is_right();
}

#[test]
fn data_of_records() {
    let beside = Beside::with(&["record-data=1M"]);
    let result = beside.can(&beside.so_much(10), "FloodData");
    assert_eq!(result["records"].as_array().unwrap().len(), 10);
    let result = beside.can(&beside.so_much(1000), "FloodData");
    assert!(result["records"].as_array().unwrap().len() <= 17);
    names(&warnings(&result)[0], "record-data", "1 MiB");
    beside.all_is_right();
}

#[test]
fn computing() {
    let beside = Beside::with(&["cpu=1"]);
    beside.can(&beside.so_much(10), "Compute");
    // Whoever waits does not compute.
    beside.can(&beside.so_much(1500), "Sleep");
    let session = beside.so_much(0);
    names(&beside.falls(&session, "Spin"), "cpu", "1 s");
    beside.all_is_right();
}

#[test]
fn time() {
    let beside = Beside::with(&["wall=1"]);
    beside.can(&beside.so_much(10), "Sleep");
    for deed in ["Sleep", "Spin"] {
        let session = beside.so_much(0);
        names(&beside.falls(&session, deed), "wall", "1 s");
    }
    beside.all_is_right();
}

#[test]
fn commands_that_wait() {
    let beside = Beside::with(&["queue=2"]);
    // One after the other is no queue.
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
        // One is at work, two wait, and the others are sent away while these are there.
        for _ in 0..3 {
            let said = problem(answers.recv().unwrap(), 429);
            assert!(said.contains("2 commands waiting"), "{said}");
        }
        beside.all_is_right();
        // Whoever asks for another adapter need not wait in the queue.
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
fn commands_that_wait_during_a_run_and_in_v1() {
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
        assert!(refused.refused(429).contains("2 commands waiting"));
        server.send("POST", &format!("{run}/cancel?grace=0.1"));
        assert_eq!(end(&server, &session, &run)["state"], "cancelled");
        // They had their turn: the adapter was gone.
        for _ in 0..2 {
            problem(answers.recv().unwrap(), 503);
        }
    });
}

#[test]
fn a_limit_is_checked_before_anything_starts() {
    for (limit, code, parts) in [
        ("memry=1", 2, ["there is no limit", "record-data"]),
        ("memory=much", 2, ["the limit memory must be", "512M"]),
        ("queue=0", 2, ["from 1 to 1000000", "queue"]),
        ("memory", 2, ["NAME=VALUE", "memory"]),
    ] {
        let mut command = endpoint();
        command.args(["serve", "--adapter", "folder", "--limit", limit]);
        let (output, said) = run(command);
        assert_eq!(output.status.code(), Some(code), "{said}");
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
fn the_configuration_sets_limits_and_a_flag_sets_them_anew() {
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
