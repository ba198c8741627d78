//! An adapter misbehaves in every way, in a session beside a healthy one of the same server. Each
//! fault is explained in the session that has it and harms nothing else. The healthy session's
//! answers stay right.

use std::fs;
use std::net::TcpListener;
use std::thread;

use pyblish_endpoint_tests::hostile::{Beside, by_hand, message};
use pyblish_endpoint_tests::open_metrics::Scraped;
use pyblish_endpoint_tests::v2::{SESSIONS, end, problem, start};
use pyblish_endpoint_tests::{Server, adapter};
use pyblish_promise::{promise, promise_eq};
use serde_json::{Value, json};

/// Starts a deed that does not end by itself, checks the healthy session, and restarts the adapter.
/// Returns the message of the deed's failure.
#[track_caller]
fn ended_by_a_restart(beside: &Beside, session: &str, deed: &str) -> String {
    thread::scope(|scope| {
        let mut events = beside
            .server
            .listen(&format!("{session}/events?after=0"), None);
        let doing = scope.spawn(|| beside.does(session, deed));
        events
            .find(|event| event.name == "pluginStarted" && event.data["plugin"] == deed)
            .expect("its begin");
        for _ in 0..10 {
            beside.all_is_right();
            assert_eq!(beside.state(session)["state"], "busy");
        }
        let restart = beside.server.send("POST", &format!("{session}/restart"));
        assert_eq!(restart.ok()["state"], "idle");
        message(&doing.join().expect("an answer"))
    })
}

#[test]
fn endless_call_ends_on_restart() {
    let beside = Beside::with(&[]);
    let session = beside.so_much(0);
    for deed in ["Spin", "Sleep"] {
        let said = ended_by_a_restart(&beside, &session, deed);
        promise!("SANDBOX-01", said.contains("by force in process"), "{said}");
        beside.can(&session, "Answer");
        assert_eq!(beside.state(&session)["failure"], Value::Null);
    }
}

#[cfg(unix)]
#[test]
fn pipe_is_not_opened() {
    let beside = Beside::with(&[]);
    let pipe = beside.work().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo runs").success());
    let session = beside.so_much(0);
    // Nobody writes to the pipe, so opening it would block a thread for ever.
    let said = message(&beside.does(&session, "Pipe"));
    promise!("SANDBOX-02", said.contains("/work/pipe"), "{said}");
    beside.can(&session, "Answer");
    assert_eq!(beside.server.send("DELETE", &session).status, 204);
    let mut beside = beside;
    promise_eq!("SANDBOX-02", beside.server.interrupt(), Some(0));
}

#[test]
fn spinning_run_is_lost_on_restart() {
    let beside = Beside::with(&[]);
    let session = beside.so_much(0);
    let run = start(&beside.server, &session, json!({"pluginIds": ["Spin"]}));
    let mut events = beside
        .server
        .listen(&format!("{session}/events?after=0"), None);
    events.find(|event| event.name == "pluginStarted").unwrap();
    beside.all_is_right();
    beside
        .server
        .send("POST", &format!("{session}/restart"))
        .ok();
    let ended = end(&beside.server, &session, &run);
    assert_eq!(ended["state"], "lost");
    promise!(
        "SANDBOX-03",
        ended["reason"].as_str().unwrap().contains("by force")
    );
    beside.can(&session, "Answer");
    beside.all_is_right();
}

