//! Limits of a session, and of all sessions together.

use pyblish_endpoint_tests::hostile::{Beside, message};
use pyblish_endpoint_tests::v2::{SESSIONS, end, problem, start};
use pyblish_endpoint_tests::{Scenario, Server};
use pyblish_promise::{promise, promise_by, promise_eq};
use serde_json::{Value, json};

use super::names;

#[track_caller]
fn count(beside: &Beside, session: &str, what: &str) -> usize {
    let state = beside.state(session);
    let count = state[what].as_u64().expect("a number");
    usize::try_from(count).expect("a small number")
}

#[test]
fn context_instances_are_capped() {
    let beside = Beside::with(&["context-instances=100"]);
    // One instance is there from the beginning.
    let session = beside.so_much(99);
    beside.can(&session, "Add");
    assert_eq!(count(&beside, &session, "instances"), 100);
    beside.can(&session, "RemoveAll");
    beside.can(&session, "Add");

    let session = beside.so_much(100);
    promise_by!(
        "LIMIT-18" & "SANDBOX-13",
        names(&beside.falls(&session, "Add"), "context-instances", "100")
    );
    // The instances before the limit can still be read, and a new adapter begins with an empty
    // context.
    assert_eq!(count(&beside, &session, "instances"), 100);
    let restart = beside.server.send("POST", &format!("{session}/restart"));
    assert_eq!(restart.ok()["instances"], 1);
    beside.can(&session, "Answer");
    beside.all_is_right();
}

#[test]
fn context_data_is_capped() {
    let beside = Beside::with(&["context-data=1M"]);
    let session = beside.so_much(1_000_000);
    // It replaces the former value.
    beside.can(&session, "Long");
    beside.can(&session, "Long");
    let session = beside.so_much(1_100_000);
    promise_by!(
        "LIMIT-19" & "SANDBOX-13",
        names(&beside.falls(&session, "Long"), "context-data", "1 MiB")
    );
    beside.all_is_right();
}

#[test]
fn plugins_are_capped() {
    let known = {
        let beside = Beside::with(&[]);
        count(&beside, &beside.so_much(0), "plugins")
    };
    let limit = format!("plugins={}", known + 10);
    let beside = Beside::with(&[&limit]);
    let session = beside.hostile(json!({"in": "plugins", "amount": 10}));
    assert_eq!(count(&beside, &session, "plugins"), known + 10);
    beside.can(&session, "Answer");
    let said = problem(
        beside.try_hostile(json!({"in": "plugins", "amount": 11})),
        503,
    );
    promise_by!(
        "LIMIT-21" & "SANDBOX-13",
        names(&said, "plugins", &(known + 10).to_string())
    );
    beside.all_is_right();
}

#[test]
fn names_are_capped() {
    let beside = Beside::with(&["names=4K"]);
    beside.can(&beside.so_much(4096), "LongName");
    let session = beside.so_much(4097);
    promise_by!(
        "LIMIT-22" & "SANDBOX-13",
        names(&beside.falls(&session, "LongName"), "names", "4 KiB")
    );
    beside.all_is_right();
}

#[test]
fn long_failure_is_cut() {
    let beside = Beside::with(&[]);
    let said = message(&beside.does(&beside.so_much(16 << 10), "Fail"));
    assert_eq!(said.len(), 16 << 10);
    let said = message(&beside.does(&beside.so_much((16 << 10) + 1), "Fail"));
    promise!(
        "SANDBOX-14",
        said.ends_with("x… (1 more bytes are left out)"),
        "{said}"
    );
    beside.all_is_right();
}

#[test]
fn old_results_drop_records() {
    let beside = Beside::with(&["result-data=1M"]);
    // Each takes a quarter of the limit.
    let session = beside.so_much(4);
    for _ in 0..4 {
        beside.can(&session, "FloodData");
    }
    let results = || {
        let asked = format!("{session}/results?pluginId=FloodData&limit=100");
        beside.server.send("GET", &asked).ok()["items"].clone()
    };
    let records = |result: &Value| result["records"].as_array().expect("records").len();
    let kept = results();
    let all: Vec<_> = kept.as_array().unwrap().iter().map(records).collect();
    promise_eq!("LIMIT-20", all, [1, 1, 1, 4]);
    let said = kept[0]["records"][0]["message"].as_str().unwrap();
    assert!(
        said.contains("(4 records) is no longer in memory"),
        "{said}"
    );
    // The success of each is kept, and the events have all records.
    let states = beside.server.send("GET", &format!("{session}/states"));
    assert_eq!(states.ok()["plugins"]["FloodData"]["succeeded"], 1);
    let latest = beside.state(&session)["sequence"].as_u64().unwrap();
    let events = beside
        .server
        .listen(&format!("{session}/events?after=0"), None);
    let told = events
        .take_while(|event| event.id < latest)
        .filter(|event| event.name == "result");
    let told: Vec<_> = told
        .filter(|event| event.data["result"]["plugin"] == "FloodData")
        .map(|event| records(&event.data["result"]))
        .collect();
    promise_eq!("LIMIT-20", told, [4, 4, 4, 4]);
    beside.all_is_right();
}

