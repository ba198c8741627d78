use std::fs;
use std::path::Path;

use serde_json::json;

use super::*;

fn meeting() -> (tempfile::TempDir, Meeting) {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("run");
    (place, Meeting { folder })
}

/// A host's file, of this process unless it is to be dead.
fn announce(folder: &Path, host: &str, pid: u32, address: &str) {
    let text = json!({"host": host, "pid": pid, "address": address, "hostVersion": "5.0.1", "started": pid,
        "pythonVersion": "3.11.2", "pyblish": "1.8.12", "bridge": "0.1.0", "protocol": 1, "file": "/shots/a.blend"});
    fs::create_dir_all(folder.join("hosts")).unwrap();
    let path = folder.join("hosts").join(format!("{host}-{pid}.json"));
    fs::write(path, text.to_string()).unwrap();
}

#[test]
fn a_running_host_is_found_by_its_name_and_the_dead_are_removed() {
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
fn several_of_a_name_are_listed_to_choose_from() {
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
    let message = meeting.not_running("blender", Some(2)).to_string();
    assert!(
        message.contains("as the process 2") && message.contains("\n  --pid 1  blender"),
        "{message}"
    );
    let message = meeting.not_running("maya", Some(2)).to_string();
    assert!(message.contains("host install maya"), "{message}");
}

#[test]
fn the_secret_is_made_once_and_another_one_is_refused() {
    let (_place, meeting) = meeting();
    let secret = meeting.secret().unwrap();
    assert_eq!(secret.len(), 64);
    assert_eq!(meeting.secret().unwrap(), secret);
    let path = meeting.folder.join("secret");
    user::private::write(&path, "short").unwrap();
    let message = meeting.secret().unwrap_err().to_string();
    assert!(
        message.contains("64 hexadecimal digits. Remove the file"),
        "{message}"
    );
}
