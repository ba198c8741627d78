//! A hub with TLS, as machines and people reach it.

use std::fs;
use std::path::Path;
use std::process::Command;

use pyblish_endpoint_tests::hub::{hub_command, sends_to, token, until};
use pyblish_endpoint_tests::postgres::Postgres;
use pyblish_endpoint_tests::{Server, run, serve, v2};

use crate::machine::{publish, session, until_sent};

/// A certificate for `localhost` and its key, in this folder.
fn certificate(folder: &Path, name: &str) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let path = |what: &str| folder.join(format!("{name}-{what}.pem"));
    fs::write(path("cert"), made.cert.pem()).unwrap();
    fs::write(path("key"), made.signing_key.serialize_pem()).unwrap();
    let text = |what: &str| path(what).to_str().unwrap().to_owned();
    (text("cert"), text("key"))
}

/// A server that sends to this hub, and trusts this certificate.
fn server(hub: &Server, token: &str, place: &Path, ca: &str) -> Server {
    let mut command: Command = serve();
    let scenario = v2::shots();
    command
        .env("XDG_DATA_HOME", place)
        .args(scenario.arguments());
    let port = hub.address.rsplit(':').next().unwrap();
    sends_to(
        &mut command,
        &format!("https://localhost:{port}"),
        token,
        place,
    );
    command.args(["--hub-ca", ca]);
    let server = Server::start_with(command);
    publish(&server);
    server
}

#[test]
fn machines_send_with_tls_to_the_hub_they_trust() {
    let postgres = Postgres::start();
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = certificate(folder.path(), "hub");
    let (other, other_key) = certificate(folder.path(), "other");
    let hub = Server::start_with(hub_command(
        &postgres,
        &["--tls-cert", &cert, "--tls-key", &key],
    ));
    assert!(hub.address.starts_with("https://"), "{}", hub.address);
    let machine = token(&postgres, &["--machine", "ws1"]);
    let place = tempfile::tempdir().unwrap();
    let sends = server(&hub, &machine, place.path(), &cert);
    until_sent(&sends);
    let place = tempfile::tempdir().unwrap();
    let refuses = server(&hub, &machine, place.path(), &other);
    until("the failure is said", || {
        let failure = session(&refuses)["hub"]["failure"].clone();
        failure.as_str().is_some_and(|it| it.contains("ertificate"))
    });
    // In the clear there is nothing.
    let plain = hub.address.replacen("https", "http", 1);
    assert!(
        ureq::get(format!("{plain}/pyblish/hub/v1/runs"))
            .call()
            .is_err()
    );
    // Another key than that of the certificate does not start.
    let (output, said) = run(hub_command(
        &postgres,
        &["--tls-cert", &cert, "--tls-key", &other_key],
    ));
    assert_eq!(output.status.code(), Some(1), "{said}");
}
