//! Publishes that end in the middle of a copy leave nothing half.

use std::fs::{self, File};
use std::path::PathBuf;
use std::thread;

use pyblish_endpoint_tests::v2::{end, session, start};
use pyblish_endpoint_tests::{Event, Folders, data};
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
        // The copy is under way as soon as its session has a folder for it.
        let begun = || {
            let mut entries = fs::read_dir(&staging).into_iter().flatten().flatten();
            entries.any(|entry| entry.path().is_dir())
        };
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

/// A delivery that is killed half way, and published again: of 2,000 files, and in the nightly run of
/// 10,000 in 300 items.
#[test]
fn killed_delivery_is_finished_by_the_next() {
    const FRAMES: usize = 34;
    let items = std::env::var("PYBLISH_DELIVERY_ITEMS").map(|text| text.parse().unwrap());
    let items: usize = items.unwrap_or(60);
    let folders = Folders::empty();
    let frame = fs::read(data("inbox/hero.1001.png")).unwrap();
    let name = |item: usize| format!("item{item:03}");
    let file = |item: usize, frame: usize| format!("{}.{}.png", name(item), 1001 + frame);
    for item in 0..items {
        for number in 0..FRAMES {
            fs::write(folders.inbox().join(file(item, number)), &frame).unwrap();
        }
    }
    let server = folders.serve();
    let path = session(&server);
    let mut events = server.listen(&format!("{path}/events"), None);
    start(&server, &path, json!({}));
    let published = |event: &Event| {
        let result = &event.data["result"];
        event.name == "result"
            && result["plugin"] == "IntegrateVersion"
            && result["success"] == true
    };
    assert!(events.by_ref().filter(published).nth(items / 10).is_some());
    drop(server);

    let versions = |item: usize| {
        let folder = folders.root().join("imagesequence").join(name(item));
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let first: Vec<_> = (0..items).map(versions).collect();
    let before = first.iter().filter(|paths| !paths.is_empty()).count();
    assert!((items / 10..items).contains(&before), "{before}");
    let manifests = |paths: &[PathBuf]| {
        let read = paths.iter().map(|path| fs::read(path.join("publish.json")));
        read.collect::<Result<Vec<_>, _>>().unwrap()
    };
    let kept: Vec<_> = first.iter().map(|paths| manifests(paths)).collect();

    let staged = || {
        fs::read_dir(folders.root().join(".staging"))
            .unwrap()
            .count()
    };
    let server = folders.serve();
    let path = session(&server);
    let run = start(&server, &path, json!({}));
    let ended = end(&server, &path, &run);
    assert_eq!(ended["state"], "succeeded", "{ended:#}");
    for (item, kept) in kept.iter().enumerate() {
        let paths = versions(item);
        let [version] = paths.as_slice() else {
            panic!("{paths:?}");
        };
        assert!(version.ends_with("v001"), "{version:?}");
        // What was complete is as it was.
        assert!(kept.is_empty() || *kept == manifests(&paths));
        for number in 0..FRAMES {
            let copy = fs::read(version.join(file(item, number))).unwrap();
            assert!(copy == frame, "{item} {number}");
        }
    }
    // What the killed one had copied is removed.
    assert_eq!(staged(), 0);
    let inbox = fs::read_dir(folders.inbox()).unwrap();
    assert_eq!(inbox.count(), items * FRAMES);
}
