//! Real runtimes that send to a real hub.

use pyblish_endpoint_tests::hub::{API, sends_to, settled, start_hub, start_hub_at, token, until};
use pyblish_endpoint_tests::postgres::Postgres;
use pyblish_endpoint_tests::v2;
use pyblish_endpoint_tests::{Folders, Scenario, Server, endpoint, run, serve};
use serde_json::{Value, json};

use crate::machine::{ALL, machine, publish, session, stored, stored_with, told, until_sent};
use crate::receiver::{Receiver, Reply};

#[test]
fn hub_has_what_the_machine_has() {
    let postgres = Postgres::start();
    let mut hub = start_hub(&postgres);
    let folder = tempfile::tempdir().unwrap();
    let scenario = v2::shots();
    let of_machine = token(&postgres, &["--machine", "ws1"]);
    let server = machine(
        &scenario.arguments(),
        folder.path(),
        &hub.address,
        &of_machine,
        &ALL,
    );
    let run = publish(&server);
    until_sent(&server);
    assert_eq!(stored(&postgres), told(&server));
    hub.token = Some(token(&postgres, &["--role", "viewer", "--name", "anna"]));
    let runs = hub.send("GET", &format!("{API}/runs")).ok();
    let shown = &runs["items"][0];
    for member in ["state", "reason", "succeeded", "failed"] {
        assert_eq!(shown[member], run[member], "{member}");
    }
    // The hub keeps microseconds.
    for member in ["started", "ended"] {
        let apart = shown[member].as_f64().unwrap() - run[member].as_f64().unwrap();
        assert!(apart.abs() < 2e-6, "{member}: {apart}");
    }
    assert_eq!(
        (&shown["machine"], &shown["runId"]),
        (&json!("ws1"), &run["id"])
    );
    let found = hub.send("GET", &format!("{API}/runs?q=mend")).ok();
    assert_eq!(found["total"], 1);
    // A second run comes by itself.
    publish(&server);
    until_sent(&server);
    assert_eq!(stored(&postgres), told(&server));
    assert_eq!(postgres.sql("SELECT count(*) FROM runs"), ["2"]);
    let shown = session(&server)["hub"].clone();
    assert_eq!(
        (&shown["lost"], &shown["failure"]),
        (&json!(0), &Value::Null)
    );
}

#[test]
fn nothing_secret_leaves_by_default() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let place = tempfile::tempdir().unwrap();
    let of_machine = token(&postgres, &["--machine", "ws1"]);
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": "hero", "data": {"family": "rig", "secret": "s3cret-value"}},
        ]},
        {"name": "Validate", "order": 1, "families": ["rig"], "instance": [
            {"log": "warning", "message": "s3cret-record"},
            {"fail": "/jobs/s3cret-show/hero.ma is broken: mend it"},
        ]},
    ]));
    let server = machine(
        &scenario.arguments(),
        place.path(),
        &hub.address,
        &of_machine,
        &[],
    );
    publish(&server);
    until_sent(&server);
    let events = stored(&postgres).join("\n");
    assert!(told(&server).join("\n").matches("s3cret").count() >= 3);
    let dump = events.clone()
        + &postgres.sql("SELECT * FROM results").join("\n")
        + &postgres.sql("SELECT * FROM runs").join("\n");
    assert!(!dump.contains("s3cret"), "{dump}");
    let grant = scenario.folder().to_str().unwrap();
    assert!(!dump.contains(grant), "{dump}");
    // What failed and why is there.
    let failed = postgres.sql("SELECT plugin, instance, message FROM results WHERE NOT success");
    assert_eq!(failed, ["Validate|hero|…/hero.ma is broken: mend it"]);
    // Every event is there, whatever of it stayed.
    assert_eq!(stored(&postgres).len(), told(&server).len());
}

