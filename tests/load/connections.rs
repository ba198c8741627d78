//! How many connections, listeners and requests are allowed.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use pyblish_endpoint_tests::raw::{self, Heard, Raw};
use pyblish_endpoint_tests::v2::session;
use pyblish_endpoint_tests::{Scenario, Server};
use pyblish_promise::{promise_by, promise_eq};
use serde_json::json;

use super::requests::{HELLO, JSON, ask, cookie, is_full, listen, quick, serves, start, text};

/// Asks until the answer is as expected; the server decides when.
#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(20), "{what}");
        thread::yield_now();
    }
}

#[test]
fn idlest_connection_makes_room() {
    let scenario = quick();
    let server = start(&scenario, &["--max-connections", "4"]);
    let session = session(&server);
    let hello = text(&server, &format!("GET {HELLO}"), &[], "");
    let mut four: Vec<_> = (0..4).map(|_| Raw::to(&server)).collect();
    for raw in &mut four {
        raw.say(&hello);
        assert_eq!(raw.hear().status, 200);
    }
    // The first one is used again, so the second is now idle longest.
    four[0].say(&hello);
    assert_eq!(four[0].hear().status, 200);
    let mut fifth = Raw::to(&server);
    fifth.say(&hello);
    assert_eq!(fifth.hear().status, 200);
    four.remove(1).ends();
    for raw in &mut four {
        raw.say(&hello);
        assert_eq!(raw.hear().status, 200);
    }
    drop((four, fifth));

    let streams: Vec<_> = (0..4).map(|_| listen(&server, &session)).collect();
    assert!(streams.iter().all(|(_, heard)| heard.status == 200));
    is_full(
        &ask(&server, &format!("GET {HELLO}"), &[], ""),
        503,
        "--max-connections",
    );
    drop(streams);
    promise_by!(
        "LOAD-07",
        until("there is room again", || {
            let mut raw = Raw::to(&server);
            raw.say(&hello);
            raw.try_hear().is_some_and(|heard| heard.status == 200)
        })
    );
}

#[test]
fn listeners_are_capped() {
    let scenario = quick();
    let server = start(&scenario, &["--max-listeners", "3"]);
    let session = session(&server);
    let mut streams: Vec<_> = (0..3).map(|_| listen(&server, &session)).collect();
    assert!(streams.iter().all(|(_, heard)| heard.status == 200));
    let (_, refused) = listen(&server, &session);
    promise_by!("LOAD-10", is_full(&refused, 429, "--max-listeners"));
    serves(&server);
    streams.pop();
    until("one may listen again", || {
        listen(&server, &session).1.status == 200
    });
}

/// How long a plug-in is at work.
const WORK: Duration = Duration::from_millis(700);

/// A plug-in that works for a while.
fn working() -> Scenario {
    let sleep = WORK.as_millis() as u64;
    Scenario::of(json!([
        {"name": "Work", "order": 0, "context": [{"sleep": sleep, "deaf": true}]},
    ]))
}

/// Starts two requests, and returns the answer to a third when the limit is reached.
fn two_at_work(server: &Server, session: &str) -> ([Raw; 2], Heard) {
    let work = text(
        server,
        &format!("POST {session}/process"),
        &[JSON],
        r#"{"pluginId": "Work"}"#,
    );
    // A check takes a place too, perhaps of one of the two: then both are sent again.
    for _ in 0..20 {
        let mut two = [Raw::to(server), Raw::to(server)];
        for raw in &mut two {
            raw.say(&work);
        }
        let begun = Instant::now();
        while begun.elapsed() < WORK {
            let heard = ask(server, &format!("GET {session}"), &[], "");
            if heard.status != 200 {
                return (two, heard);
            }
        }
        for raw in &mut two {
            raw.hear();
        }
    }
    panic!("the limit is never reached");
}

#[test]
fn requests_are_capped() {
    let scenario = working();
    let server = start(&scenario, &["--max-requests", "2"]);
    let session = session(&server);
    let (mut two, third) = two_at_work(&server, &session);
    promise_by!("LOAD-09", is_full(&third, 503, "--max-requests"));
    for raw in &mut two {
        assert_eq!(raw.hear().status, 200);
    }
    serves(&server);
}

#[test]
fn requests_of_one_client_are_capped() {
    let scenario = working();
    let server = start(&scenario, &["--max-client-requests", "2"]);
    let session = session(&server);
    let cookie = cookie(&server);
    let (mut two, third) = two_at_work(&server, &session);
    // A browser, a client with the token, and one with neither are three clients.
    let host = format!("host: {}", server.host());
    let browser = raw::ask(&server, &format!("GET {session}"), &[&host, &cookie], "");
    promise_eq!("LOAD-09", browser.status, 200);
    let nobody = raw::ask(&server, &format!("GET {HELLO}"), &[&host], "");
    assert_eq!(nobody.status, 200);
    promise_by!("LOAD-09", is_full(&third, 429, "--max-client-requests"));
    for raw in &mut two {
        assert_eq!(raw.hear().status, 200);
    }
    serves(&server);
}