#[test]
fn results_are_capped() {
    let beside = Beside::with(&["result-data=16K"]);
    let session = beside.so_much(0);
    let mut answers = (0..1000).map(|_| beside.try_to(&session, "Answer"));
    let refused = answers.find(|answer| answer.status != 200);
    let said = problem(refused.expect("an end"), 409);
    promise_by!(
        "LIMIT-20" & "SANDBOX-13",
        names(&said, "result-data", "16 KiB")
    );
    assert!(said.contains("reset"), "{said}");
    let total = || {
        beside
            .server
            .send("GET", &format!("{session}/results"))
            .ok()["total"]
            .clone()
    };
    let kept = total();
    assert!(kept.as_u64().is_some_and(|kept| kept > 20), "{kept}");
    // A run stops with the same message.
    let run = start(&beside.server, &session, json!({}));
    let ended = end(&beside.server, &session, &run);
    assert_eq!(ended["state"], "stopped");
    promise_by!(
        "LIMIT-20",
        names(ended["reason"].as_str().unwrap(), "result-data", "16 KiB")
    );
    assert_eq!(total(), kept);
    // A reset makes room again.
    beside.server.send("POST", &format!("{session}/reset")).ok();
    beside.can(&session, "Answer");
    beside.all_is_right();
}

#[test]
fn sessions_are_capped() {
    let beside = Beside::started(&[], &["--max-sessions", "3"]);
    let sessions = || beside.server.send("GET", SESSIONS).ok();
    let first = beside.so_much(0);
    let second = beside.so_much(0);
    let said = problem(beside.try_hostile(json!({})), 429);
    assert!(said.contains("3 sessions are open"), "{said}");
    promise!("LOAD-23", said.contains("--max-sessions"), "{said}");
    assert_eq!(sessions()["items"].as_array().unwrap().len(), 3);
    beside.can(&first, "Answer");
    beside.all_is_right();
    // A session that does not open takes no slot, and an ended one frees its slot.
    assert_eq!(beside.server.send("DELETE", &second).status, 204);
    problem(
        beside.try_hostile(json!({"in": "open", "deed": "Trap"})),
        503,
    );
    beside.so_much(0);
    beside.all_is_right();
}

