use std::fs;
use std::path::Path;

use serde_json::json;

use super::*;

fn meeting() -> (tempfile::TempDir, HostRegistry) {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("run");
    (place, HostRegistry { folder })
}

/// A host file of this process, or of one that has ended.
fn announce(folder: &Path, host: &str, pid: u32, address: &str) {
    let text = json!({"host": host, "pid": pid, "address": address, "hostVersion": "5.0.1", "started": pid,
        "pythonVersion": "3.11.2", "pyblish": "1.8.12", "bridge": "0.1.0", "protocol": 1, "file": "/shots/a.blend"});
    pyblish_platform::private::folder(&folder.join("hosts")).unwrap();
    let path = folder.join("hosts").join(format!("{host}-{pid}.json"));
    fs::write(path, text.to_string()).unwrap();
}

#[test]
fn running_host_is_found_and_dead_removed() {
    let (_place, meeting) = meeting();
    assert_eq!(meeting.hosts().unwrap(), []);
    let this = std::process::id();
    announce(&meeting.folder, "blender", this, "127.0.0.1:4000");
    announce(&meeting.folder, "blender", u32::MAX, "127.0.0.1:4001");
    announce(&meeting.folder, "maya", this, "10.0.0.1:4002");
    let found = meeting.find("blender", None).unwrap().unwrap();
    assert_eq!(found.address.to_string(), "127.0.0.1:4000");
    assert!(meeting.find("blender", Some(1)).unwrap().is_none());
    // It names another machine.
    assert!(meeting.find("maya", None).unwrap().is_none());
    assert_eq!(
        fs::read_dir(meeting.folder.join("hosts")).unwrap().count(),
        2
    );
}

#[test]
fn remains_of_killed_bridge_are_removed() {
    let (_place, meeting) = meeting();
    let this = std::process::id();
    announce(&meeting.folder, "maya", this, "127.0.0.1:4000");
    let at = |name: &str| meeting.folder.join("hosts").join(name);
    let (dead, alive) = (u32::MAX, this);
    let left = at(&format!("maya-{dead}.json.{dead}.tmp"));
    let kept = [
        at(&format!("maya-{alive}.json.{alive}.tmp")),
        at("notes.tmp"),
        at("maya.json.notes.tmp"),
    ];
    for path in kept.iter().chain([&left]) {
        fs::write(path, "{").unwrap();
    }
    assert_eq!(meeting.hosts().unwrap().len(), 1);
    assert!(!left.exists() && kept.iter().all(|path| path.exists()));
}

#[test]
fn several_hosts_are_listed() {
    let (_place, meeting) = meeting();
    announce(
        &meeting.folder,
        "blender",
        std::process::id(),
        "127.0.0.1:4000",
    );
    announce(&meeting.folder, "blender", 1, "127.0.0.1:4001");
    let message = meeting.find("blender", None).unwrap_err().to_string();
    assert!(
        message.contains("2 blenders are running")
            && message.contains("\n  --pid 1  blender 5.0.1  /shots/a.blend  (started "),
        "{message}"
    );
    let chosen = meeting.find("blender", Some(1)).unwrap().unwrap();
    assert_eq!(chosen.address.port(), 4001);
    assert!(meeting.find("blender", Some(2)).unwrap().is_none());
    let message = meeting.not_running("blender", Some(2), None).to_string();
    assert!(
        message.contains("as the process 2") && message.contains("\n  --pid 1  blender"),
        "{message}"
    );
}

#[test]
fn missing_host_names_a_command_that_exists() {
    let (_place, meeting) = meeting();
    let says = |host, start| meeting.not_running(host, Some(2), start).to_string();
    let maya = says("maya", Some("Start Maya."));
    assert!(maya.ends_with("after `pyblish-endpoint host install maya` if that was never done"));
    // `host install` knows no such host.
    let painter = says("painter", Some("Start Painter, and choose File, Bridge."));
    assert_eq!(
        painter,
        "no painter is running with the bridge. Start Painter, and choose File, Bridge."
    );
    let painter = says("painter", None);
    assert!(
        painter.ends_with("as the guide \"Connect a tool of your own\" says"),
        "{painter}"
    );
}

#[test]
fn secret_is_made_once() {
    let (_place, meeting) = meeting();
    let secret = meeting.secret().unwrap();
    assert_eq!(meeting.secret().unwrap(), secret);
    let path = meeting.folder.join("secret");
    pyblish_platform::private::write(&path, "short").unwrap();
    let message = meeting.secret().unwrap_err().to_string();
    assert!(
        message.contains("64 hexadecimal digits. Or remove the file"),
        "{message}"
    );
}
