//! An artist's inbox, from the file on disk to the published version: the real binary, the real
//! adapter in its sandbox, real files, over HTTP.

use std::fs::{self, File};
use std::path::Path;
use std::thread;

use pyblish_endpoint_tests::v2::{end, session, start};
use pyblish_endpoint_tests::{Folders, Server, files};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The instance of this name.
#[track_caller]
fn instance(server: &Server, name: &str) -> Value {
    let state = server.state();
    let children = state["context"]["children"].as_array().unwrap();
    let found = children.iter().find(|child| child["name"] == name);
    found
        .unwrap_or_else(|| panic!("{name} is not in {children:#?}"))
        .clone()
}

fn names(server: &Server) -> Vec<String> {
    let state = server.state();
    let children = state["context"]["children"].as_array().unwrap();
    let names = children
        .iter()
        .map(|child| child["name"].as_str().unwrap().to_owned());
    names.collect()
}

/// Extracts and integrates an instance; answers the folder of its version, as the data names it.
#[track_caller]
pub fn publish(server: &Server, name: &str) -> std::path::PathBuf {
    for plugin in ["ExtractFiles", "ExtractThumbnail", "IntegrateVersion"] {
        let data = &instance(server, name)["data"];
        let compatible = data["compatiblePlugins"].as_array().unwrap();
        if compatible.contains(&json!(plugin)) {
            server.succeed(plugin, Some(name));
        }
    }
    let path = instance(server, name)["data"]["publishPath"]
        .as_str()
        .unwrap()
        .to_owned();
    path.into()
}