/// Waits until nothing is left of a session.
#[track_caller]
fn ended(beside: &Beside, session: &str) {
    for _ in 0..600 {
        if beside.server.send("GET", session).status == 404 {
            return;
        }
        // There is no event to wait for: its stream ended when it was closed.
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("{session} does not end");
}

#[test]
fn close_time_is_capped() {
    let beside = Beside::started(&["close=5"], &["--max-sessions", "2"]);
    let session = beside.hostile(json!({"in": "close", "deed": "Spin"}));
    assert_eq!(beside.server.send("DELETE", &session).status, 202);
    // It is listed until it has ended, and keeps its slot.
    promise_eq!("LIMIT-17", beside.state(&session)["state"], "closing");
    promise_by!("LOAD-23", problem(beside.try_hostile(json!({})), 429));
    let said = problem(beside.server.send("DELETE", &session), 409);
    assert!(said.contains("is closing"), "{said}");
    let said = problem(beside.try_to(&session, "Answer"), 409);
    assert!(said.contains("is closing"), "{said}");
    promise_by!("SANDBOX-15", ended(&beside, &session));
    // An adapter that closes within the limit is not interrupted.
    let session = beside.hostile(json!({"in": "close", "deed": "Sleep", "amount": 100}));
    assert_eq!(beside.server.send("DELETE", &session).status, 204);
    beside.all_is_right();
    let log = beside.server.log();
    let closes: Vec<_> = log
        .lines()
        .filter(|line| line.contains("in close"))
        .collect();
    assert_eq!(closes.len(), 1, "{closes:?}");
    promise_by!("LIMIT-17" & "SANDBOX-15", names(closes[0], "close", "5 s"));
}

#[test]
fn closing_session_ends_its_call() {
    let beside = Beside::with(&["close=1"]);
    let session = beside.so_much(0);
    std::thread::scope(|scope| {
        let mut events = beside
            .server
            .listen(&format!("{session}/events?after=0"), None);
        let doing = scope.spawn(|| beside.try_to(&session, "Spin"));
        events
            .find(|event| event.name == "pluginStarted")
            .expect("its begin");
        let closed = beside.server.send("DELETE", &session);
        assert!([202, 204].contains(&closed.status), "{closed:?}");
        // The waiting request gets the reason.
        let answer = doing.join().expect("an answer");
        assert!(answer.status == 200 || answer.status == 503, "{answer:?}");
        promise_by!("LIMIT-17", ended(&beside, &session));
    });
    beside.all_is_right();
}

#[test]
fn server_ends_with_stuck_adapter() {
    let mut beside = Beside::with(&["close=1"]);
    for deed in ["Spin", "Sleep"] {
        beside.hostile(json!({"in": "close", "deed": deed}));
    }
    assert_eq!(beside.server.interrupt(), Some(0));
    let log = beside.server.log();
    let closes: Vec<_> = log
        .lines()
        .filter(|line| line.contains("in close"))
        .collect();
    assert_eq!(closes.len(), 2, "{log}");
    names(closes[0], "close", "1 s");
    promise!("LIMIT-17", !log.contains("did not close in time"), "{log}");
}

#[test]
fn removing_all_is_fast() {
    // This once took minutes, and nothing ended it.
    let beside = Beside::with(&["context-instances=1000000", "cpu=30", "wall=30"]);
    let session = beside.so_much(300_000);
    beside.can(&session, "Add");
    assert_eq!(count(&beside, &session, "instances"), 300_001);
    beside.can(&session, "RemoveAll");
    promise_eq!("SANDBOX-11", count(&beside, &session, "instances"), 1);
    beside.all_is_right();
}

#[test]
fn records_outside_plugins_are_kept() {
    let beside = Beside::with(&[]);
    for (export, act) in [
        ("open", None),
        ("reset", None),
        ("discover", None),
        ("apply", Some("context")),
        ("notify", Some("callbacks")),
    ] {
        let session = beside.hostile(json!({"in": export, "deed": "Say"}));
        let revision = &beside.state(&session)["revision"];
        let (method, body) = match act {
            Some("callbacks") => ("POST", json!({"event": "commented"})),
            _ => ("PATCH", json!({"revision": revision, "set": {"a": 1}})),
        };
        if let Some(act) = act {
            let path = format!("{session}/{act}");
            let answer = beside.server.send_json(method, &path, &body, &[]);
            assert!(answer.status < 300, "{answer:?}");
        }
        let mut events = beside
            .server
            .listen(&format!("{session}/events?after=0"), None);
        let said = events
            .find(|event| event.name == "sessionRecord")
            .expect("a record");
        assert_eq!(said.data["call"], export);
        promise_eq!("SANDBOX-16", said.data["record"]["message"], "so it goes");
        let said = events
            .find(|event| event.name == "sessionProgress")
            .expect("progress");
        promise_eq!(
            "SANDBOX-16",
            (&said.data["call"], &said.data["fraction"]),
            (&json!(export), &json!(0.5))
        );
        // The progress is not shown any more.
        assert_eq!(beside.state(&session)["progress"], Value::Null);
    }
    beside.all_is_right();
}

#[test]
fn records_outside_plugins_are_capped() {
    let beside = Beside::with(&["records=100"]);
    let session = beside.hostile(json!({"in": "apply", "deed": "Flood", "amount": 100_000}));
    let revision = &beside.state(&session)["revision"];
    let change = json!({"revision": revision, "set": {"a": 1}});
    let context = format!("{session}/context");
    beside
        .server
        .send_json("PATCH", &context, &change, &[])
        .ok();
    let latest = beside.state(&session)["sequence"].as_u64().unwrap();
    let events = beside
        .server
        .listen(&format!("{session}/events?after=0"), None);
    let said = events
        .take_while(|event| event.id < latest)
        .filter(|event| event.name == "sessionRecord");
    promise_eq!("SANDBOX-16", said.count(), 101);
    // None of these records belongs to the next plug-in.
    let result = beside.can(&session, "Answer");
    assert_eq!(result["records"], json!([]));
    beside.all_is_right();
}

#[test]
fn v1_state_is_capped() {
    let name = "n".repeat(1000);
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [{"create": name, "data": {"family": "a"}}]},
    ]));
    let started = |most: usize| {
        let mut arguments = scenario.arguments();
        arguments.extend(["--max-answer".into(), most.to_string()]);
        let server = Server::start(arguments);
        server.succeed("Collect", None);
        server
    };
    let whole = started(1 << 20).state().to_string().len();
    assert!(started(whole * 2).send("GET", super::STATE).status == 200);
    let server = started(2000);
    let said = server.send("GET", super::STATE).refused(500);
    promise!(
        "LOAD-24",
        said.contains("--max-answer") && said.contains("2000"),
        "{said}"
    );
    // All other requests are answered.
    server.send("GET", "/pyblish/v1/hello").ok();
    server.send("GET", SESSIONS).ok();
}
