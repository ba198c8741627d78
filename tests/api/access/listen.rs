//! Where the server listens, and under which names: the loopback, a unix socket, and beyond this
//! machine.

use std::sync::Arc;

use pyblish_endpoint_tests::raw::{Raw, ask};
use pyblish_endpoint_tests::v2::shots;
use pyblish_endpoint_tests::{Server, endpoint, run, serve};
use pyblish_promise::{promise, promise_by, promise_eq};
use serde_json::{Value, json};

use super::requests::{HELLO, STATE, host, refused, start};

#[test]
fn other_host_name_is_refused() {
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
        promise_eq!(
            "ACCESS-07",
            with(&[&format!("{name}:{port}")]),
            403,
            "{name}"
        );
    }
    let right = format!("localhost:{port}");
    assert_eq!(with(&[]), 400);
    promise_eq!("ACCESS-07", with(&[&right, &right]), 400);
    // The form that is sent to a proxy.
    let start = format!("GET http://evil.example:{port}{HELLO}");
    assert_eq!(
        ask(&server, &start, &[&format!("host: {right}")], "").status,
        403
    );
    // The name is checked before the route and the token.
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

/// The status of a GET of exactly this address.
#[track_caller]
fn got(server: &Server, url: &str) -> u16 {
    let rest = url.strip_prefix("http://").expect("http://");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    assert_eq!(host, server.host());
    let host = format!("host: {host}");
    ask(server, &format!("GET /{path}"), &[&host], "").status
}

#[test]
fn printed_address_answers() {
    let scenario = shots();
    let mut listens = vec!["127.0.0.1:0", "localhost:0", "[::ffff:127.0.0.1]:0"];
    // Only on Linux the whole of 127.0.0.0/8 is this machine.
    if cfg!(target_os = "linux") {
        listens.extend(["127.0.0.2:0", "127.255.255.254:0", "[::ffff:127.0.0.3]:0"]);
    }
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        listens.extend(["[::1]:0", "[0:0:0:0:0:0:0:1]:0"]);
    }
    for listen in listens {
        let mut command = serve();
        command.args(scenario.arguments());
        command.args(["--listen", listen]);
        let server = Server::start_there(command);
        assert_eq!(
            got(&server, &format!("{}{HELLO}", server.address)),
            200,
            "{listen}"
        );
        let page = server.started["page"].as_str().unwrap();
        promise_eq!("ACCESS-24", got(&server, page), 303, "{listen}");
        let said = |arguments: &[&str]| {
            let mut command = endpoint();
            command.args(arguments);
            let (output, said) = run(command);
            assert!(output.status.success(), "{listen}: {said}");
            String::from_utf8(output.stdout).unwrap()
        };
        let listed: Value = serde_json::from_str(&said(&["list", "--json"])).unwrap();
        let listed = listed.as_array().unwrap().iter();
        let mut ours = listed.filter(|it| it["pid"] == server.pid());
        let address = ours.next().unwrap()["address"].as_str().unwrap();
        promise_eq!(
            "ACCESS-24",
            got(&server, &format!("{address}{HELLO}")),
            200,
            "{listen}"
        );
        let opened = said(&["open", "--pid", &server.pid().to_string()]);
        promise_eq!("ACCESS-24", got(&server, opened.trim()), 303, "{listen}");
    }
}

#[test]
fn bad_address_is_refused() {
    for listen in [
        "6001",
        "127.0.0.1",
        "studio.example:6001",
        "localhost",
        "::1:6001",
        "",
    ] {
        let mut command = serve();
        command.args(["--adapter", "scenario", "--listen", listen]);
        let (output, said) = run(command);
        assert_eq!(output.status.code(), Some(64), "{listen}");
        promise!(
            "ACCESS-24",
            said.contains("write it like 127.0.0.1:6001"),
            "{listen}: {said}"
        );
    }
}

/// A certificate for `localhost` and its key, as PEM.
fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

#[test]
fn remote_needs_flag_token_and_tls() {
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
    promise_by!(
        "ACCESS-12",
        refused(&remote, &["without TLS", "--tls-cert"])
    );
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
    // A client that does not speak TLS gets nothing.
    let mut plain = Raw::to(&server);
    plain.say(&format!("GET {HELLO} HTTP/1.1\r\n{host}\r\n\r\n"));
    let heard = plain.try_hear();
    promise!("ACCESS-12", heard.is_none(), "{heard:?}");
}

