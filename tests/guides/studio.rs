//! The guide "One view of the studio", as a TD follows it on one machine: its commands, with another
//! database, folder and port. And the studio of `cargo xtask studio`.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use pyblish_endpoint_tests::hub::{API, until};
use pyblish_endpoint_tests::postgres::Postgres;
use pyblish_endpoint_tests::{Folders, Server, endpoint, run, serve, target, v2};
use serde_json::{Value, json};

const GUIDE: &str = include_str!("../../docs/src/guides/hub.md");

/// The commands of a section of the guide, each on one line.
fn commands(section: &str) -> Vec<String> {
    let from = GUIDE.split(&format!("\n## {section}\n")).nth(1);
    let from = from.unwrap_or_else(|| panic!("the guide has no section {section}"));
    let section = from.split("\n## ").next().expect("a section");
    let blocks = section.split("```sh\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().expect("a text"));
    let text = blocks.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// The command of the guide that begins like this.
fn command(section: &str, begin: &str) -> String {
    let mut all = commands(section).into_iter();
    let found = all.find(|command| command.starts_with(begin));
    found.unwrap_or_else(|| panic!("the guide does not say {begin}"))
}

/// Does a line of the guide in a shell, where `pyblish-endpoint` is the one of this build.
#[track_caller]
fn shell(postgres: &Postgres, place: &std::path::Path, line: &str) -> String {
    let program = PathBuf::from(endpoint().get_program());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut paths = vec![program.parent().expect("a folder").to_path_buf()];
    paths.extend(std::env::split_paths(&path));
    let mut command = Command::new("sh");
    command.args(["-ec", line]).current_dir(place);
    command.env("PATH", std::env::join_paths(paths).expect("a PATH"));
    command.env("PYBLISH_HUB_DATABASE", postgres.url());
    let (output, said) = run(command);
    assert!(output.status.success(), "{line}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn td_comes_from_nothing_to_a_live_page() {
    let postgres = Postgres::start();
    let place = tempfile::tempdir().unwrap();
    // The guide's hub has TLS, and a name in the network; this one is here.
    let start = command("Start the hub", "pyblish-endpoint hub");
    assert!(
        start.contains("--listen 0.0.0.0:6100") && start.contains("--tls-cert"),
        "{start}"
    );
    let mut hub = endpoint();
    hub.arg("hub").env("PYBLISH_HUB_DATABASE", postgres.url());
    let mut hub = Server::start_with(hub);
    let page = hub.started["page"].as_str().unwrap();
    assert_eq!(page, format!("{}/", hub.address));

    let line = command(
        "Give each machine a token",
        "pyblish-endpoint hub tokens add",
    );
    shell(&postgres, place.path(), &line);
    let folders = Folders::sample();
    // The site's configuration of the guide, with this address and this file.
    let toml = GUIDE
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let toml = toml
        .replace("https://publish.studio.lan:6100", &hub.address)
        .replace(
            "/etc/pyblish-endpoint/hub.token",
            &place.path().join("ws042.token").display().to_string(),
        );
    let toml: String = toml
        .lines()
        .filter(|line| !line.starts_with("hub-ca"))
        .map(|line| format!("{line}\n"))
        .collect();
    let config = place.path().join("endpoint.toml");
    std::fs::write(&config, toml).unwrap();
    let mut command_of_machine = serve();
    command_of_machine
        .env("XDG_DATA_HOME", place.path())
        .arg("--config")
        .arg(&config)
        .args(folders.arguments());
    let machine = Server::start_with(command_of_machine);
    let session = v2::session(&machine);
    let started = v2::start(&machine, &session, json!({}));
    v2::end(&machine, &session, &started);

    for line in commands("Open the page").into_iter().take(2) {
        let line = line.replace("https://publish.studio.lan:6100", &hub.address);
        let printed = shell(&postgres, place.path(), &line);
        if line.contains("tokens code") {
            assert!(
                printed.starts_with(&format!("{}/#code=", hub.address)),
                "{printed}"
            );
        }
    }
    let open = command("Open the page", "pyblish-endpoint hub open");
    let open = open.replace("https://publish.studio.lan:6100", &hub.address);
    let printed = shell(&postgres, place.path(), &open);
    let code = printed.trim().split_once("/#code=").unwrap().1;
    let entered = hub.send_json(
        "POST",
        &format!("{API}/browsers"),
        &json!({"code": code}),
        &[],
    );
    assert_eq!(
        (entered.status, &entered.body["name"]),
        (201, &json!("anna"))
    );

    // What the page shows is there, also for a program with her token.
    let token = std::fs::read_to_string(place.path().join("anna.token")).unwrap();
    hub.token = Some(token.trim().to_owned());
    until("the run is in the hub", || {
        let runs = hub.send("GET", &format!("{API}/runs")).ok();
        runs["items"][0]["machine"] == "ws042" && runs["items"][0]["state"] != "running"
    });
    assert!(
        hub.send("GET", "/")
            .ok()
            .as_str()
            .unwrap()
            .contains("<hub-page>")
    );
    let rows = GUIDE
        .split("## Ask the hub")
        .nth(1)
        .unwrap()
        .lines()
        .filter(|line| line.starts_with("| "));
    for path in rows
        .filter_map(|row| row.split('`').nth(1))
        .filter(|path| path.starts_with("/runs?") || path.starts_with("/plugins"))
    {
        assert_eq!(
            hub.send("GET", &format!("{API}{path}")).status,
            200,
            "{path}"
        );
    }
}

#[test]
fn studio_of_xtask_is_there_and_ends() {
    let mut child = Command::new(target().join("examples/studio"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the example starts: `cargo xtask test` builds it");
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
    stdout.read_line(&mut line).expect("a line");
    let said: Value = serde_json::from_str(&line).expect("JSON");
    let (address, code) = said["page"]
        .as_str()
        .unwrap()
        .split_once("/#code=")
        .unwrap();
    assert_eq!(said["machines"].as_array().unwrap().len(), 3);
    // The command that it prints makes another address, with which somebody is let in.
    let mut again = Command::new("sh");
    again.args(["-ec", said["command"].as_str().unwrap()]);
    let (made, words) = run(again);
    assert!(made.status.success(), "{words}");
    let mut hub = Server::known(json!({"address": address}));
    let entered = hub.send_json(
        "POST",
        &format!("{API}/browsers"),
        &json!({"code": code}),
        &[],
    );
    assert_eq!(
        (entered.status, &entered.body["role"]),
        (201, &json!("admin"))
    );
    let made = String::from_utf8(made.stdout).unwrap();
    assert!(made.starts_with(address), "{made}");
    hub.token = None;
    drop(child.stdin.take());
    assert!(child.wait().expect("it ends").success());
    assert!(std::net::TcpStream::connect(address.trim_start_matches("http://")).is_err());
}
