//! Publishes that end in the middle of a copy leave nothing half.

use std::fs::{self, File};
use std::thread;

use pyblish_endpoint_tests::v2::{end, session, start};
use pyblish_endpoint_tests::{Event, Folders};
use serde_json::json;

use super::folder::{no_staging, publish};

/// The user cancels in the middle of a copy.
#[test]
fn cancelled_copy_leaves_nothing() {
    let folders = Folders::empty();
    let path = folders.inbox().join("delivery.txt");
    // Zeros that take no room here; the copy takes a while.
    fs::write(&path, "x").unwrap();
    let file = File::options().append(true).open(&path).unwrap();
    file.set_len(1 << 30).unwrap();
    let server = folders.serve();
    let session = session(&server);
    let mut events = server.listen(&format!("{session}/events"), None);
    let run = start(&server, &session, json!({}));
    let copying = |event: &Event| {
        let message = event.data["message"].as_str();
        event.name == "progress" && message.is_some_and(|it| it.contains("of 1024 MiB copied"))
    };
    events.find(copying).expect("progress of the copy");
    assert_eq!(server.send("POST", &format!("{run}/cancel")).status, 202);
    let ended = end(&server, &session, &run);
    assert_eq!(ended["state"], "cancelled", "{ended:#}");
    let result = events
        .map(|event| event.data["result"].clone())
        .find(|result| result["plugin"] == "ExtractFiles")
        .expect("its result");
    assert_eq!(result["error"]["kind"], "Cancelled", "{result:#}");
    no_staging(&folders);
    assert!(!folders.root().join("document").exists());
    assert_eq!(fs::metadata(&path).unwrap().len(), 1 << 30);
    // Nothing is in the way of another try.
    assert_eq!(server.state()["context"]["children"][0]["name"], "delivery");
}

#[test]
fn killed_server_leaves_no_half_version() {
    let folders = Folders::empty();
    fs::write(folders.inbox().join("large.txt"), vec![b'x'; 64 << 20]).unwrap();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    thread::scope(|scope| {
        let staging = folders.root().join(".staging");
        let (address, token) = (server.address.clone(), server.token.clone().unwrap());
        scope.spawn(move || {
            // Ends with an error when the server is killed.
            let url = format!("{address}/pyblish/v1/state?plugin=ExtractFiles&instance=large");
            let token = format!("Bearer {token}");
            let request = ureq::put(url).header("authorization", token);
            let _ = request.send_empty();
        });
        // The copy is under way as soon as its staging folder is not empty.
        let begun = || fs::read_dir(&staging).is_ok_and(|mut entries| entries.next().is_some());
        while !begun() {
            thread::yield_now();
        }
        drop(server);
    });
    assert!(!folders.root().join("document").exists());
    assert_eq!(folders.inbox_files()[0].1.len(), 64 << 20);
    // The next version does not conflict with it.
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    assert!(publish(&server, "large").ends_with("v001"));
}