/// The messages of all records of a result, with their levels.
fn records(result: &Value) -> Vec<(String, String)> {
    let records = result["records"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    records
        .map(|record| (text(&record["levelname"]), text(&record["message"])))
        .collect()
}

/// Asserts that a record of this level holds all these parts.
#[track_caller]
fn assert_recorded(result: &Value, level: &str, parts: &[&str]) {
    let records = records(result);
    let fits = |(l, message): &(String, String)| {
        l == level && parts.iter().all(|part| message.contains(part))
    };
    assert!(
        records.iter().any(fits),
        "no {level} with {parts:?} in {records:#?}"
    );
}

pub fn no_staging(folders: &Folders) {
    let staging = folders.root().join(".staging");
    let left: Vec<_> = fs::read_dir(&staging)
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn sample_is_published_once() {
    let folders = Folders::sample();
    let before = folders.inbox_files();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    for is_again in [false, true] {
        for name in ["hero", "skyline", "plate", "crate", "set"] {
            let published = publish(&server, name);
            assert!(published.ends_with("v001"), "{}", published.display());
            assert!(published.starts_with(folders.root()));
            assert_eq!(instance(&server, name)["data"]["unchanged"], is_again);
            let manifest: Value =
                serde_json::from_slice(&fs::read(published.join("publish.json")).unwrap()).unwrap();
            let sources = instance(&server, name)["data"]["files"]
                .as_array()
                .unwrap()
                .clone();
            for source in sources.iter().map(|file| file.as_str().unwrap()) {
                let bytes = fs::read(published.join(source)).unwrap();
                let original = before.iter().find(|(name, _)| name == source).unwrap();
                assert_eq!(bytes, original.1, "{source}");
                let digest = format!("{:x}", Sha256::digest(&bytes));
                let text = manifest.to_string();
                assert!(
                    text.contains(&digest),
                    "{source}: {digest} is not in {text}"
                );
                // Paths are those of this machine, and copies are as old as their sources.
                let original = folders.inbox().join(source);
                assert!(text.contains(original.to_str().unwrap()), "{text}");
                let modified = |path| fs::metadata(path).unwrap().modified().unwrap();
                assert_eq!(modified(original), modified(published.join(source)));
            }
            assert_eq!(manifest["path"], published.to_str().unwrap());
        }
    }
    assert_eq!(folders.inbox_files(), before);
    no_staging(&folders);
    // The path in the data is the machine's, and the picture is found by it.
    let session = session(&server);
    let all = server.send("GET", &format!("{session}/instances")).ok();
    let all = all["items"].as_array().unwrap();
    let hero = all.iter().find(|instance| instance["name"] == "hero");
    let hero = hero.unwrap()["id"].as_str().unwrap();
    let picture = server.send("GET", &format!("{session}/instances/{hero}/thumbnail"));
    assert_eq!(picture.status, 200, "{}", picture.body);
    // Another server does not know what this one did, and compares the bytes.
    let other = folders.serve();
    other.succeed("CollectFiles", None);
    assert!(publish(&other, "skyline").ends_with("v001"));
    assert_eq!(instance(&other, "skyline")["data"]["unchanged"], true);
    fs::write(folders.inbox().join("set.usda"), b"#usda 1.0\n").unwrap();
    assert!(publish(&server, "set").ends_with("v002"));
    let hero = folders.root().join("imagesequence/hero/v001");
    assert_eq!(
        files(&hero).len(),
        8 + 2,
        "eight frames, a thumbnail and publish.json"
    );
}

#[test]
fn collected_instances_are_described() {
    let folders = Folders::sample();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    let hero = instance(&server, "hero");
    assert_eq!(hero["data"]["family"], "imagesequence");
    assert_eq!(hero["data"]["frameStart"], 1001);
    assert_eq!(hero["data"]["frameEnd"], 1008);
    assert_eq!(hero["data"]["extension"], "png");
    assert_eq!(hero["children"].as_array().unwrap().len(), 8);
    let families = |name| instance(&server, name)["data"]["family"].clone();
    assert_eq!(families("skyline"), "image");
    assert_eq!(families("crate"), "geometry");
}

#[test]
fn broken_file_is_found_and_repaired() {
    let folders = Folders::sample();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    let wrong = server.fail("ValidateSignature", Some("matte"));
    assert!(
        wrong.contains("matte.png") && wrong.contains("JPEG"),
        "{wrong}"
    );

    let wrong = server.fail("ValidateName", Some("Old Map"));
    assert!(wrong.contains("Old Map"), "{wrong}");
    let arguments = json!({"plugin": "ValidateName", "instance": "Old Map", "mode": "repair"});
    assert_eq!(server.run(arguments)["success"], true);
    server.succeed("ValidateName", Some("Old Map"));
    assert!(folders.inbox().join("old_map.png").is_file());
    assert!(!folders.inbox().join("Old Map.png").exists());
    let published = publish(&server, "Old Map");
    assert!(
        published.ends_with("image/old_map/v001"),
        "{}",
        published.display()
    );
}

#[test]
fn repair_never_overwrites() {
    let folders = Folders::empty();
    fs::write(folders.inbox().join("Old Map.txt"), b"old").unwrap();
    fs::write(folders.inbox().join("old_map.txt"), b"another").unwrap();
    let before = folders.inbox_files();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    let arguments = json!({"plugin": "ValidateName", "instance": "Old Map", "mode": "repair"});
    // The free name is said first.
    let wrong = server.fail("ValidateName", Some("Old Map"));
    assert!(wrong.ends_with("for example to old_map_2.txt"), "{wrong}");
    assert_eq!(folders.inbox_files(), before);
    assert_eq!(server.run(arguments)["success"], true);
    let after = folders.inbox_files();
    let expected = [("old_map.txt", "another"), ("old_map_2.txt", "old")];
    assert_eq!(
        after,
        expected.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
    );
}

#[test]
fn read_only_inbox_is_published() {
    let folders = Folders::sample();
    let mut arguments = folders.arguments();
    for argument in arguments
        .iter_mut()
        .filter(|argument| argument.ends_with("=/inbox"))
    {
        argument.push_str(":ro");
    }
    let server = Server::start(arguments);
    server.succeed("CollectFiles", None);
    let repair = json!({"plugin": "ValidateName", "instance": "Old Map", "mode": "repair"});
    let message = server.run(repair)["error"]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.contains("read-only") || message.contains("writable"),
        "{message}"
    );
    assert!(folders.inbox().join("Old Map.png").is_file());
    publish(&server, "skyline");
}

#[test]
fn read_only_root_is_reported() {
    let folders = Folders::sample();
    let mut arguments = folders.arguments();
    for argument in arguments
        .iter_mut()
        .filter(|argument| argument.ends_with("=/publish"))
    {
        argument.push_str(":ro");
    }
    let server = Server::start(arguments);
    server.succeed("CollectFiles", None);
    let message = server.fail("ExtractFiles", Some("skyline"));
    assert!(
        message.contains("/publish") && message.contains("writ"),
        "{message}"
    );
    assert!(files(&folders.root()).is_empty());
}

/// A file system of 64 KB, in a mount namespace of the server's own.
#[cfg(target_os = "linux")]
#[test]
fn full_root_leaves_nothing() {
    use std::process::Command;

    let folders = Folders::sample();
    fs::write(folders.inbox().join("large.txt"), vec![b'x'; 200_000]).unwrap();
    // Some of these fit, and not all.
    for frame in 1..=8 {
        let frame = format!("many.{frame:04}.vdb");
        fs::write(folders.inbox().join(frame), vec![b'x'; 20_000]).unwrap();
    }
    let before = folders.inbox_files();
    let plain = pyblish_endpoint_tests::serve();
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c"]);
    command.arg(r#"mount -t tmpfs -o size=64k none "$0" && exec "$@""#);
    command
        .arg(folders.root())
        .arg(plain.get_program())
        .args(plain.get_args());
    command.envs(
        plain
            .get_envs()
            .filter_map(|(key, value)| Some((key, value?))),
    );
    command.args(folders.arguments());
    let server = Server::start_with(command);
    server.succeed("CollectFiles", None);
    for (name, path) in [("large", "large.txt"), ("many", "many.")] {
        let message = server.fail("ExtractFiles", Some(name));
        let root = folders.root().display().to_string();
        let expected = format!("the disk of {root} is full, {root}/.staging/session-");
        assert!(
            message.starts_with(&expected) && message.contains(path),
            "{message}"
        );
        assert!(message.contains("free some space on it"), "{message}");
    }
    // A small instance still has room, so nothing is left of the large ones.
    server.succeed("ExtractFiles", Some("skyline"));
    server.succeed("IntegrateVersion", Some("skyline"));
    assert_eq!(folders.inbox_files(), before);
}

#[test]
fn vanished_file_is_named() {
    let folders = Folders::sample();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    fs::remove_file(folders.inbox().join("skyline.jpg")).unwrap();
    let message = server.fail("ExtractFiles", Some("skyline"));
    assert!(message.contains("skyline.jpg"), "{message}");
    no_staging(&folders);
    // Collecting again mends it.
    server.succeed("CollectFiles", None);
    assert!(!names(&server).contains(&"skyline".to_owned()));
}

/// The source file grows all the time while it is copied.
#[test]
fn changing_file_is_refused() {
    use std::io::Write;
    use std::sync::atomic::{AtomicBool, Ordering};

    let folders = Folders::empty();
    let path = folders.inbox().join("delivery.txt");
    fs::write(&path, vec![b'x'; 8 << 20]).unwrap();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = File::options().append(true).open(&path).unwrap();
            while !ended.load(Ordering::Relaxed) {
                file.write_all(b"more").unwrap();
            }
        });
        let message = server.fail("ExtractFiles", Some("delivery"));
        ended.store(true, Ordering::Relaxed);
        assert!(
            message.contains("delivery.txt") && message.contains("changed"),
            "{message}"
        );
    });
    no_staging(&folders);
}

