//! Who may do what.

use pyblish_endpoint_tests::hub::{API, hub_command, post_bytes, start_hub, token};
use pyblish_endpoint_tests::postgres::Postgres;
use pyblish_endpoint_tests::{Server, run};
use pyblish_promise::promise_eq;
use serde_json::{Value, json};

const READS: [&str; 11] = [
    "/runs",
    "/running",
    "/choices",
    "/me",
    "/failures?plugin=a",
    "/sessions",
    "/machines",
    "/versions",
    "/plugins",
    "/dropped-months",
    "/events",
];

/// The status and the code of the answer to this token.
fn asked(hub: &mut Server, token: Option<&str>, path: &str) -> (u16, Value) {
    hub.token = token.map(str::to_owned);
    let answer = hub.send("GET", &format!("{API}{path}"));
    (answer.status, answer.body["code"].clone())
}

#[test]
fn each_token_does_only_what_it_is_for() {
    let postgres = Postgres::start();
    let mut hub = start_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let viewer = token(&postgres, &["--role", "viewer", "--name", "anna"]);
    let supervisor = token(&postgres, &["--role", "supervisor", "--name", "berta"]);
    let admin = token(&postgres, &["--role", "admin", "--name", "carla"]);
    for path in READS
        .into_iter()
        .chain([
            "/tokens",
            "/webhooks",
            "/audit",
            "/runs/1",
            "/runs/1/results",
        ])
        .chain(["/runs/1/plugins", "/runs/1/report"])
    {
        assert_eq!(
            asked(&mut hub, None, path),
            (401, json!("unauthorized")),
            "{path}"
        );
        let wrong = "0".repeat(64);
        assert_eq!(
            asked(&mut hub, Some(&wrong), path),
            (401, json!("unauthorized")),
            "{path}"
        );
        promise_eq!(
            "HUB-05",
            asked(&mut hub, Some(&machine), path),
            (403, json!("forbidden")),
            "{path}"
        );
    }
    for person in [&viewer, &supervisor, &admin] {
        // A stream of events does not end.
        for path in &READS[..10] {
            assert_eq!(asked(&mut hub, Some(person), path).0, 200, "{path}");
        }
        let sent = post_bytes(&hub.address, Some(person), Some("zstd"), b"");
        assert_eq!(
            (sent.status, &sent.body["code"]),
            (403, &json!("forbidden"))
        );
    }
    assert_eq!(
        post_bytes(&hub.address, None, Some("zstd"), b"").status,
        401
    );
    for person in [&viewer, &supervisor] {
        for path in ["/tokens", "/audit", "/webhooks", "/webhooks/1/failed"] {
            assert_eq!(
                asked(&mut hub, Some(person), path),
                (403, json!("forbidden")),
                "{path}"
            );
        }
    }
    hub.token = Some(admin);
    let tokens = hub.send("GET", &format!("{API}/tokens")).ok();
    assert_eq!(tokens["total"], 4);
    // Nowhere is a token itself.
    let dump = postgres.sql("SELECT * FROM tokens").join("\n")
        + &postgres.sql("SELECT * FROM audit").join("\n");
    for token in [&machine, &viewer, &supervisor] {
        assert!(!dump.contains(token.as_str()) && !tokens.to_string().contains(token.as_str()));
    }
}

#[test]
fn removed_token_is_refused_at_once() {
    let postgres = Postgres::start();
    let mut hub = start_hub(&postgres);
    let viewer = token(&postgres, &["--role", "viewer", "--name", "anna"]);
    assert_eq!(asked(&mut hub, Some(&viewer), "/runs").0, 200);
    let (removed, said) = run(hub_command(&postgres, &["tokens", "remove", "1"]));
    assert!(removed.status.success(), "{said}");
    assert_eq!(
        asked(&mut hub, Some(&viewer), "/runs"),
        (401, json!("unauthorized"))
    );
    let (again, said) = run(hub_command(&postgres, &["tokens", "remove", "1"]));
    assert_eq!(again.status.code(), Some(1));
    assert!(said.contains("no token 1 in force"), "{said}");
    let listed = |more: &[&str]| {
        let (listed, said) = run(hub_command(
            &postgres,
            &[&["tokens", "list", "--json"], more].concat(),
        ));
        assert!(listed.status.success(), "{said}");
        serde_json::from_slice::<Value>(&listed.stdout).unwrap()
    };
    assert_eq!(listed(&[]), json!([]));
    assert_eq!(listed(&["--all"])[0]["name"], "anna");
    // Who did what is kept.
    let audit = postgres.sql("SELECT what FROM audit ORDER BY id");
    assert_eq!(
        audit,
        [
            "made the token 1 with the role viewer for anna",
            "removed the token 1 with the role viewer of anna",
        ]
    );
}

#[test]
fn wrong_command_line_is_refused() {
    let postgres = Postgres::start();
    for (arguments, code, words) in [
        (&["tokens", "add"][..], 64, "--machine"),
        (&["tokens", "add", "--role", "viewer"], 64, "--name"),
        (
            &["tokens", "add", "--role", "king", "--name", "a"],
            64,
            "supervisor",
        ),
        (
            &[
                "tokens",
                "add",
                "--machine",
                "a",
                "--role",
                "viewer",
                "--name",
                "a",
            ],
            64,
            "cannot be used with",
        ),
        (&["--listen", "0.0.0.0:0"], 1, "--allow-remote"),
        (
            &["--database", "postgres://hub@db:x/y"],
            1,
            "address of the database is wrong",
        ),
        (
            &["--database", "host=/nowhere user=hub"],
            1,
            "the database cannot be reached",
        ),
    ] {
        let (output, said) = run(hub_command(&postgres, arguments));
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    let mut without = hub_command(&postgres, &[]);
    without.env_remove("PYBLISH_HUB_DATABASE");
    let (output, said) = run(without);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("PYBLISH_HUB_DATABASE"), "{said}");
}
