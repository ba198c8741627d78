//! Tests of versions: complete, numbered, never overwritten.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Barrier;

use pyblish_sdk::testing::take_records;
use serde_json::{Value, json};

use crate::testing::{Studio, change, done, failed, names, png, value};

const PUBLISH: [&str; 3] = ["ExtractFiles", "ExtractThumbnail", "IntegrateVersion"];

fn manifest(studio: &Studio, version: &str) -> Value {
    let text = fs::read(studio.root(version).join("publish.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn what_is_published_twice_is_there_twice() {
    let studio = Studio::new();
    for frame in 8..=10 {
        studio.put(&format!("hero.{frame}.png"), &png(300, 150 + frame));
    }
    let session = studio.collected();
    session.context(|context| context.set("comment", "For \"Anna\""));
    for version in ["v001", "v002"] {
        for plugin in PUBLISH {
            done(session.process(plugin, Some("hero")));
        }
        let folder = studio.root("imagesequence/hero").join(version);
        assert_eq!(
            value(&session, "hero", "publishPath"),
            folder.to_str().unwrap()
        );
        assert_eq!(
            names(&folder),
            [
                "hero.10.png",
                "hero.8.png",
                "hero.9.png",
                "publish.json",
                "thumbnail.png"
            ]
        );
        for file in ["hero.8.png", "hero.9.png", "hero.10.png"] {
            assert_eq!(
                fs::read(folder.join(file)).unwrap(),
                fs::read(studio.inbox(file)).unwrap()
            );
        }
    }
    assert_eq!(value(&session, "hero", "version"), 2);
    assert_eq!(value(&session, "hero", "published"), true);
    assert!(value(&session, "hero", "staging").is_null());
    assert_eq!(names(&studio.root(".staging")), [""; 0]);

    let said = manifest(&studio, "imagesequence/hero/v002");
    assert_eq!(said["name"], "hero");
    assert_eq!(
        (&said["family"], &said["version"], &said["host"]),
        (&json!("imagesequence"), &json!(2), &json!("folder"))
    );
    assert_eq!(
        (&said["user"], &said["machine"]),
        (&json!("tester"), &json!("test-machine"))
    );
    assert_eq!(said["comment"], "For \"Anna\"");
    assert_eq!(
        said["frames"],
        json!({"start": 8, "end": 10, "count": 3, "padding": 1})
    );
    assert_eq!(said["thumbnail"], "thumbnail.png");
    assert_eq!(
        said["source"][0],
        studio.inbox("hero.8.png").to_str().unwrap()
    );
    assert!(said["created"].as_str().unwrap().ends_with('Z'));
    let files = said["files"].as_array().unwrap();
    assert_eq!(files.len(), 4);
    for file in files {
        let path = studio
            .root("imagesequence/hero/v002")
            .join(file["file"].as_str().unwrap());
        let bytes = fs::read(path).unwrap();
        assert_eq!(file["size"], bytes.len());
        assert_eq!(
            file["sha256"],
            format!("{:x}", <sha2::Sha256 as sha2::Digest>::digest(bytes))
        );
    }
}

#[test]
fn without_copies_there_is_nothing_to_publish() {
    let studio = Studio::with(&["a.md"]);
    let session = studio.collected();
    let message = failed(session.process("IntegrateVersion", Some("a")));
    assert!(message.contains("run ExtractFiles first"), "{message}");
    done(session.process("ExtractFiles", Some("a")));
    done(session.process("IntegrateVersion", Some("a")));
    assert!(
        failed(session.process("IntegrateVersion", Some("a"))).contains("run ExtractFiles first")
    );
}

#[test]
fn copies_that_changed_are_not_published() {
    let studio = Studio::with(&["a.md"]);
    let session = studio.collected();
    let spoils: [fn(&str); 4] = [
        |staging| fs::write(format!("{staging}/a.md"), "other").unwrap(),
        |staging| fs::remove_file(format!("{staging}/a.md")).unwrap(),
        |staging| fs::write(format!("{staging}/stranger"), "").unwrap(),
        |staging| fs::remove_dir_all(staging).unwrap(),
    ];
    for spoil in spoils {
        done(session.process("ExtractFiles", Some("a")));
        spoil(value(&session, "a", "staging").as_str().unwrap());
        let message = failed(session.process("IntegrateVersion", Some("a")));
        assert!(message.contains("run ExtractFiles again"), "{message}");
    }
    assert_eq!(names(&studio.root("document")), [""; 0]);
    assert_eq!(studio.names(), ["a.md"]);
}

#[test]
fn no_data_leads_a_version_elsewhere() {
    let studio = Studio::with(&["a.md"]);
    let session = studio.collected();
    done(session.process("ExtractFiles", Some("a")));
    for (key, wrong, right) in [
        ("asset", "../../x", "a"),
        ("family", "..", "document"),
        ("asset", "a\nb", "a"),
    ] {
        change(&session, "a", key, wrong);
        assert!(
            failed(session.process("IntegrateVersion", Some("a")))
                .contains("cannot be the name of a folder")
        );
        change(&session, "a", key, right);
    }
    change(&session, "a", "thumbnail", "../../a.md");
    assert!(
        failed(session.process("IntegrateVersion", Some("a"))).contains("run ExtractFiles again")
    );
}

#[test]
fn versions_that_others_made_are_left_alone() {
    let studio = Studio::with(&["a.md"]);
    fs::create_dir_all(studio.root("document/a/v004")).unwrap();
    fs::write(studio.root("document/a/v005"), "a file").unwrap();
    let session = studio.collected();
    done(session.process("ExtractFiles", Some("a")));
    done(session.process("IntegrateVersion", Some("a")));
    assert_eq!(value(&session, "a", "version"), 6);
    assert_eq!(names(&studio.root("document/a/v004")), [""; 0]);
    assert_eq!(fs::read(studio.root("document/a/v005")).unwrap(), b"a file");
}

#[test]
fn a_version_that_cannot_be_made_leaves_all_as_it_was() {
    let studio = Studio::with(&["a.md"]);
    // A file at the path of the family's folder.
    fs::write(studio.root("document"), "in the way").unwrap();
    let session = studio.collected();
    done(session.process("ExtractFiles", Some("a")));
    let message = failed(session.process("IntegrateVersion", Some("a")));
    assert!(message.contains("could not be written"), "{message}");
    assert!(value(&session, "a", "version").is_null());
    assert_eq!(studio.names(), ["a.md"]);
    // The copies stay, and can be published once the path is free.
    fs::remove_file(studio.root("document")).unwrap();
    done(session.process("IntegrateVersion", Some("a")));
    assert_eq!(
        manifest(&studio, "document/a/v001")["thumbnail"],
        Value::Null
    );
}

#[test]
fn those_who_publish_at_once_get_versions_of_their_own() {
    const THREADS: usize = 4;
    const ROUNDS: usize = 10;
    let studio = Studio::with(&["a.md"]);
    let barrier = Barrier::new(THREADS);
    let versions: Vec<u64> = std::thread::scope(|scope| {
        let publisher = || {
            // Each thread has its own session.
            let session = studio.collected();
            let mut versions = Vec::new();
            for _ in 0..ROUNDS {
                done(session.process("ExtractFiles", Some("a")));
                barrier.wait();
                done(session.process("IntegrateVersion", Some("a")));
                versions.push(value(&session, "a", "version").as_u64().unwrap());
            }
            take_records();
            versions
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(publisher)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let all: BTreeSet<u64> = versions.iter().copied().collect();
    assert_eq!(all, (1..=(THREADS * ROUNDS) as u64).collect());
    for version in all {
        let said = manifest(&studio, &format!("document/a/v{version:03}"));
        assert_eq!(said["version"], version);
    }
    assert_eq!(names(&studio.root(".staging")), [""; 0]);
}