#[test]
fn what_happened_without_the_hub_is_sent_later() {
    let postgres = Postgres::start();
    let place = tempfile::tempdir().unwrap();
    let scenario = v2::shots();
    let first = start_hub(&postgres);
    let of_machine = token(&postgres, &["--machine", "ws1"]);
    let address = first.address.clone();
    drop(first);
    // The hub is away: everything works, and it is said.
    let mut server = machine(
        &scenario.arguments(),
        place.path(),
        &address,
        &of_machine,
        &ALL,
    );
    publish(&server);
    until("the failure is said", || {
        let hub = session(&server)["hub"].clone();
        hub["behind"].as_u64() > Some(0) && hub["failure"].is_string()
    });
    let before = told(&server);
    assert_eq!(server.interrupt(), Some(0));
    // `publish` has no hub at all.
    let mut command = endpoint();
    command
        .env("XDG_DATA_HOME", place.path())
        .arg("publish")
        .args(scenario.arguments());
    let (published, said) = run(command);
    assert_eq!(published.status.code(), Some(1), "{said}");
    // Doctor says what waits.
    let mut doctor = endpoint();
    doctor
        .env("XDG_DATA_HOME", place.path())
        .env("HOME", place.path());
    doctor.args(["doctor", "--about", "hub"]);
    let (found, _) = run(doctor);
    let found = String::from_utf8(found.stdout).unwrap();
    assert!(
        found.starts_with("advice   hub") && found.contains("events: "),
        "{found}"
    );
    // A server of another session finds both, although it does not have that session open.
    let hub = start_hub_at(&postgres, address.trim_start_matches("http://"));
    let other = Folders::sample();
    let server = machine(
        &other.arguments(),
        place.path(),
        &hub.address,
        &of_machine,
        &ALL,
    );
    until("the history of the closed session is sent", || {
        let ended = postgres.sql(
            "SELECT count(*) FROM runs r JOIN sessions s ON s.id = r.session_id
            WHERE s.adapter = 'scenario' AND r.state <> 'running'",
        );
        ended == ["2"]
    });
    let of_scenario = stored_with(&postgres, "scenario");
    assert_eq!(of_scenario[..before.len()], before);
    drop(server);
}

#[test]
fn restart_sends_nothing_twice_and_nothing_is_missing() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let place = tempfile::tempdir().unwrap();
    let scenario = v2::shots();
    let of_machine = token(&postgres, &["--machine", "ws1"]);
    let start = || {
        machine(
            &scenario.arguments(),
            place.path(),
            &hub.address,
            &of_machine,
            &ALL,
        )
    };
    let mut server = start();
    publish(&server);
    until_sent(&server);
    assert_eq!(server.interrupt(), Some(0));
    // The end of the session is known.
    settled(&postgres);
    assert_eq!(postgres.sql("SELECT is_open FROM sessions"), ["f"]);
    let batches: u64 = postgres.sql("SELECT count(*) FROM feed")[0]
        .parse()
        .unwrap();
    let server = start();
    publish(&server);
    until_sent(&server);
    assert_eq!(stored(&postgres), told(&server));
    // One log goes on, and each event came in one batch.
    settled(&postgres);
    assert_eq!(postgres.sql("SELECT is_open FROM sessions"), ["t"]);
    let twice = postgres
        .sql("SELECT count(*) FROM feed a JOIN feed b ON a.id < b.id AND a.last >= b.first");
    assert_eq!(twice, ["0"]);
    assert!(
        postgres.sql("SELECT count(*) FROM feed")[0]
            .parse::<u64>()
            .unwrap()
            > batches
    );
}

#[test]
fn hub_that_lost_its_database_asks_for_all_again() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let place = tempfile::tempdir().unwrap();
    let scenario = v2::shots();
    let of_machine = token(&postgres, &["--machine", "ws1"]);
    let server = machine(
        &scenario.arguments(),
        place.path(),
        &hub.address,
        &of_machine,
        &ALL,
    );
    publish(&server);
    until_sent(&server);
    // As after a backup of before.
    postgres.sql(
        "DELETE FROM versions; DELETE FROM results; DELETE FROM runs; DELETE FROM feed;
        DELETE FROM events; DELETE FROM sessions",
    );
    publish(&server);
    until("all is there again", || stored(&postgres) == told(&server));
}