#[test]
fn crash_is_explained_and_contained() {
    let beside = Beside::with(&[]);
    for (deed, amount, parts) in [
        ("Trap", 0, ["crashed in process", "gave up"]),
        (
            "Panic",
            0,
            ["crashed in process", "gave up, and said: on purpose"],
        ),
        ("Recurse", 0, ["crashed in process", "without end"]),
        ("Exit", 0, ["crashed in process", "exit"]),
        ("NoText", 0, ["crashed in process", "utf-8"]),
        ("NoTextRecord", 0, ["crashed in process", "utf-8"]),
        ("NoJson", 0, ["answered process", "not JSON"]),
        (
            "DeepJson",
            1_000_000,
            ["answered process", "more than 100 deep"],
        ),
        ("Infinite", 0, ["answered process", "too large for a float"]),
        ("NoInstance", 0, ["reported", "nobody"]),
        ("SameInstance", 0, ["reported", "one"]),
        ("Long", 100 << 20, ["hostcall-data", "64 MiB"]),
        ("LongRecord", 100 << 20, ["hostcall-data", "64 MiB"]),
        ("Hold", 2_000_000_000, ["memory", "1 GiB"]),
        ("Timers", 100_000, ["handles", "1024"]),
        ("Random", 2 << 20, ["random", "1 MiB"]),
    ] {
        let session = beside.so_much(amount);
        let said = beside.falls(&session, deed);
        for part in parts {
            promise!(
                "SANDBOX-04",
                said.contains(part),
                "{deed}: {part:?} is not in: {said}"
            );
        }
        // The session says that the adapter is gone, and refuses requests that need it.
        let refused = problem(beside.try_to(&session, "Answer"), 503);
        assert_eq!(refused, said);
        beside.all_is_right();
        let restart = beside.server.send("POST", &format!("{session}/restart"));
        assert_eq!(restart.ok()["failure"], Value::Null);
        beside.can(&session, "Answer");
        beside.server.send("DELETE", &session);
    }
}

#[test]
fn excess_is_refused_and_adapter_continues() {
    let beside = Beside::with(&[]);
    for (deed, amount) in [
        ("Allocate", 0),
        ("Files", 100_000),
        ("Sockets", 100_000),
        ("Flood", 1_000_000),
        ("FloodProgress", 1_000_000),
    ] {
        let session = beside.so_much(amount);
        beside.does(&session, deed);
        promise_eq!(
            "SANDBOX-06",
            beside.state(&session)["state"],
            "idle",
            "{deed}"
        );
        beside.can(&session, "Answer");
        beside.all_is_right();
        beside.server.send("DELETE", &session);
    }
}

#[test]
fn lost_host_starts_adapter_again() {
    let beside = Beside::with(&[]);
    let session = beside.so_much(0);
    let mut events = beside
        .server
        .listen(&format!("{session}/events?after=0"), None);
    assert_eq!(beside.does(&session, "Lost")["success"], true);
    events.find(|event| event.name == "hostLost").unwrap();
    promise!("SANDBOX-07", events.any(|event| event.name == "hostFound"));
    beside.server.send("POST", &format!("{session}/reset")).ok();
    beside.can(&session, "Answer");
    beside.all_is_right();
}

#[test]
fn trap_in_any_export_is_contained() {
    let beside = Beside::with(&[]);
    let in_export = |export: &str| json!({"in": export, "deed": "Trap"});
    // Before there is a session, opening one is refused.
    for export in ["open", "reset", "discover"] {
        let said = problem(beside.try_hostile(in_export(export)), 503);
        assert!(said.contains(&format!("crashed in {export}")), "{said}");
        beside.all_is_right();
    }
    let server = &beside.server;
    for export in ["process", "repair", "act", "apply", "notify"] {
        let session = beside.hostile(in_export(export));
        let pair = json!({"pluginId": "Answer"});
        let revision = beside.state(&session)["revision"].clone();
        match export {
            "process" => drop(beside.does(&session, "Answer")),
            "repair" => drop(server.send_json("POST", &format!("{session}/repair"), &pair, &[])),
            "act" => {
                let action = json!({"pluginId": "Answer", "actionId": "any"});
                drop(server.send_json("POST", &format!("{session}/actions"), &action, &[]));
            }
            _ => {
                // A toggle calls `apply`, and then `notify`.
                let change = json!({"revision": revision, "active": false});
                let plugin = format!("{session}/plugins/Answer");
                problem(server.send_json("PATCH", &plugin, &change, &[]), 503);
            }
        }
        let state = beside.state(&session);
        promise_eq!("SANDBOX-05", state["state"], "down", "{export}: {state:#}");
        let said = state["failure"]["message"].as_str().unwrap();
        assert!(said.contains(&format!("crashed in {export}")), "{said}");
        beside.all_is_right();
    }
    // Only the log tells of it, and the session is closed all the same.
    let session = beside.hostile(in_export("close"));
    beside.can(&session, "Answer");
    assert_eq!(server.send("DELETE", &session).status, 204);
    beside.all_is_right();
    // An adapter that traps before it describes itself gets no session, and does not hide others.
    let (_folder, file) = by_hand("(func $trap unreachable) (start $trap)", "");
    let said = beside.open(&beside.install(&file), json!({})).body["detail"].to_string();
    promise!(
        "SANDBOX-05",
        said.contains("crashed in its start"),
        "{said}"
    );
    beside.all_is_right();
}

