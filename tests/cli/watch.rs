//! `watch`: a hot folder that publishes what has settled.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use pyblish_endpoint_tests::Folders;
use serde_json::Value;

use super::user::{Ended, Running, User, arguments, good_folders};

/// How many items [`good_folders`] has.
const ITEMS: usize = 5;

/// The published versions, as `family/name/v001`; each must be whole.
fn versions(folders: &Folders) -> Vec<String> {
    let listed = |path: &Path| {
        let mut names: Vec<_> = fs::read_dir(path).unwrap().flatten().collect();
        names.sort_by_key(fs::DirEntry::file_name);
        let names = names
            .into_iter()
            .filter(|it| !it.file_name().to_string_lossy().starts_with('.'));
        names.map(|it| it.path()).collect::<Vec<_>>()
    };
    let mut versions = Vec::new();
    for family in listed(&folders.root()) {
        for name in listed(&family) {
            for version in listed(&name) {
                let manifest = fs::read(version.join("publish.json")).unwrap();
                let manifest: Value = serde_json::from_slice(&manifest).unwrap();
                for file in manifest["files"].as_array().unwrap() {
                    let size = fs::metadata(version.join(file["file"].as_str().unwrap())).unwrap();
                    assert_eq!(size.len(), file["size"], "{}", version.display());
                }
                let path = version.strip_prefix(folders.root()).unwrap();
                versions.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    versions
}

/// The versions after a first publish of [`good_folders`].
const FIRST: [&str; ITEMS] = [
    "geometry/crate/v001",
    "geometry/set/v001",
    "image/plate/v001",
    "image/skyline/v001",
    "imagesequence/hero/v001",
];

fn once(user: &User, folders: &Folders, more: &[&str]) -> Ended {
    let more = [&["--settle", "1", "--every", "1", "--once"], more].concat();
    user.run(arguments("watch", &folders.arguments(), &more))
}

fn watch(user: &User, folders: &Folders, settle: &str) -> Running {
    let more = ["--settle", settle, "--every", "1", "--json"];
    user.start("watch", &folders.arguments(), &more)
}

/// Reads lines until so many items have ended.
#[track_caller]
fn until_ended(running: &mut Running, count: usize) {
    let mut ended = 0;
    while ended < count {
        let line = running.line().expect("a line of a run that ended");
        if line["run"].is_object() {
            assert_eq!(line["run"]["state"], "succeeded", "{line}");
            ended += 1;
        }
    }
}

#[test]
fn once_publishes_what_is_there() {
    let (user, folders) = (User::new(), good_folders());
    let ended = once(&user, &folders, &[]).with(0);
    ended.prints(&["1 published", "hero v001"]);
    assert_eq!(versions(&folders), FIRST);
    // Nothing is published twice.
    let ended = once(&user, &folders, &[]).with(0);
    ended.prints(&["1 unchanged"]);
    assert!(!ended.out.contains("1 published"), "{}", ended.out);
    assert_eq!(versions(&folders), FIRST);
    // What has changed is the next version of the same.
    fs::write(
        folders.inbox().join("set.usda"),
        "#usda 1.0\ndef \"Set\" {}\n",
    )
    .unwrap();
    once(&user, &folders, &[]).with(0);
    let now = versions(&folders);
    assert_eq!(now.len(), ITEMS + 1, "{now:?}");
    assert!(now.contains(&"geometry/set/v002".to_owned()), "{now:?}");
}

#[test]
fn wrong_item_holds_back_no_other() {
    let (user, folders) = (User::new(), good_folders());
    fs::write(folders.inbox().join("broken.png"), "").unwrap();
    let ended = once(&user, &folders, &[]).with(1);
    ended.prints(&["broken.png is empty", "hero v001"]);
    assert_eq!(versions(&folders), FIRST);
}

#[test]
fn only_a_granted_folder_is_watched() {
    let (user, folders) = (User::new(), good_folders());
    let ended = once(&user, &folders, &["--inbox", "/elsewhere"]).with(64);
    ended.says(&["no granted folder /elsewhere", "/inbox", "--inbox"]);
    once(&user, &folders, &["--inbox", "/inbox/"]).with(0);
    for (option, value) in [("--settle", "0"), ("--settle", "86401"), ("--every", "0")] {
        let more = [option, value];
        let refused = user.run(arguments("watch", &folders.arguments(), &more));
        refused.with(64).says(&[value]);
    }
}

#[cfg(unix)]
#[test]
fn growing_and_locked_files_are_left_alone() {
    let (user, folders) = (User::new(), good_folders());
    let growing = folders.inbox().join("growing.txt");
    let locked = folders.inbox().join("locked.txt");
    fs::write(&growing, "one\n").unwrap();
    fs::write(&locked, "one\n").unwrap();
    let lock = OpenOptions::new().write(true).open(&locked).unwrap();
    lock.lock().unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let file = &growing;
        let is_over = &stop;
        scope.spawn(move || {
            let mut file = OpenOptions::new().append(true).open(file).unwrap();
            while !is_over.load(Ordering::Relaxed) {
                file.write_all(b"more\n").unwrap();
                thread::sleep(Duration::from_millis(20));
            }
        });
        let mut running = watch(&user, &folders, "3");
        until_ended(&mut running, ITEMS);
        assert_eq!(versions(&folders), FIRST);
        drop(lock);
        until_ended(&mut running, 1);
        stop.store(true, Ordering::Relaxed);
        until_ended(&mut running, 1);
        let now = versions(&folders);
        assert_eq!(now.len(), ITEMS + 2, "{now:?}");
        assert!(now.iter().all(|version| version.ends_with("v001")));
        running.interrupt();
        assert_eq!(running.code(), Some(0));
    });
    let published = folders.root().join("document/growing/v001/growing.txt");
    assert_eq!(fs::read(published).unwrap(), fs::read(&growing).unwrap());
}

#[cfg(unix)]
#[test]
fn killed_and_started_again_publishes_once() {
    let (user, folders) = (User::new(), good_folders());
    for plugin in ["ValidateName", "ExtractFiles", "IntegrateVersion"] {
        let mut running = watch(&user, &folders, "1");
        loop {
            let line = running.line().expect("a line of this plug-in");
            assert!(!line["run"].is_object(), "{plugin} did not start");
            if line["name"] == "pluginStarted" && line["body"]["plugin"] == plugin {
                break;
            }
        }
        running.child.kill().unwrap();
        running.child.wait().unwrap();
        // What is there is whole.
        versions(&folders);
    }
    once(&user, &folders, &[]).with(0);
    assert_eq!(versions(&folders), FIRST);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_after_the_item_under_way() {
    let (user, folders) = (User::new(), good_folders());
    let mut running = watch(&user, &folders, "1");
    running.until("runEnded");
    running.until("runStarted");
    running.interrupt();
    let mut ended = Vec::new();
    while let Some(line) = running.line() {
        if line["run"].is_object() {
            ended.push(line["run"]["state"].clone());
        }
    }
    assert_eq!(running.code(), Some(0));
    assert_eq!(ended, ["succeeded"]);
    assert_eq!(versions(&folders).len(), 1);
}
