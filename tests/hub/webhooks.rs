//! Who is told of runs that ended, and how.

use std::collections::BTreeSet;
use std::process::Output;

use pyblish_endpoint_tests::hub::{API, hub_command, post_events, start_hub, token, until};
use pyblish_endpoint_tests::postgres::Postgres;
use pyblish_endpoint_tests::{Server, run as run_command};
use serde_json::{Value, json};

use crate::receiver::{Receiver, Reply, status};
use crate::run_batch::{LONG_AGO, now, run};

/// A hub whose webhooks may lead to this machine.
#[track_caller]
fn open_hub(postgres: &Postgres) -> Server {
    Server::start_with(hub_command(postgres, &["--webhook-allow", "127.0.0.1"]))
}

/// Runs `hub webhooks` with these arguments.
#[track_caller]
fn webhooks(postgres: &Postgres, arguments: &[&str]) -> (Output, String) {
    run_command(hub_command(
        postgres,
        &[&["webhooks"][..], arguments].concat(),
    ))
}

/// Adds a webhook. Returns its id and its secret.
#[track_caller]
fn add(postgres: &Postgres, url: &str, more: &[&str]) -> (String, String) {
    let name = ["add", "--json", "--name", "test", "--url", url];
    let (added, said) = webhooks(postgres, &[&name[..], more].concat());
    assert!(added.status.success(), "{said}");
    let added: Value = serde_json::from_slice(&added.stdout).expect("JSON");
    let secret = added["secret"].as_str().expect("a secret").to_owned();
    (added["id"].to_string(), secret)
}

/// Waits until no message waits to be sent.
#[track_caller]
fn until_all_sent(postgres: &Postgres) {
    until("all messages are sent", || {
        postgres.sql("SELECT count(*) FROM deliveries WHERE tries_left > 0 OR due > now()") == ["0"]
    });
}

/// Lets what waits for its next try be tried now.
fn hurry(postgres: &Postgres) {
    postgres.sql("UPDATE deliveries SET due = now() WHERE tries_left > 0");
}

#[test]
fn end_of_a_run_is_told_as_a_signed_cloud_event() {
    let postgres = Postgres::start();
    let hub = open_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let receiver = Receiver::start(status(204));
    let (_, secret) = add(&postgres, &format!("{}/hook?key=1", receiver.address), &[]);
    let lines = run("folder-1", 2, LONG_AGO, "anna", "bunny", true)
        .replace("\"first\":6", "\"first\":6,\"forgotten\":5");
    post_events(&hub.address, &machine, &lines).ok();
    let got = receiver.next();
    assert_eq!(got.path, "/hook?key=1");
    assert_eq!(got.headers["content-type"], "application/cloudevents+json");
    assert_eq!(got.signatures(&secret), (1, true));
    let event = got.json();
    assert_eq!(event["id"], got.headers["webhook-id"].as_str());
    for (member, value) in [
        ("specversion", "1.0"),
        ("type", "com.pyblish.endpoint.run.ended"),
        ("source", "/pyblish/hub/v1"),
        ("subject", "runs/1"),
        ("time", "2023-11-14T22:13:23.000000Z"),
        ("datacontenttype", "application/json"),
    ] {
        assert_eq!(event[member], value, "{member}");
    }
    let data = &event["data"];
    for (member, value) in [
        ("machine", json!("ws1")),
        ("runId", json!("r2")),
        ("state", json!("failed")),
        ("user", json!("anna")),
        ("project", json!("bunny")),
        ("adapter", json!("folder")),
        ("comment", json!("take 2")),
        ("succeeded", json!(1)),
        ("failed", json!(1)),
        ("published", json!([])),
        (
            "failures",
            json!([{"plugin": "ValidateMesh", "instance": "hero", "message": "the mesh has ngons"}]),
        ),
    ] {
        assert_eq!(data[member], value, "{member}");
    }
    until_all_sent(&postgres);
    assert_eq!(postgres.sql("SELECT count(*) FROM deliveries"), ["0"]);
    // The same events again tell nothing again.
    post_events(&hub.address, &machine, &lines).ok();
    assert_eq!(postgres.sql("SELECT count(*) FROM deliveries"), ["0"]);
    assert!(receiver.rest().is_empty());
}