#[test]
fn two_publishes_never_overwrite() {
    // Three inboxes, one root, and each time other bytes.
    let folders = Folders::sample();
    let inboxes = [Folders::empty(), Folders::empty(), Folders::empty()];
    let servers = inboxes.each_ref().map(|inbox| {
        let root = format!("{}=/publish", folders.root().display());
        let mut arguments = inbox.arguments();
        *arguments.last_mut().unwrap() = root;
        Server::start(arguments)
    });
    thread::scope(|scope| {
        for (server, inbox) in servers.iter().zip(&inboxes) {
            let folders = &folders;
            scope.spawn(move || {
                let bytes = fs::read(folders.inbox().join("skyline.jpg")).unwrap();
                for round in 0..5 {
                    let own = format!("{round} {}", inbox.inbox().display());
                    let bytes = [&bytes, own.as_bytes()].concat();
                    fs::write(inbox.inbox().join("skyline.jpg"), bytes).unwrap();
                    server.succeed("CollectFiles", None);
                    publish(server, "skyline");
                }
            });
        }
    });
    let versions = folders.root().join("image/skyline");
    let mut found: Vec<_> = fs::read_dir(versions).unwrap().flatten().collect();
    found.sort_by_key(|entry| entry.file_name());
    assert_eq!(found.len(), 15);
    for (number, version) in (1..).zip(&found) {
        assert_eq!(
            version.file_name().to_str().unwrap(),
            format!("v{number:03}")
        );
        let manifest = fs::read(version.path().join("publish.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        assert_eq!(manifest["version"], number);
    }
    no_staging(&folders);
}

#[test]
fn sequence_gap_is_named() {
    let folders = Folders::sample();
    fs::remove_file(folders.inbox().join("hero.1003.png")).unwrap();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    let message = server.fail("ValidateSequence", Some("hero"));
    assert!(message.contains("1003"), "{message}");
}

#[test]
fn empty_file_is_named() {
    let folders = Folders::empty();
    fs::write(folders.inbox().join("notes.txt"), b"").unwrap();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    let message = server.fail("ValidateNotEmpty", Some("notes"));
    assert!(message.contains("notes.txt"), "{message}");
}

#[cfg(unix)]
#[test]
fn outside_link_is_not_followed() {
    let folders = Folders::sample();
    let secret = folders.root().join("secret.txt");
    fs::write(&secret, b"not for the inbox").unwrap();
    std::os::unix::fs::symlink(&secret, folders.inbox().join("leak.txt")).unwrap();
    let server = folders.serve();
    let result = server.succeed("CollectFiles", None);
    assert_recorded(&result, "WARNING", &["leak.txt"]);
    assert!(!names(&server).contains(&"leak".to_owned()));
    assert!(names(&server).contains(&"hero".to_owned()));
}

#[cfg(target_os = "linux")]
#[test]
fn strange_name_is_shown() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folders = Folders::sample();
    let long = format!("{}.txt", "n".repeat(251));
    let inbox = |name: &OsStr| folders.inbox().join(Path::new(name));
    fs::write(inbox(OsStr::new("new\nline.txt")), b"x").unwrap();
    fs::write(inbox(OsStr::new(&long)), b"x").unwrap();
    let server = folders.serve();
    let result = server.succeed("CollectFiles", None);
    let said = format!("{:?} {:?}", records(&result), names(&server));
    assert!(said.contains("line.txt") || said.contains("line"), "{said}");
    assert!(names(&server).contains(&"hero".to_owned()));

    // A name that is not UTF-8 may make the listing fail, but with a message.
    fs::write(inbox(OsStr::from_bytes(b"caf\xe9.txt")), b"x").unwrap();
    let result = server.run(json!({"plugin": "CollectFiles"}));
    let said = result.to_string();
    assert!(said.contains("UTF-8"), "{said}");
}

/// What an earlier run has published is not told again.
#[test]
fn only_a_run_that_publishes_reports_versions() {
    let folders = Folders::empty();
    fs::write(folders.inbox().join("notes.txt"), "x").unwrap();
    let server = folders.serve();
    let session = session(&server);
    let published = |request: Value| {
        let run = start(&server, &session, request);
        end(&server, &session, &run);
        let report = server.send("GET", &format!("{run}/report?format=json"));
        report.ok()["published"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(published(json!({})), 1);
    assert_eq!(published(json!({"only": "validate"})), 0);
}
