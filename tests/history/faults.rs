//! Faults of a history: it is too large, locked, damaged, or another program's, or its session is
//! closed during something else.

use pyblish_promise::{promise, promise_eq};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use pyblish_endpoint_tests::home::tree;
use pyblish_endpoint_tests::numbers::Numbers;
use pyblish_endpoint_tests::v2::{SESSIONS, end, problem, session, start};
use pyblish_endpoint_tests::{Answer, Scenario, Server, endpoint, run, serve};
use rusqlite::Connection;
use serde_json::{Value, json};

/// A server with these further arguments, for a user whose data is in this folder.
fn server(scenario: &Scenario, data: &Path, more: &[&str]) -> Server {
    let mut command = serve();
    command
        .env("XDG_DATA_HOME", data)
        .args(scenario.arguments())
        .args(more);
    Server::start_with(command)
}

/// The file of the one session.
fn file(server: &Server, data: &Path) -> PathBuf {
    let id = server.started["session"].as_str().unwrap();
    let folder = data.join("pyblish-endpoint").join("history");
    folder.join(format!("{id}.sqlite"))
}

/// One instance, and a plug-in that logs so many bytes on it.
fn talk(bytes: usize) -> Scenario {
    let says = json!({"log": "info", "message": "x".repeat(bytes)});
    Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [{"create": "one", "data": {"family": "a"}}]},
        {"name": "Talk", "order": 1, "families": ["a"], "instance": [says]},
    ]))
}

/// Runs to the end. Returns the name of the run.
#[track_caller]
fn run_once(server: &Server, session: &str) -> String {
    let run = start(server, session, json!({}));
    assert_eq!(end_of(server, &run)["state"], "succeeded");
    run.rsplit('/').next().unwrap().to_owned()
}

/// Waits for the end of a run without reading all events.
#[track_caller]
fn end_of(server: &Server, run: &str) -> Value {
    let session = run.rsplit_once("/runs").unwrap().0;
    let latest = server.send("GET", session).ok()["sequence"]
        .as_u64()
        .unwrap();
    let state = server.send("GET", run).ok();
    if state["state"] != "running" {
        return state;
    }
    let id = run.rsplit('/').next().unwrap();
    let mut events = server.listen(
        &format!("{session}/events"),
        Some(latest.saturating_sub(50)),
    );
    events
        .find(|event| event.name == "runEnded" && event.data["id"] == id)
        .expect("its end");
    server.send("GET", run).ok()
}

fn runs(server: &Server, session: &str) -> Vec<String> {
    let runs = server.send("GET", &format!("{session}/runs")).ok();
    let ids = runs["items"].as_array().unwrap().iter();
    ids.map(|run| run["id"].as_str().unwrap().to_owned())
        .collect()
}

fn on_disk(file: &Path) -> u64 {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    [file.as_os_str(), &log]
        .iter()
        .filter_map(|path| fs::metadata(path).ok())
        .map(|metadata| metadata.len())
        .sum()
}

#[test]
fn size_limit_keeps_the_newest_runs() {
    let data = tempfile::tempdir().unwrap();
    // At least 75 kB a run, although it is compressed: the message is in an event and in the
    // result. There is no instance, because the next run would have it too.
    let mut numbers = Numbers::of(1);
    let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,";
    let noise = (0..100_000).map(|_| char::from(*numbers.pick(letters)));
    let says = json!({"log": "info", "message": noise.collect::<String>()});
    let scenario = Scenario::of(json!([{"name": "Talk", "order": 0, "context": [says]}]));
    let first = server(&scenario, data.path(), &["--keep-size", "1"]);
    let place = session(&first);
    for number in 1..=24 {
        assert_eq!(run_once(&first, &place), format!("r{number}"));
    }
    let kept = runs(&first, &place);
    let newest: Vec<_> = (1..=24).rev().map(|n| format!("r{n}")).collect();
    assert!((3..=14).contains(&kept.len()), "{kept:?}");
    assert_eq!(kept, newest[..kept.len()]);
    let file = file(&first, data.path());
    // More may be written between two checks.
    assert!(on_disk(&file) < 2 << 20, "{}", on_disk(&file));
    let state = first.send("GET", &place).ok();
    // A client that asks for all events is told which are gone.
    let mut events = first.listen(&format!("{place}/events?after=0"), None);
    let next = events.next().unwrap().id;
    assert!(next > 1);
    assert_eq!(events.gaps, [json!({"from": 1, "to": next - 1})]);
    drop((events, first));

    let again = server(&scenario, data.path(), &["--keep-size", "1"]);
    let now = again.send("GET", &place).ok();
    assert!(now["sequence"].as_u64() > state["sequence"].as_u64());
    assert!(now["revision"].as_u64() > state["revision"].as_u64());
    promise_eq!("DATA-06", run_once(&again, &place), "r25");
}

