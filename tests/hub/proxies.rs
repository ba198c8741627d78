//! Proxies in front of a hub: whose header is believed.

use pyblish_endpoint_tests::hub::{API, hub_command, token};
use pyblish_endpoint_tests::postgres::Postgres;
use pyblish_endpoint_tests::{Server, run};
use serde_json::json;

/// Who the record says has added a webhook, to a hub with these flags and a request with this header.
fn recorded(arguments: &[&str], header: (&str, &str)) -> String {
    let postgres = Postgres::start();
    let mut hub = Server::start_with(hub_command(&postgres, arguments));
    hub.token = Some(token(&postgres, &["--role", "admin", "--name", "anna"]));
    let new = json!({"name": "chat", "url": "https://chat.example/"});
    let added = hub.send_json("POST", &format!("{API}/webhooks"), &new, &[header]);
    assert_eq!(added.status, 201, "{}", added.body);
    postgres.sql("SELECT who FROM audit ORDER BY id DESC LIMIT 1")[0].clone()
}

#[test]
fn named_header_of_a_named_proxy_counts() {
    let header = ("x-forwarded-for", "6.6.6.6, 10.1.2.3");
    let named = [
        "--proxy-header",
        "X-Forwarded-For",
        "--proxy",
        "127.0.0.0/8",
    ];
    assert_eq!(recorded(&named, header), "anna (token 1) at 10.1.2.3");
    // Another proxy is named, another header, or none.
    let other = ["--proxy-header", "X-Forwarded-For", "--proxy", "10.9.9.9"];
    assert_eq!(recorded(&other, header), "anna (token 1) at 127.0.0.1");
    assert_eq!(
        recorded(&named, ("x-real-ip", "10.1.2.3")),
        "anna (token 1) at 127.0.0.1"
    );
    assert_eq!(recorded(&[], header), "anna (token 1) at 127.0.0.1");
}

#[test]
fn wrong_flags_are_refused() {
    let postgres = Postgres::start();
    for (arguments, words) in [
        (
            &["--proxy-header", "X-Forwarded-For"][..],
            "--proxy <ADDRESS|NETWORK>",
        ),
        (&["--proxy", "10.0.0.5"], "--proxy-header"),
        (
            &["--proxy-header", "X-Forwarded-For", "--proxy", "proxy.lan"],
            "such as 10.20.0.5",
        ),
        (
            &["--proxy-header", "a b", "--proxy", "10.0.0.5"],
            "--proxy-header",
        ),
        (&["--keep-months", "0"], "--keep-months"),
    ] {
        let (output, said) = run(hub_command(&postgres, arguments));
        assert_eq!(output.status.code(), Some(64), "{said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}