#[test]
fn other_folders_are_unreachable() {
    let beside = Beside::with(&[]);
    let (work, outside) = (beside.work(), beside.outside());
    fs::create_dir(work.join("inner")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(&outside, work.join("out")).unwrap();
        symlink("../outside/secret", work.join("secret")).unwrap();
        symlink(outside.join("new"), work.join("dangling")).unwrap();
    }
    for deed in ["Upwards", "Links", "Rename"] {
        let session = beside.so_much(0);
        let result = beside.can(&session, deed);
        let tried = result["records"][0]["message"].as_str().unwrap();
        assert!(tried.contains(": "), "{result:#}");
        let names = fs::read_dir(&outside).unwrap().flatten();
        let names: Vec<_> = names.map(|entry| entry.file_name()).collect();
        promise_eq!("SANDBOX-08", names, ["secret"], "{deed}");
        assert_eq!(
            fs::read_to_string(outside.join("secret")).unwrap(),
            "secret"
        );
        beside.all_is_right();
    }
}

/// If something takes the place of a granted folder, the adapter still works in the granted one.
#[cfg(unix)]
#[test]
fn replaced_folder_is_not_followed() {
    let beside = Beside::with(&[]);
    let (work, outside) = (beside.work(), beside.outside());
    let moved = work.with_file_name("moved");
    let session = beside.so_much(1);
    fs::rename(&work, &moved).unwrap();
    std::os::unix::fs::symlink(&outside, &work).unwrap();
    for fall in [false, true] {
        if fall {
            beside.falls(&session, "Trap");
        }
        let restart = beside.server.send("POST", &format!("{session}/restart"));
        assert_eq!(restart.ok()["state"], "idle");
        beside.can(&session, "Files");
        let names = |folder| {
            let names = fs::read_dir(folder).unwrap().flatten();
            names.map(|it| it.file_name()).collect::<Vec<_>>()
        };
        assert_eq!(names(&moved), ["file"]);
        promise_eq!("SANDBOX-18", names(&outside), ["secret"]);
        fs::remove_file(moved.join("file")).unwrap();
    }
}

#[test]
fn other_addresses_are_unreachable() {
    let beside = Beside::with(&[]);
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    other.set_nonblocking(true).unwrap();
    let port = other.local_addr().unwrap().port();
    let session = beside.so_much(port.into());
    beside.can(&session, "Connect");
    for deed in ["Elsewhere", "Listen"] {
        beside.can(&session, deed);
    }
    let nobody = other.accept().unwrap_err().kind();
    promise_eq!("SANDBOX-09", nobody, std::io::ErrorKind::WouldBlock);
    beside.granted.accept().unwrap();
    beside.all_is_right();
}

/// Waits for the next of these events. Returns its data.
#[track_caller]
fn next(events: &mut pyblish_endpoint_tests::Events, name: &str) -> Value {
    events.find(|event| event.name == name).expect(name).data
}