#[test]
fn chat_is_told_what_was_published() {
    let postgres = Postgres::start();
    let hub = open_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let receiver = Receiver::start(status(200));
    let text = ["--published", "--text", "{published} published by {user}"];
    add(&postgres, &receiver.address, &text);
    let post = |number, since, user, fails| {
        let lines = run("a", number, since, user, "bunny", fails);
        post_events(&hub.address, &machine, &lines).ok();
    };
    // A chat is not told what happened long ago, or of runs that published nothing.
    post(1, LONG_AGO, "anna", false);
    post(2, now(), "anna", true);
    post(3, now(), "<!channel>", false);
    let got = receiver.next();
    assert_eq!(got.headers["content-type"], "application/json");
    assert_eq!(
        got.json(),
        json!({"text": "hero v003 published by &lt;!channel&gt;"})
    );
    until_all_sent(&postgres);
    assert!(receiver.rest().is_empty());
}

#[test]
fn each_webhook_is_told_of_the_runs_it_asks_for() {
    let postgres = Postgres::start();
    let hub = open_hub(&postgres);
    let receiver = Receiver::start(status(200));
    let filters: [(&[&str], &[&str]); 8] = [
        (&[], &["r1 ws1", "r2 ws1", "r1 ws2", "r2 ws2"]),
        (&["--state", "failed"], &["r2 ws1", "r2 ws2"]),
        (
            &["--state", "failed", "--state", "succeeded"],
            &["r1 ws1", "r2 ws1", "r1 ws2", "r2 ws2"],
        ),
        (&["--project", "bunny"], &["r1 ws1", "r2 ws1"]),
        (&["--user", "berta", "--state", "succeeded"], &["r1 ws2"]),
        (&["--failed-plugin", "ValidateMesh"], &["r2 ws1", "r2 ws2"]),
        (&["--failed-plugin", "Collect"], &[]),
        (
            &["--adapter", "folder", "--published"],
            &["r1 ws1", "r1 ws2"],
        ),
    ];
    for (number, (filter, _)) in filters.iter().enumerate() {
        add(&postgres, &format!("{}/{number}", receiver.address), filter);
    }
    for (name, user, project) in [("ws1", "anna", "bunny"), ("ws2", "berta", "sintel")] {
        let machine = token(&postgres, &["--machine", name]);
        for number in 1..=2 {
            let lines = run("a", number, now(), user, project, number == 2);
            post_events(&hub.address, &machine, &lines).ok();
        }
    }
    until_all_sent(&postgres);
    let told: BTreeSet<String> = receiver
        .rest()
        .iter()
        .map(|got| {
            let data = got.json()["data"].take();
            let text = |member: &str| data[member].as_str().unwrap().to_owned();
            format!("{} {} {}", got.path, text("runId"), text("machine"))
        })
        .collect();
    let expected: BTreeSet<String> = filters
        .iter()
        .enumerate()
        .flat_map(|(number, (_, runs))| runs.iter().map(move |run| format!("/{number} {run}")))
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn interrupted_run_is_told() {
    let postgres = Postgres::start();
    let hub = open_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let receiver = Receiver::start(status(200));
    add(&postgres, &receiver.address, &["--state", "interrupted"]);
    let whole = run("a", 1, now(), "anna", "bunny", true);
    let cut: Vec<_> = whole.lines().take(5).collect();
    post_events(&hub.address, &machine, &cut.join("\n")).ok();
    let closed = cut[0]
        .replace("\"first\":1", "\"first\":5")
        .replace("\"open\":true", "\"open\":false");
    post_events(&hub.address, &machine, &closed).ok();
    let data = receiver.next().json()["data"].take();
    assert_eq!(
        (&data["state"], &data["failed"], &data["ended"]),
        (&json!("interrupted"), &json!(1), &Value::Null)
    );
}

#[test]
fn what_nobody_takes_is_tried_again_and_kept() {
    let postgres = Postgres::start();
    let hub = open_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let receiver = Receiver::start(status(500));
    let (id, secret) = add(&postgres, &receiver.address, &[]);
    let lines = run("a", 1, now(), "anna", "bunny", false);
    post_events(&hub.address, &machine, &lines).ok();
    let first = receiver.next();
    let waiting = |left: &str| {
        until("the failure is kept", || {
            postgres.sql(
                "SELECT tries_left, failure FROM deliveries WHERE due > now() - interval '1 s'",
            ) == [format!("{left}|it answers 500: what it says")]
        });
    };
    waiting("7");
    // The next try is some seconds away, and it is the same message.
    let wait = postgres.sql("SELECT due - now() BETWEEN '1 s' AND '6 s' FROM deliveries");
    assert_eq!(wait, ["t"]);
    hurry(&postgres);
    let second = receiver.next();
    waiting("6");
    let wait = postgres.sql("SELECT due - now() BETWEEN '3 min' AND '7 min' FROM deliveries");
    assert_eq!(wait, ["t"]);
    assert_eq!(
        (&first.headers["webhook-id"], &first.body),
        (&second.headers["webhook-id"], &second.body)
    );
    assert_eq!(second.signatures(&secret), (1, true));
    // After the last try it is listed.
    let failed = || {
        let (listed, said) = webhooks(&postgres, &["failed", &id, "--json"]);
        assert!(listed.status.success(), "{said}");
        serde_json::from_slice::<Value>(&listed.stdout).unwrap()
    };
    assert_eq!(failed(), json!([]));
    postgres.sql("UPDATE deliveries SET tries_left = 1, due = now()");
    receiver.next();
    until("it is listed", || {
        failed()[0]["failure"] == "it answers 500: what it says"
    });
    assert_eq!(failed()[0]["message"], first.headers["webhook-id"].as_str());
    // It can be sent again.
    receiver.answers(status(200));
    let (resent, said) = webhooks(&postgres, &["resend", &id]);
    assert!(
        resent.status.success() && said.contains("sent again: 1"),
        "{said}"
    );
    assert_eq!(receiver.next().body, first.body);
    until_all_sent(&postgres);
    assert_eq!(failed(), json!([]));
    let (none, said) = webhooks(&postgres, &["resend", &id, "--message", "99"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(said.contains("no message 99 that failed"), "{said}");
    // A receiver that is gone for good is not asked again.
    receiver.answers(status(410));
    let lines = run("a", 2, now(), "anna", "bunny", false);
    post_events(&hub.address, &machine, &lines).ok();
    receiver.next();
    until("it is listed", || {
        failed()[0]["failure"] == "it answers 410: what it says"
    });
    assert!(hub.log().contains("hub webhooks failed"));
}

#[test]
fn message_outlives_its_hub() {
    let postgres = Postgres::start();
    let machine = token(&postgres, &["--machine", "ws1"]);
    let receiver = Receiver::start(Reply::Silence);
    add(&postgres, &receiver.address, &[]);
    let hub = open_hub(&postgres);
    let lines = run("a", 1, now(), "anna", "bunny", false);
    post_events(&hub.address, &machine, &lines).ok();
    let first = receiver.next();
    // It is killed while the message is on its way.
    drop(hub);
    receiver.answers(status(200));
    hurry(&postgres);
    let _hub = open_hub(&postgres);
    assert_eq!(
        receiver.next().headers["webhook-id"],
        first.headers["webhook-id"]
    );
    until_all_sent(&postgres);
}

#[test]
fn two_hubs_send_each_message_once() {
    let postgres = Postgres::start();
    let (one, _other) = (open_hub(&postgres), open_hub(&postgres));
    let machine = token(&postgres, &["--machine", "ws1"]);
    let receiver = Receiver::start(status(200));
    for _ in 0..3 {
        add(&postgres, &receiver.address, &[]);
    }
    for number in 1..=20 {
        let lines = run("a", number, now(), "anna", "bunny", false);
        post_events(&one.address, &machine, &lines).ok();
    }
    until_all_sent(&postgres);
    let all = receiver.rest();
    let ids: BTreeSet<_> = all.iter().map(|got| &got.headers["webhook-id"]).collect();
    assert_eq!((all.len(), ids.len()), (60, 60));
}

#[test]
fn webhook_that_hangs_keeps_nobody_else_waiting() {
    let postgres = Postgres::start();
    let hub = open_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let (hangs, works) = (
        Receiver::start(Reply::Silence),
        Receiver::start(status(200)),
    );
    add(&postgres, &hangs.address, &[]);
    add(&postgres, &works.address, &[]);
    let post = |number| {
        let lines = run("a", number, now(), "anna", "bunny", false);
        post_events(&hub.address, &machine, &lines).ok();
    };
    post(1);
    hangs.next();
    // While it hangs, all others come through.
    for number in 2..=5 {
        post(number);
    }
    for _ in 1..=5 {
        works.next();
    }
    assert!(hangs.rest().is_empty());
    until("only its own messages wait", || {
        postgres.sql("SELECT webhook_id, count(*) FROM deliveries GROUP BY webhook_id") == ["1|5"]
    });
}

#[test]
fn secret_is_rotated_with_both_in_force() {
    let postgres = Postgres::start();
    let _hub = open_hub(&postgres);
    let receiver = Receiver::start(status(200));
    let (id, first) = add(&postgres, &receiver.address, &["--text", "{comment}"]);
    let (rotated, said) = webhooks(&postgres, &["rotate", &id]);
    assert!(
        rotated.status.success() && said.contains("the one before"),
        "{said}"
    );
    let second = String::from_utf8(rotated.stdout).unwrap().trim().to_owned();
    let test = || {
        let (tested, said) = webhooks(&postgres, &["test", &id]);
        assert!(
            tested.status.success() && said.contains("was taken"),
            "{said}"
        );
        receiver.next()
    };
    let got = test();
    assert_eq!(
        (got.signatures(&first), got.signatures(&second)),
        ((2, true), (2, true))
    );
    assert_eq!(got.json(), json!({"text": "a test of this webhook"}));
    postgres.sql("UPDATE webhooks SET former_until = now()");
    let got = test();
    assert_eq!(
        (got.signatures(&first), got.signatures(&second)),
        ((1, false), (1, true))
    );
}

#[test]
fn admins_manage_webhooks_and_nobody_else() {
    let postgres = Postgres::start();
    let mut hub = open_hub(&postgres);
    let receiver = Receiver::start(status(200));
    let new = json!({"name": "chat", "url": format!("{}/s3cret", receiver.address), "text": "{state}",
        "filter": {"states": ["failed"]}});
    let path = format!("{API}/webhooks");
    for whose in [
        &["--machine", "ws1"][..],
        &["--role", "viewer", "--name", "anna"],
        &["--role", "supervisor", "--name", "berta"],
    ] {
        hub.token = Some(token(&postgres, whose));
        assert_eq!(hub.send("GET", &path).status, 403);
        assert_eq!(hub.send_json("POST", &path, &new, &[]).status, 403);
    }
    hub.token = Some(token(&postgres, &["--role", "admin", "--name", "carla"]));
    // Sent twice, it is done once.
    let key = [("idempotency-key", "k1")];
    let added = hub.send_json("POST", &path, &new, &key);
    assert_eq!(added.status, 201, "{}", added.body);
    assert_eq!(hub.send_json("POST", &path, &new, &key), added);
    let other = json!({"name": "other", "url": "https://chat.example/"});
    let refused = hub.send_json("POST", &path, &other, &key);
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("key-reused"))
    );
    let listed = hub.send("GET", &path).ok();
    assert_eq!(listed["total"], 1);
    let (item, secret) = (&listed["items"][0], added.body["secret"].as_str().unwrap());
    assert_eq!(item["address"], format!("{}/…", receiver.address));
    assert_eq!(item["filter"]["states"], json!(["failed"]));
    let shown = listed.to_string() + &postgres.sql("SELECT * FROM audit").join("\n");
    assert!(!shown.contains("s3cret") && !shown.contains(secret));
    let id = &added.body["id"];
    let one = format!("{path}/{id}");
    let tested = hub.send_json("POST", &format!("{one}/test"), &json!({}), &[]);
    assert_eq!(tested.status, 202);
    assert_eq!(receiver.next().signatures(secret), (1, true));
    let renewed = hub.send_json("POST", &format!("{one}/secret"), &json!({}), &[]);
    assert!(
        renewed.ok()["secret"]
            .as_str()
            .unwrap()
            .starts_with("whsec_")
    );
    let failed = hub.send("GET", &format!("{one}/failed")).ok();
    assert_eq!(failed["items"], json!([]));
    let resent = hub.send_json("POST", &format!("{one}/resend"), &json!({}), &[]);
    assert_eq!((resent.status, &resent.body["count"]), (202, &json!(0)));
    for (body, words) in [
        (
            json!({"name": "", "url": "https://chat.example/"}),
            "1 to 200 characters",
        ),
        (
            json!({"name": "a", "url": "ftp://chat.example/"}),
            "write it like",
        ),
        (
            json!({"name": "a", "url": "https://chat.example/", "text": "{nothing}"}),
            "no field {nothing}",
        ),
        (
            json!({"name": "a", "url": "https://chat.example/", "filter": {"states": ["running"]}}),
            "no run ends in the state",
        ),
        (
            json!({"name": "a", "url": "https://chat.example/", "colour": 1}),
            "colour",
        ),
    ] {
        let refused = hub.send_json("POST", &path, &body, &[]);
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (422, &json!("unprocessable")),
            "{body}"
        );
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{detail}");
    }
    assert_eq!(hub.send("DELETE", &one).status, 204);
    let gone = hub.send("DELETE", &one);
    assert_eq!(
        (gone.status, &gone.body["code"]),
        (404, &json!("unknown-webhook"))
    );
    // Who did what is kept.
    let audit = postgres.sql("SELECT who, what FROM audit WHERE what LIKE '%webhook%' ORDER BY id");
    let who = "carla (token 4) at 127.0.0.1";
    let address = &receiver.address;
    assert_eq!(
        audit,
        [
            format!("{who}|added the webhook 1 (chat) to {address}/…"),
            format!("{who}|gave the webhook 1 (chat) another secret"),
            format!("{who}|sent messages of the webhook 1 (chat) again: 0"),
            format!("{who}|removed the webhook 1 (chat)"),
        ]
    );
}