#[test]
fn publish_and_watch_send_by_themselves() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let place = tempfile::tempdir().unwrap();
    let of_machine = token(&postgres, &["--machine", "ws1"]);
    let folders = Folders::sample();
    for arguments in [&["publish"][..], &["watch", "--once", "--settle", "1"]] {
        let before = postgres.sql("SELECT count(*) FROM runs WHERE ended IS NOT NULL");
        // What a hub does not take at once is sent by the next one.
        until("the run is there", || {
            let mut command = endpoint();
            command
                .env("XDG_DATA_HOME", place.path())
                .args(arguments)
                .args(folders.arguments());
            sends_to(&mut command, &hub.address, &of_machine, place.path());
            let (done, said) = run(command);
            assert!(done.status.code() < Some(2), "{said}");
            assert!(!said.contains("hub"), "{said}");
            postgres.sql("SELECT count(*) FROM runs WHERE ended IS NOT NULL") != before
        });
    }
    let sessions = postgres.sql("SELECT count(DISTINCT name), count(DISTINCT log) FROM sessions");
    assert_eq!(sessions, ["1|1"]);
}

#[test]
fn publish_needs_no_hub_that_it_sends_to() {
    let place = tempfile::tempdir().unwrap();
    let folders = Folders::sample();
    let hangs = Receiver::start(Reply::Silence);
    let publish = |hub: &[&str]| {
        let mut command = endpoint();
        command
            .env("XDG_DATA_HOME", place.path())
            .arg("publish")
            .args(folders.arguments())
            .args(hub);
        let (done, said) = run(command);
        (
            done.status.code(),
            String::from_utf8(done.stdout).unwrap(),
            said,
        )
    };
    let token = place.path().join("token");
    std::fs::write(&token, "0".repeat(64)).unwrap();
    let token = ["--hub-token-file", token.to_str().unwrap()];
    let (code, ..) = publish(&[]);
    // One that hangs, one that is away, and one whose token cannot be read. A publish can be over
    // before it gets so far.
    until("the hub that hangs is asked", || {
        let (same, _, said) = publish(&[&["--hub", &hangs.address], &token[..]].concat());
        assert_eq!(same, code, "{said}");
        !hangs.rest().is_empty()
    });
    until("the failure is said", || {
        let (same, _, said) = publish(&[&["--hub", "http://127.0.0.1:1"], &token[..]].concat());
        assert_eq!(same, code, "{said}");
        said.contains("work goes on")
    });
    let missing = [
        "--hub",
        "http://127.0.0.1:1",
        "--hub-token-file",
        "/nowhere",
    ];
    let (same, _, said) = publish(&missing);
    assert!(
        same == code && said.contains("nothing is sent to the hub"),
        "{said}"
    );
}

#[test]
fn another_history_in_its_place_is_another_log() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let place = tempfile::tempdir().unwrap();
    let scenario = v2::shots();
    let of_machine = token(&postgres, &["--machine", "ws1"]);
    let address = hub.address.clone();
    let start = || {
        machine(
            &scenario.arguments(),
            place.path(),
            &address,
            &of_machine,
            &ALL,
        )
    };
    let mut server = start();
    publish(&server);
    until_sent(&server);
    assert_eq!(server.interrupt(), Some(0));
    let first = stored(&postgres);
    // Somebody removes the history, and what is sent of it stays known.
    let folder = place.path().join("pyblish-endpoint/history");
    let files = std::fs::read_dir(&folder).unwrap();
    for file in files.map(|file| file.unwrap().path()) {
        if file.is_file() {
            std::fs::remove_file(file).unwrap();
        }
    }
    assert_eq!(std::fs::read_dir(folder.join("hub")).unwrap().count(), 1);
    // The next one gets longer than that was before the hub hears of it.
    drop(hub);
    let server = start();
    (0..3).for_each(|_| drop(publish(&server)));
    let second = told(&server);
    assert!(second.len() > first.len());
    let _hub = start_hub_at(&postgres, address.trim_start_matches("http://"));
    until_sent(&server);
    assert_eq!(stored(&postgres), [first, told(&server)].concat());
    let logs = postgres.sql("SELECT count(DISTINCT log), count(DISTINCT name) FROM sessions");
    assert_eq!(logs, ["2|1"]);
}