#[test]
fn unknown_reader_blocks_nobody() {
    let scenario = quick();
    let server = start(&scenario, &["--max-connections", "2"]);
    let host = format!("host: {}", server.host());
    let hello = raw::request(&format!("GET {HELLO}"), &[&host], "").repeat(100);
    let deaf = || {
        let mut raw = Raw::to(&server);
        // Until the system's buffers are full: the server waits until its answers are read.
        let patience = Some(Duration::from_millis(300));
        raw.0.set_write_timeout(patience).unwrap();
        while raw.0.write_all(hello.as_bytes()).is_ok() {}
        raw
    };
    let _two = [deaf(), deaf()];
    promise_by!("LOAD-08", serves(&server));
}

/// How many files this process may have open, once it has asked for so many.
#[cfg(unix)]
fn files(wanted: u64) -> u64 {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(limit.maximum.map_or(wanted, |most| most.min(wanted)));
    setrlimit(Resource::Nofile, limit).unwrap();
    getrlimit(Resource::Nofile).current.unwrap()
}

#[cfg(unix)]
#[test]
fn idle_connections_block_nobody() {
    const WANTED: u64 = 10_000;
    const OTHERS: u64 = 500;
    let connections = WANTED.min(files(WANTED + OTHERS) - OTHERS);
    if connections < WANTED {
        println!("only {connections} connections: this machine allows no more files");
    }
    let scenario = quick();
    let server = start(&scenario, &[]);
    let session = session(&server);
    let mut events = server.listen(&format!("{session}/events"), None);
    let mut crowd = Vec::new();
    let mut slowest = Duration::ZERO;
    for number in 0..connections {
        crowd.push(TcpStream::connect(server.host()).unwrap());
        if number % 500 == 0 {
            let begin = Instant::now();
            serves(&server);
            slowest = slowest.max(begin.elapsed());
        }
    }
    println!("{connections} connections; the slowest of the others waited {slowest:?}");
    // The earlier listener still gets events.
    server.succeed("Quick", None);
    assert!(events.any(|event| event.name == "result"));
    promise_by!("LOAD-07", serves(&server));
    drop(crowd);
    serves(&server);
}

#[cfg(target_os = "linux")]
#[test]
fn file_shortage_is_survived() {
    use rustix::process::{Pid, Resource, prlimit};
    let scenario = quick();
    let server = start(&scenario, &[]);
    let session = session(&server);
    let (mut stream, heard) = listen(&server, &session);
    assert_eq!(heard.status, 200);
    let mut kept = Raw::to(&server);
    let hello = text(&server, &format!("GET {HELLO}"), &[], "");
    kept.say(&hello);
    assert_eq!(kept.hear().status, 200);
    let pid = server.pid();
    let open = std::fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .count() as u64;
    let limit = |current: Option<u64>| {
        let pid = Pid::from_raw(pid as i32);
        let known = rustix::process::getrlimit(Resource::Nofile);
        let limit = rustix::process::Rlimit {
            current,
            maximum: known.maximum,
        };
        prlimit(pid, Resource::Nofile, limit).unwrap()
    };
    // Two more, and then none.
    let before = limit(Some(open + 2));
    let crowd: Vec<_> = (0..20)
        .map(|_| TcpStream::connect(server.host()).unwrap())
        .collect();
    // Busy connections are served. New ones are accepted, because idle ones make room.
    let work = text(
        &server,
        &format!("POST {session}/process"),
        &[JSON],
        r#"{"pluginId": "Quick"}"#,
    );
    promise_by!(
        "LOAD-14",
        until("a new client is served", || {
            let mut raw = Raw::to(&server);
            raw.say(&work);
            raw.try_hear().is_some_and(|heard| heard.status == 200)
        })
    );
    let mut part = [0; 4096];
    assert!(
        std::io::Read::read(&mut stream.0, &mut part).unwrap() > 0,
        "an event"
    );
    limit(before.current);
    drop(crowd);
    serves(&server);
    let log = server.log();
    assert!(log.contains("a connection cannot be accepted"), "{log}");
}

#[cfg(target_os = "linux")]
#[test]
fn limits_fit_the_system() {
    let scenario = quick();
    let serve = |script: &str| {
        let mut command = std::process::Command::new("sh");
        let inner = pyblish_endpoint_tests::serve();
        command.envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        command
            .args(["-c", script, "sh"])
            .arg(inner.get_program())
            .arg("serve");
        command.args(scenario.arguments());
        Server::start_with(command)
    };
    let soft = |server: &Server| {
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.pid())).unwrap();
        let line = limits
            .lines()
            .find(|line| line.starts_with("Max open files"))
            .unwrap();
        line.split_whitespace()
            .nth(3)
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    let raised = serve("ulimit -Sn 256; exec \"$@\"");
    assert!(soft(&raised) >= 2048, "{}", soft(&raised));
    let lowered = serve("ulimit -n 300; exec \"$@\"");
    promise_eq!("LOAD-15", soft(&lowered), 300);
    serves(&lowered);
    let log = lowered.log();
    assert!(
        log.contains("only open 300 files") && log.contains("ulimit -n"),
        "{log}"
    );
}