#[test]
fn command_line_lists_and_removes() {
    let postgres = Postgres::start();
    let (empty, _) = webhooks(&postgres, &["list"]);
    assert!(String::from_utf8_lossy(&empty.stdout).contains("hub webhooks add"));
    let (id, secret) = add(
        &postgres,
        "https://chat.studio.lan/hooks/s3cret",
        &["--state", "failed", "--state", "lost", "--project", "bunny"],
    );
    let (listed, _) = webhooks(&postgres, &["list"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("https://chat.studio.lan/…"), "{listed}");
    assert!(
        listed.contains("state failed or lost, project bunny"),
        "{listed}"
    );
    let (json, _) = webhooks(&postgres, &["list", "--json"]);
    let json = String::from_utf8(json.stdout).unwrap();
    assert!(!listed.contains("s3cret") && !json.contains("s3cret"));
    assert!(!listed.contains(&secret) && !json.contains(&secret));
    let (removed, said) = webhooks(&postgres, &["remove", &id]);
    assert!(removed.status.success(), "{said}");
    let (again, said) = webhooks(&postgres, &["remove", &id]);
    assert_eq!(again.status.code(), Some(1));
    assert!(said.contains("hub webhooks list"), "{said}");
    let (wrong, said) = webhooks(&postgres, &["add", "--name", "a", "--url", "x"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(said.contains("write it like"), "{said}");
}

#[test]
fn hub_without_webhooks_has_none_to_send() {
    let postgres = Postgres::start();
    let hub = start_hub(&postgres);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let lines = run("a", 1, now(), "anna", "bunny", false);
    post_events(&hub.address, &machine, &lines).ok();
    assert_eq!(postgres.sql("SELECT count(*) FROM deliveries"), ["0"]);
}