/// A TLS connection to the server with this certificate.
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
fn unix_socket_is_private() {
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
    promise_eq!("ACCESS-13", mode, 0o600);
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
    // The remains of a killed server are removed; a file that is no socket stays.
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
    promise_eq!("ACCESS-13", std::fs::read_to_string(&file).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn partial_unix_socket_is_replaced() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("server.sock");
    let scenario = shots();
    let mut serve = serve();
    serve.args(scenario.arguments()).arg("--socket").arg(&path);
    // In a container each server may have the same process id. The shell passes its own on.
    let script = r#"umask 077 && mkdir "$0.$$" && : > "$0.$$/s" && exec "$@""#;
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", script]).arg(path.with_extension(""));
    shell.arg(serve.get_program()).args(serve.get_args());
    for (name, value) in serve.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let mut server = Server::start_there(shell);
    assert!(path.exists());
    assert_eq!(server.interrupt(), Some(0));
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}

/// As systemd does with `ListenStream=127.0.0.1:PORT`: clients may connect before the server runs.
#[cfg(unix)]
#[test]
fn port_of_a_service_manager_is_taken_over() {
    use std::net::TcpListener;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let kept = listener.try_clone().unwrap();
    let mut early = Raw(std::net::TcpStream::connect(address).unwrap());
    let scenario = shots();
    let mut command = serve();
    command.args(scenario.arguments());
    // Neither this port nor the default one is listened on.
    command.args(["--listen", "127.0.0.1:1"]);
    let mut server = Server::start_activated(&command, listener.into());
    assert_eq!(server.address, format!("http://{address}"));
    let own = format!("host: {address}");
    assert_eq!(early.ask(&format!("GET {HELLO}"), &[&own], "").status, 200);
    assert_eq!(server.send("GET", STATE).status, 200);
    drop(early);
    assert_eq!(server.interrupt(), Some(0));
    // The service manager still listens, and starts the next server for the next client.
    assert_eq!(kept.local_addr().unwrap(), address);
    std::net::TcpStream::connect(address).unwrap();
}

#[cfg(unix)]
#[test]
fn unix_socket_of_a_service_manager_must_be_private() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::{UnixListener, UnixStream};
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("server.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let scenario = shots();
    let mut command = serve();
    command.args(scenario.arguments());
    let mode = |mode| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for open in [0o660, 0o601] {
        mode(open);
        let mut refused = pyblish_endpoint_tests::activated(&command);
        let socket = std::os::fd::OwnedFd::from(listener.try_clone().unwrap());
        let output = refused.stdin(socket).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("SocketMode=0600"), "{said}");
    }

    mode(0o600);
    let socket = listener.try_clone().unwrap();
    let mut server = Server::start_activated(&command, socket.into());
    assert_eq!(server.address, format!("unix:{}", path.display()));
    let mut raw = Raw(UnixStream::connect(&path).unwrap());
    let answer = raw.ask(&format!("GET {HELLO}"), &["host: localhost"], "");
    assert_eq!(answer.status, 200);
    drop(raw);
    assert_eq!(server.interrupt(), Some(0));
    // It is the service manager's, which still listens on it.
    assert!(path.exists());
}

#[cfg(unix)]
#[test]
fn service_manager_has_one_socket_for_a_server() {
    use std::net::TcpListener;
    let scenario = shots();
    let mut command = serve();
    command.args(scenario.arguments());
    let refused = |mut command: std::process::Command, parts: &[&str]| {
        let listener = TcpListener::bind("[::ffff:127.0.0.1]:0").unwrap();
        let socket = std::os::fd::OwnedFd::from(listener);
        let output = command.stdin(socket).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        for part in parts {
            assert!(said.contains(part), "{said}");
        }
    };
    let activated = pyblish_endpoint_tests::activated(&command);
    // Another form of the loopback's address, so that no other machine can reach this test. The
    // server does not take it for one.
    refused(activated, &["[::ffff:127.0.0.1]", "--allow-remote"]);

    let script = r#"exec 3<&0 4<&0 </dev/null; export LISTEN_FDS=2 LISTEN_PID=$$; exec "$0" "$@""#;
    let mut two = std::process::Command::new("sh");
    two.args(["-c", script]).arg(command.get_program());
    two.args(command.get_args());
    refused(two, &["2 sockets", "socket unit"]);
}
