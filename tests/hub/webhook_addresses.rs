//! Where webhooks never lead.

use pyblish_endpoint_tests::hub::{hub_command, start_hub};
use pyblish_endpoint_tests::postgres::Postgres;
use pyblish_endpoint_tests::{Server, run};

use crate::receiver::{Receiver, Reply, status};

/// Tries a webhook to this address. Returns why it failed; none if the message was taken.
#[track_caller]
fn tried(postgres: &Postgres, url: &str) -> Option<String> {
    let add = ["webhooks", "add", "--json", "--name", "a", "--url", url];
    let (added, said) = run(hub_command(postgres, &add));
    assert!(added.status.success(), "{said}");
    let added: serde_json::Value = serde_json::from_slice(&added.stdout).expect("JSON");
    let id = added["id"].to_string();
    let (tested, said) = run(hub_command(postgres, &["webhooks", "test", &id]));
    (!tested.status.success()).then_some(said)
}

#[test]
fn this_machine_and_metadata_are_refused() {
    let postgres = Postgres::start();
    let _hub = start_hub(&postgres);
    let receiver = Receiver::start(status(200));
    let port = receiver.address.rsplit(':').next().unwrap();
    for (host, words) in [
        ("127.0.0.1", "this machine itself"),
        ("127.9.9.9", "this machine itself"),
        ("2130706433", "this machine itself"),
        ("0x7f.1", "this machine itself"),
        ("[::1]", "this machine itself"),
        ("[::ffff:127.0.0.1]", "this machine itself"),
        ("0.0.0.0", "a reserved address"),
        ("169.254.169.254", "the metadata service of a cloud"),
        ("[fd00:ec2::254]", "the metadata service of a cloud"),
        ("169.254.7.7", "a link-local address"),
        ("[fe80::1]", "a link-local address"),
    ] {
        for scheme in ["http", "https"] {
            let said = tried(&postgres, &format!("{scheme}://{host}:{port}/"));
            let said = said.expect("it is refused");
            assert!(
                said.contains(words) && said.contains("--webhook-allow"),
                "{host}: {said}"
            );
        }
    }
    // A name is looked up first.
    let said = tried(&postgres, &format!("https://localhost:{port}/")).expect("it is refused");
    assert!(
        said.contains("localhost leads to") && said.contains("this machine itself"),
        "{said}"
    );
    let said = tried(&postgres, "http://chat.example/").expect("it is refused");
    assert!(said.contains("in the clear"), "{said}");
    assert!(receiver.rest().is_empty());
}

#[test]
fn host_that_is_named_may_be_anywhere() {
    let postgres = Postgres::start();
    let _hub = Server::start_with(hub_command(&postgres, &["--webhook-allow", "localhost"]));
    let receiver = Receiver::start(status(200));
    let port = receiver.address.rsplit(':').next().unwrap();
    assert_eq!(tried(&postgres, &format!("http://localhost:{port}/")), None);
    receiver.next();
    // The name is allowed, and not the number that it leads to.
    assert!(tried(&postgres, &receiver.address).is_some());
    assert!(receiver.rest().is_empty());
}

#[test]
fn redirect_is_not_followed() {
    let postgres = Postgres::start();
    let _hub = Server::start_with(hub_command(&postgres, &["--webhook-allow", "127.0.0.1"]));
    let behind = Receiver::start(status(200));
    for code in [301, 302, 303, 307, 308] {
        let front = Receiver::start(Reply::Status(code, "location", behind.address.clone()));
        let said = tried(&postgres, &front.address).expect("it is not taken");
        let words = format!("it answers {code}, a redirect, which is not followed");
        assert!(said.contains(&words), "{said}");
        front.next();
    }
    assert!(behind.rest().is_empty());
}

#[test]
fn wrong_host_is_refused_at_start() {
    let postgres = Postgres::start();
    for host in ["https://chat.lan", "chat.lan:80", "a b", ""] {
        let (output, said) = run(hub_command(&postgres, &["--webhook-allow", host]));
        assert_eq!(output.status.code(), Some(64), "{said}");
        assert!(said.contains("such as chat.studio.lan"), "{said}");
    }
}
