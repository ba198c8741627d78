//! How running servers are found, where they listen, and what ends them.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use serde_json::json;

use super::user::{User, arguments, good_folders};

#[cfg(unix)]
#[test]
fn list_shows_running_servers() {
    use std::os::unix::fs::PermissionsExt;
    let (user, folders) = (User::new(), good_folders());
    assert_eq!(user.json(&["list", "--json"]), json!([]));
    user.run(["list"]).with(0).says(&["no server is running"]);
    let mut server = user.start("serve", &folders.arguments(), &["--json", "--port", "0"]);
    let started = server.line().unwrap();
    let listed = user.json(&["list", "--json"]);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    for key in ["address", "tokenFile", "pid", "adapter", "session"] {
        assert_eq!(listed[0][key], started[key], "{key}");
    }
    assert_eq!(listed[0]["hosts"], json!(["folder"]));
    user.run(["list"])
        .with(0)
        .prints(&["ADDRESS", started["address"].as_str().unwrap()]);

    let folder = user.path("run").join("pyblish-endpoint");
    let file = folder.join(format!("{}.json", server.child.id()));
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let token = folder.join(format!("{}.token", server.child.id()));
    assert_eq!(started["tokenFile"], token.to_str().unwrap());
    let modes = [mode(&folder), mode(&file), mode(&token)];
    assert_eq!(modes, [0o700, 0o600, 0o600]);
    // The output names the file of the token, not the token.
    let secret = fs::read_to_string(&token).unwrap();
    assert!(!listed.to_string().contains(&secret) && !started.to_string().contains(&secret));
    server.signal("-KILL");
    server.code();
    assert!(file.exists() && token.exists());
    assert_eq!(user.json(&["list", "--json"]), json!([]));
    assert!(!file.exists() && !token.exists());

    let mut server = user.start("serve", &folders.arguments(), &["--json", "--port", "0"]);
    server.line().unwrap();
    server.interrupt();
    assert_eq!(server.code(), Some(0));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn server_ends_with_its_host() {
    let (user, folders) = (User::new(), good_folders());
    let mut host = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    let pid = host.id().to_string();
    let more = ["--json", "--port", "0", "--exit-with", &pid];
    let mut server = user.start("serve", &folders.arguments(), &more);
    server.line().unwrap();
    assert_eq!(user.json(&["list", "--json"]).as_array().unwrap().len(), 1);
    drop(host.stdin.take());
    host.wait().unwrap();
    assert_eq!(server.code(), Some(0));
    assert!(server.said().contains("has ended"));
    assert_eq!(user.json(&["list", "--json"]), json!([]));

    let ended = user
        .run(arguments("serve", &folders.arguments(), &more))
        .with(1);
    ended.says(&["there is no process", "--exit-with"]);
}

#[test]
fn taken_port_is_skipped() {
    let (user, folders) = (User::new(), good_folders());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let host = folders.arguments();
    let more = ["--json", "--listen", &address, "--port", "auto"];
    let mut server = user.start("serve", &host, &more);
    let started = server.line().unwrap();
    let found = started["address"]
        .as_str()
        .unwrap()
        .trim_start_matches("http://");
    assert_ne!(found, address);
    assert!(found.starts_with("127.0.0.1:"));

    let port = taken.local_addr().unwrap().port().to_string();
    let refused = user
        .run(arguments("serve", &host, &["--port", &port]))
        .with(1);
    refused.says(&["is in use"]);
    user.run(arguments("serve", &host, &["--port", "Auto"]))
        .with(64)
        .says(&["or auto"]);
}