#[test]
fn foreign_files_are_left_alone() {
    let (data, scenario) = (tempfile::tempdir().unwrap(), talk(1));
    let folder = data.path().join("project");
    fs::create_dir(&folder).unwrap();
    let shots = Connection::open(folder.join("shots.sqlite")).unwrap();
    // Also a file with its own user_version, and one that is being written to.
    let tables = "CREATE TABLE runs (name TEXT); PRAGMA user_version = 2";
    shots.execute_batch(tables).unwrap();
    let open = Connection::open(folder.join("open.sqlite")).unwrap();
    open.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE shots (name TEXT)")
        .unwrap();
    for (name, text) in [
        ("shots.json", "{}"),
        ("shots.lock", ""),
        ("empty.sqlite", ""),
        ("note.sqlite", "not a database"),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    let before = tree(&folder);
    let archive = ["--history-dir", folder.to_str().unwrap()];
    for command in [&["list"][..], &["show", "latest"], &["report", "r1"]] {
        let mut history = endpoint();
        history.arg("history").args(command).args(archive);
        let (output, said) = run(history);
        assert!(!said.contains("shots"), "{said}");
        let listed = command[0] == "list";
        assert_eq!(output.status.success(), listed, "{said}");
        assert_eq!(tree(&folder), before, "{command:?}");
    }
    for _ in 0..2 {
        let server = server(&scenario, data.path(), &archive);
        run_once(&server, &session(&server));
    }
    let after = tree(&folder);
    for (path, bytes) in before {
        promise_eq!(
            "DATA-07",
            after.get(&path),
            Some(&bytes),
            "{}",
            path.display()
        );
    }
}

#[test]
fn locked_history_gets_the_run_later() {
    let (data, scenario) = (tempfile::tempdir().unwrap(), talk(1));
    let server = server(&scenario, data.path(), &[]);
    let place = session(&server);
    run_once(&server, &place);
    let file = file(&server, data.path());
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let latest = server.send("GET", &place).ok()["sequence"].as_u64();
    let key = [("Idempotency-Key", "once")];
    let path = format!("{place}/runs");
    let started = server.send_json("POST", &path, &json!({}), &key);
    assert_eq!(started.status, 202);
    let said = started.body["history"].as_str().unwrap();
    assert!(said.contains(file.to_str().unwrap()), "{said}");
    let mut events = server.listen(&format!("{place}/events"), latest);
    let changed = events.find(|event| event.name == "historyChanged").unwrap();
    assert_eq!(changed.data["kept"], false);
    // The run is there meanwhile, and was started once.
    assert_eq!(runs(&server, &place), ["r2", "r1"]);
    let again = server.send_json("POST", &path, &json!({}), &key);
    assert_eq!(again.body["id"], "r2");
    end_of(&server, &format!("{path}/r2"));
    assert_eq!(server.send("GET", &format!("{path}/r2/report")).status, 200);
    other.execute_batch("ROLLBACK").unwrap();
    let changed = events.find(|event| event.name == "historyChanged").unwrap();
    assert_eq!(
        (&changed.data["kept"], &changed.data["lost"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(server.send("GET", &place).ok()["history"], Value::Null);
    let kept: u64 = other
        .query_row("SELECT count(*) FROM runs", [], |row| row.get(0))
        .unwrap();
    promise_eq!("DATA-12", kept, 2);
}

#[test]
fn damaged_history_is_set_aside() {
    let (data, scenario) = (tempfile::tempdir().unwrap(), talk(20_000));
    let mut first = server(&scenario, data.path(), &[]);
    let place = session(&first);
    for _ in 0..5 {
        run_once(&first, &place);
    }
    let file = file(&first, data.path());
    first.interrupt();
    // The first events, compressed. There may be copies of them that are not used any more.
    let connection = Connection::open(&file).unwrap();
    let query = "SELECT text FROM chunks ORDER BY first LIMIT 1";
    let packed: Vec<u8> = connection.query_row(query, [], |row| row.get(0)).unwrap();
    drop(connection);
    let mut bytes = fs::read(&file).unwrap();
    let places = bytes.windows(40).enumerate();
    let places = places.filter(|(_, window)| *window == &packed[20..60]);
    let places: Vec<usize> = places.map(|(place, _)| place).collect();
    assert!(!places.is_empty());
    places.iter().for_each(|place| bytes[*place] ^= 1);
    fs::write(&file, &bytes).unwrap();
    let again = server(&scenario, data.path(), &[]);
    assert_eq!(runs(&again, &place), ["r5", "r4", "r3", "r2", "r1"]);
    let mut events = again.listen(&format!("{place}/events?after=0"), None);
    let changed = events.find(|event| event.name == "historyChanged").unwrap();
    let said = changed.data["message"].as_str().unwrap();
    assert!(said.contains(".sqlite.damaged-1"), "{said}");
    assert_eq!(events.gaps.len(), 1, "{:?}", events.gaps);
    let mut aside = file.clone().into_os_string();
    aside.push(".damaged-1");
    assert_eq!(fs::read(aside).unwrap(), bytes);
    promise_eq!("DATA-13", run_once(&again, &place), "r6");
}

#[test]
fn unreadable_history_is_not_empty() {
    let (data, scenario) = (tempfile::tempdir().unwrap(), talk(1));
    let mut first = server(&scenario, data.path(), &[]);
    run_once(&first, &session(&first));
    let file = file(&first, data.path());
    first.interrupt();
    fs::write(
        &file,
        "this was a history, and somebody wrote over it, to the very last byte",
    )
    .unwrap();
    for command in [&["list"][..], &["show", "latest"]] {
        let mut history = endpoint();
        history.env("XDG_DATA_HOME", data.path());
        let (output, said) = run({
            history.arg("history").args(command);
            history
        });
        assert_eq!(output.status.code(), Some(1), "{said}");
        promise!("DATA-14", said.contains(file.to_str().unwrap()), "{said}");
        promise!("DATA-14", !said.contains("no run yet"), "{said}");
    }
}

#[test]
fn reused_key_is_refused() {
    let (data, scenario) = (tempfile::tempdir().unwrap(), talk(1));
    let key = [("Idempotency-Key", "once")];
    for round in 0..2 {
        let server = server(&scenario, data.path(), &[]);
        let place = session(&server);
        let path = format!("{place}/runs");
        let send = |body: &Value| server.send_json("POST", &path, body, &key);
        let first = send(&json!({"comment": "a", "targets": []}));
        assert_eq!((first.status, &first.body["id"]), (202, &json!("r1")));
        end(&server, &place, &format!("{path}/r1"));
        // The same request, written differently.
        let same = send(&json!({"targets": [], "comment": "a", "until": null}));
        assert_eq!(
            (same.status, &same.body["id"]),
            (202, &json!("r1")),
            "{round}"
        );
        let other = send(&json!({"comment": "b"}));
        promise_eq!("DATA-15", other.body["code"], "idempotency-key-reused");
        assert_eq!(other.body["runId"], "r1");
        assert!(problem(other, 422).contains("\"once\""));
        promise_eq!("DATA-15", runs(&server, &place), ["r1"]);
    }
}

/// A server whose configuration grants what the scenario needs, so that clients can reopen the
/// session.
fn configured(scenario: &Scenario, data: &Path) -> Server {
    let folder = scenario.folder().display().to_string();
    let grant = format!("{folder}=/scenario:ro");
    let config = data.join("endpoint.toml");
    let text = format!(
        "[adapters.scenario]\ndir = [{grant:?}]\nset = {{ file = \"/scenario/scenario.json\" }}\n"
    );
    fs::write(&config, text).unwrap();
    let mut command = serve();
    command
        .env("XDG_DATA_HOME", data)
        .args(["--adapter", "scenario", "--config"])
        .arg(config);
    Server::start_with(command)
}

#[test]
fn reopened_session_goes_on() {
    let (data, scenario) = (tempfile::tempdir().unwrap(), talk(1));
    let server = configured(&scenario, data.path());
    let place = session(&server);
    for round in 1..=5 {
        assert_eq!(run_once(&server, &place), format!("r{round}"));
        let closed: Vec<u16> = std::thread::scope(|scope| {
            let close = || server.send("DELETE", &place).status;
            let each: Vec<_> = (0..4).map(|_| scope.spawn(close)).collect();
            each.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let done = closed.iter().filter(|status| **status == 204).count();
        promise_eq!("DATA-16", done, 1, "{closed:?}");
        let again = server.send_json("POST", SESSIONS, &json!({"adapter": "scenario"}), &[]);
        assert_eq!(again.status, 201, "{}", again.body);
        assert_eq!(
            format!("{SESSIONS}/{}", again.body["id"].as_str().unwrap()),
            place
        );
        assert_eq!(runs(&server, &place).len(), round);
    }
}

#[test]
fn starting_run_keeps_session_open() {
    let (data, scenario) = (tempfile::tempdir().unwrap(), talk(1));
    let server = configured(&scenario, data.path());
    let place = session(&server);
    let mut seen = HashSet::new();
    for _ in 0..20 {
        let (started, closed): (Answer, Answer) = std::thread::scope(|scope| {
            let runs = format!("{place}/runs");
            let started = scope.spawn({
                let server = &server;
                move || server.send_json("POST", &runs, &json!({}), &[])
            });
            let closed = server.send("DELETE", &place);
            (started.join().unwrap(), closed)
        });
        seen.insert((started.status, closed.status));
        if closed.status != 204 {
            promise_eq!(
                "DATA-16",
                (started.status, closed.status),
                (202, 409),
                "{}",
                closed.body
            );
            let run = format!("{place}/runs/{}", started.body["id"].as_str().unwrap());
            assert_eq!(end_of(&server, &run)["state"], "succeeded");
            continue;
        }
        let again = server.send_json("POST", SESSIONS, &json!({"adapter": "scenario"}), &[]);
        assert_eq!(again.status, 201, "{}", again.body);
        if started.status == 202 {
            // The run had ended before.
            let run = format!("{place}/runs/{}", started.body["id"].as_str().unwrap());
            assert_eq!(server.send("GET", &run).ok()["state"], "succeeded");
        }
    }
    assert!(!seen.is_empty());
}
