//! Where the server listens, and under which names: the loopback, a unix socket, and beyond this machine.

use std::sync::Arc;

use pyblish_endpoint_tests::raw::{Raw, ask};
use pyblish_endpoint_tests::v2::shots;
use pyblish_endpoint_tests::{Server, serve};
use serde_json::{Value, json};

use super::talk::{HELLO, STATE, host, refused, start};

#[test]
fn a_host_of_another_name_is_refused_before_anything_is_looked_at() {
    let scenario = shots();
    let server = start(&scenario, &["--allow-name", "studio.example"]);
    let port = server.host().rsplit(':').next().unwrap();
    let get = format!("GET {HELLO}");
    let with = |hosts: &[&str]| {
        let lines: Vec<_> = hosts.iter().map(|host| format!("host: {host}")).collect();
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        ask(&server, &get, &lines, "").status
    };
    for name in ["127.0.0.1", "[::1]", "localhost", "studio.example"] {
        assert_eq!(with(&[&format!("{name}:{port}")]), 200, "{name}");
        assert_eq!(with(&[&format!("{name}:1")]), 403, "{name}");
        assert_eq!(with(&[name]), 403, "{name}");
    }
    for name in [
        "evil.example",
        "localhost.evil.example",
        "a.studio.example",
        "0.0.0.0",
        "127.1",
        "localhost.",
    ] {
        assert_eq!(with(&[&format!("{name}:{port}")]), 403, "{name}");
    }
    let right = format!("localhost:{port}");
    assert_eq!(with(&[]), 400);
    assert_eq!(with(&[&right, &right]), 400);
    // As to a proxy.
    let start = format!("GET http://evil.example:{port}{HELLO}");
    assert_eq!(
        ask(&server, &start, &[&format!("host: {right}")], "").status,
        403
    );
    // Before it is looked at whether there is such a route, or a token.
    let heard = ask(
        &server,
        "GET /pyblish/v2/nothing",
        &["host: evil.example"],
        "",
    );
    assert_eq!(
        (heard.status, heard.json()["status"].as_u64()),
        (403, Some(403))
    );
}

/// A certificate for `localhost` and its key, as PEM.
fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

#[test]
fn beyond_the_loopback_it_listens_with_a_flag_a_token_and_tls_only() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key) = certificate();
    std::fs::write(path("cert.pem"), &certificate).unwrap();
    std::fs::write(path("key.pem"), &key).unwrap();
    let (cert_file, key_file) = (path("cert.pem"), path("key.pem"));
    let everywhere = ["--listen", "0.0.0.0:0"];
    let remote = [&everywhere[..], &["--allow-remote"]].concat();
    let tls = ["--tls-cert", &cert_file, "--tls-key", &key_file];
    refused(&everywhere, &["other machines", "--allow-remote"]);
    refused(&remote, &["without TLS", "--tls-cert"]);
    refused(&[&everywhere[..], &tls].concat(), &["--allow-remote"]);
    refused(
        &[&remote[..], &tls].concat(),
        &["0.0.0.0:0", "--allow-name"],
    );
    refused(
        &[&remote[..], &tls, &["--no-auth"]].concat(),
        &["--no-auth"],
    );
    refused(&[&remote[..], &tls[..2]].concat(), &["--tls-key"]);
    let swapped = ["--tls-cert", &key_file[..], "--tls-key", &cert_file];
    refused(&swapped, &["key.pem", "no certificate"]);
    let missing = ["--tls-cert", &cert_file[..], "--tls-key", "none.pem"];
    refused(&missing, &["none.pem", "--tls-key"]);

    let scenario = shots();
    let mut command = serve();
    command.args(scenario.arguments()).args(&remote).args(tls);
    command.args(["--allow-name", "localhost"]);
    let server = Server::start_there(command);
    assert!(
        server.address.starts_with("https://localhost:"),
        "{}",
        server.address
    );
    let mut secured = secured(&server, &certificate);
    let (host, token) = (host(&server), server.authorization());
    assert_eq!(
        secured.ask(&format!("GET {STATE}"), &[&host], "").status,
        401
    );
    assert_eq!(
        secured
            .ask(&format!("GET {STATE}"), &[&host, &token], "")
            .status,
        200
    );
    let page = server.started["page"].as_str().unwrap();
    let path = page.strip_prefix(&server.address).unwrap();
    let entered = secured.ask(&format!("GET {path}"), &[&host], "");
    assert!(
        entered
            .header("set-cookie")
            .unwrap()
            .ends_with("; Path=/; Secure")
    );
    // Who does not speak TLS hears nothing.
    let mut plain = Raw::to(&server);
    plain.say(&format!("GET {HELLO} HTTP/1.1\r\n{host}\r\n\r\n"));
    let heard = plain.try_hear();
    assert!(heard.is_none(), "{heard:?}");
}

/// A connection with TLS, to who has this certificate.
#[track_caller]
fn secured(server: &Server, certificate: &str) -> Raw<impl std::io::Read + std::io::Write + use<>> {
    use tokio_rustls::rustls::pki_types::CertificateDer;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::{
        ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring,
    };
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    Raw(StreamOwned::new(client, Raw::to(server).0))
}

#[cfg(unix)]
#[test]
fn a_unix_socket_is_its_users_alone_and_asks_for_the_token_too() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("server.sock");
    let text = path.to_str().unwrap();
    let scenario = shots();
    let start = || {
        let mut command = serve();
        command.args(scenario.arguments()).args(["--socket", text]);
        Server::start_there(command)
    };
    let mut server = start();
    assert_eq!(server.address, format!("unix:{text}"));
    assert_eq!(server.started["page"], Value::Null);
    let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let mut raw = Raw(UnixStream::connect(&path).unwrap());
    let token = server.authorization();
    assert_eq!(
        raw.ask(&format!("GET {HELLO}"), &["host: localhost"], "")
            .status,
        200
    );
    assert_eq!(
        raw.ask(&format!("GET {STATE}"), &["host: localhost"], "")
            .status,
        401
    );
    assert_eq!(
        raw.ask(&format!("GET {STATE}"), &["host: localhost", &token], "")
            .status,
        200
    );
    assert_eq!(
        raw.ask(&format!("GET {HELLO}"), &["host: evil.example"], "")
            .status,
        403
    );
    drop(raw);

    refused(&["--socket", text], &[text, "in use"]);
    assert_eq!(server.interrupt(), Some(0));
    let left: Vec<_> = std::fs::read_dir(place.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    // What a server that was killed has left is in nobody's way; what is no socket stays.
    drop(start());
    assert!(path.exists());
    let server = start();
    assert_eq!(json!(server.address), server.started["address"]);
    let file = place.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    refused(
        &["--socket", file.to_str().unwrap()],
        &["exists", "--socket"],
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}