#[test]
fn lost_cursor_sends_nothing_twice() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let place = tempfile::tempdir().unwrap();
    let scenario = v2::shots();
    let of_machine = token(&postgres, &["--machine", "ws1"]);
    let start = || {
        machine(
            &scenario.arguments(),
            place.path(),
            &hub.address,
            &of_machine,
            &ALL,
        )
    };
    let mut server = start();
    publish(&server);
    until_sent(&server);
    assert_eq!(server.interrupt(), Some(0));
    std::fs::remove_dir_all(place.path().join("pyblish-endpoint/history/hub")).unwrap();
    let server = start();
    publish(&server);
    until_sent(&server);
    assert_eq!(stored(&postgres), told(&server));
    assert_eq!(postgres.sql("SELECT count(*) FROM sessions"), ["1"]);
}

#[test]
fn refused_token_is_said_and_nothing_is_lost() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let place = tempfile::tempdir().unwrap();
    let scenario = v2::shots();
    let server = machine(
        &scenario.arguments(),
        place.path(),
        &hub.address,
        &"0".repeat(64),
        &[],
    );
    publish(&server);
    until("the failure is said", || {
        let failure = session(&server)["hub"]["failure"].clone();
        failure
            .as_str()
            .is_some_and(|it| it.contains("refuses this machine's token"))
    });
    let log = server.log();
    assert_eq!(log.matches("work goes on").count(), 1, "{log}");
    assert!(log.contains("hub tokens add"), "{log}");
}

#[test]
fn wrong_flags_are_refused_before_anything_starts() {
    let scenario = v2::shots();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("token");
    std::fs::write(&file, "  \n").unwrap();
    let empty = file.to_str().unwrap();
    for (arguments, code, words) in [
        (&["--hub", "http://10.0.0.1"][..], 64, "is not encrypted"),
        (&["--hub", "publish"], 64, "is no address of a server"),
        (&["--hub-send", "records"], 64, "--hub"),
        (
            &["--hub", "http://127.0.0.1:1", "--hub-send", "all"],
            64,
            "data:KEY",
        ),
        (&["--hub", "http://127.0.0.1:1"], 1, "PYBLISH_HUB_TOKEN"),
        (
            &["--hub", "http://127.0.0.1:1", "--hub-token-file", empty],
            1,
            "--hub-token-file",
        ),
        (
            &[
                "--hub",
                "http://127.0.0.1:1",
                "--hub-token-file",
                "/nowhere",
            ],
            1,
            "/nowhere",
        ),
        (
            &[
                "--hub",
                "https://127.0.0.1:1",
                "--hub-token-file",
                "/nowhere",
                "--hub-ca",
                "/nowhere.pem",
            ],
            1,
            "/nowhere",
        ),
    ] {
        let mut command = serve();
        command
            .args(scenario.arguments())
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments);
        let (output, said) = run(command);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn site_configuration_names_the_hub() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let place = tempfile::tempdir().unwrap();
    let scenario = v2::shots();
    let of_machine = token(&postgres, &["--machine", "ws1"]);
    let file = place.path().join("site.toml");
    let config = format!(
        "[serve]\nhub = {:?}\nhub-send = [\"records\", \"data:family\"]\n",
        hub.address
    );
    std::fs::write(&file, config).unwrap();
    let mut command = serve();
    command
        .env("XDG_DATA_HOME", place.path())
        .env("PYBLISH_HUB_TOKEN", &of_machine)
        .env("PYBLISH_ENDPOINT_CONFIG", &file)
        .args(scenario.arguments());
    let server = Server::start_with(command);
    publish(&server);
    until_sent(&server);
    let records = postgres.sql("SELECT count(*) > 0 FROM events WHERE body::text LIKE '%looking%'");
    assert_eq!(records, ["t"]);
    let data = postgres.sql("SELECT body -> 'instance' -> 'data' FROM events WHERE name = 'instanceAdded' AND body::text LIKE '%good%'");
    assert_eq!(data, [r#"{"family":"shot"}"#]);
}