/// The metrics of this server.
fn scrape(beside: &Beside) -> Scraped {
    let answer = beside.server.send("GET", "/metrics").ok();
    Scraped::of(answer.as_str().expect("a text"))
}

#[test]
fn limit_that_an_adapter_met_is_counted_by_its_name() {
    let place = tempfile::tempdir().unwrap();
    let token = place.path().join("metrics.token");
    std::fs::write(&token, "0123456789abcdef0123456789abcdef").unwrap();
    let token = token.display().to_string();
    let beside = Beside::started(&["memory=64M"], &["--metrics-token-file", &token]);
    let session = beside.so_much(128 << 20);
    let mut events = beside
        .server
        .listen(&format!("{session}/events?after=0"), None);
    beside.falls(&session, "Hold");
    assert_eq!(next(&mut events, "hostLost")["limit"], "memory");
    let session = beside.so_much(0);
    let mut events = beside
        .server
        .listen(&format!("{session}/events?after=0"), None);
    beside.falls(&session, "Trap");
    assert_eq!(next(&mut events, "hostLost").get("limit"), None);
    // Metrics are one more listener, which may be a moment behind.
    let scraped = loop {
        let scraped = scrape(&beside);
        if scraped.value("pyblish_adapters_lost_total") >= 2.0 {
            break scraped;
        }
        std::thread::yield_now();
    };
    let met: Vec<_> = scraped
        .samples
        .iter()
        .filter(|(sample, value)| {
            sample.starts_with("pyblish_adapter_limits_met_total") && **value > 0.0
        })
        .collect();
    let memory = "pyblish_adapter_limits_met_total{limit=\"memory\"}".to_owned();
    assert_eq!(met, [(&memory, &1.0)]);
    beside.all_is_right();
}

#[test]
fn restarts_are_limited() {
    let beside = Beside::with(&["restarts=1"]);
    let session = beside.so_much(0);
    let mut events = beside
        .server
        .listen(&format!("{session}/events?after=0"), None);
    beside.falls(&session, "Trap");
    let failure = beside.state(&session)["failure"].clone();
    assert_eq!(failure["failures"], 1);
    let wait = failure["restartAt"].as_f64().unwrap() - failure["at"].as_f64().unwrap();
    assert!((1.9..2.1).contains(&wait), "{failure}");
    assert_eq!(next(&mut events, "hostLost")["restartAfter"], 2000.0);
    beside.all_is_right();
    assert_eq!(next(&mut events, "hostFound")["kept"], false);
    // Requests are served again, and the session still says why the context is new.
    beside.does(&session, "Answer");
    let state = beside.state(&session);
    assert_eq!(state["state"], "idle");
    assert_eq!(state["failure"]["message"], failure["message"]);

    beside.falls(&session, "Trap");
    let failure = &beside.state(&session)["failure"];
    assert_eq!(
        (&failure["failures"], &failure["restartAt"]),
        (&json!(2), &Value::Null)
    );
    promise_eq!(
        "LIMIT-14",
        next(&mut events, "hostLost").get("restartAfter"),
        None
    );
    let refused = problem(beside.try_to(&session, "Answer"), 503);
    assert!(refused.contains("crashed in process"), "{refused}");

    let restart = beside.server.send("POST", &format!("{session}/restart"));
    let state = restart.ok();
    assert_eq!(
        (&state["state"], &state["failure"]),
        (&json!("idle"), &Value::Null)
    );
    beside.can(&session, "Answer");
    beside.all_is_right();
    problem(
        beside
            .server
            .send("POST", &format!("{SESSIONS}/nobody/restart")),
        404,
    );
}

#[test]
fn test_adapter_is_not_installed() {
    assert!(!adapter("hostile").exists());
    let (_folder, file) = by_hand("", "");
    let server = Server::start(["--adapter", &file]);
    let known = server.send("GET", "/pyblish/v2/adapters").ok();
    let mut known = known["items"].as_array().unwrap().iter();
    assert!(known.all(|adapter| adapter["name"] != "hostile"));
}
