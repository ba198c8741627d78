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
        studio.put("hero.9.png", &png(300, 160 + version.ends_with('2') as u32));
        for plugin in PUBLISH {
            done(session.process(plugin, Some("hero")));
        }
        assert_eq!(value(&session, "hero", "unchanged"), false);
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
        json!({"start": 8, "end": 10, "step": 1, "count": 3, "padding": 1})
    );
    assert_eq!(said["thumbnail"], "thumbnail.png");
    assert_eq!(said["item"], "hero.#.png");
    assert_eq!(
        said["path"],
        studio.root("imagesequence/hero/v002").to_str().unwrap()
    );
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
    // Once more, nothing is to be done.
    done(session.process("IntegrateVersion", Some("a")));
    assert_eq!(value(&session, "a", "unchanged"), true);
}

#[test]
fn unchanged_files_make_no_new_version() {
    let studio = Studio::new();
    studio.put("a.png", &png(8, 8));
    let session = studio.collected();
    let publish = |session: &pyblish_sdk::testing::Harness<crate::FolderAdapter>| {
        let records = PUBLISH.map(|plugin| done(session.process(plugin, Some("a"))));
        records
            .concat()
            .into_iter()
            .map(|(_, text)| text)
            .collect::<Vec<_>>()
            .join("\n")
    };
    publish(&session);
    let version = || names(&studio.root("image/a"));
    // The same session does not even copy them.
    let said = publish(&session);
    assert!(
        said.contains("a is published already, and its files have not changed"),
        "{said}"
    );
    assert_eq!(value(&session, "a", "unchanged"), true);
    // Another session compares the bytes, and leaves no copies behind.
    let other = studio.collected();
    let said = publish(&other);
    assert!(
        said.contains("a is unchanged: v001 already has these bytes"),
        "{said}"
    );
    assert_eq!(value(&other, "a", "unchanged"), true);
    assert_eq!(value(&other, "a", "version"), 1);
    assert_eq!(value(&other, "a", "thumbnail"), "thumbnail.png");
    assert_eq!(
        (version(), names(&studio.root(".staging"))),
        (vec!["v001".into()], vec![])
    );
    // A file that is gone from the version is published again.
    fs::remove_file(studio.root("image/a/v001/a.png")).unwrap();
    publish(&studio.collected());
    assert_eq!(version(), ["v001", "v002"]);
    // The same size, at another time.
    let mut bytes = png(8, 8);
    bytes.reverse();
    studio.put("a.png", &bytes);
    publish(&session);
    assert_eq!(version().len(), 3);
    assert_eq!(value(&session, "a", "unchanged"), false);
    // Under another name it is another thing.
    change(&session, "a", "asset", "b");
    publish(&session);
    assert_eq!(names(&studio.root("image/b")), ["v001"]);
}

#[test]
fn what_failed_is_published_and_the_rest_is_not_repeated() {
    let studio = Studio::with(&["a.md", "b.md"]);
    fs::create_dir_all(studio.root("document")).unwrap();
    fs::write(studio.root("document/b"), "in the way").unwrap();
    let session = studio.collected();
    for plugin in PUBLISH
        .into_iter()
        .filter(|plugin| *plugin != "ExtractThumbnail")
    {
        done(session.process(plugin, Some("a")));
        let outcome = session.process(plugin, Some("b"));
        assert_eq!(outcome.failure.is_some(), plugin == "IntegrateVersion");
    }
    fs::remove_file(studio.root("document/b")).unwrap();
    for plugin in ["ExtractFiles", "IntegrateVersion"] {
        done(session.process(plugin, Some("a")));
        done(session.process(plugin, Some("b")));
    }
    for name in ["a", "b"] {
        assert_eq!(names(&studio.root("document").join(name)), ["v001"]);
    }
}

#[test]
fn a_template_says_where_versions_go() {
    let studio = Studio::with(&["a.md"])
        .set(
            "template",
            "{project}/{shot}/{name}/{name}_v{version:04}/{file}",
        )
        .set("values", vec!["project=bunny"]);
    let session = studio.collected();
    done(session.process("ExtractFiles", Some("a")));
    let message = failed(session.process("IntegrateVersion", Some("a")));
    assert!(
        message.contains("{shot}, which has no value here"),
        "{message}"
    );
    change(&session, "a", "shot", "sh010");
    done(session.process("IntegrateVersion", Some("a")));
    let folder = studio.root("bunny/sh010/a/a_v0001");
    assert_eq!(names(&folder), ["a.md", "publish.json"]);
    assert_eq!(
        value(&session, "a", "publishPath"),
        folder.to_str().unwrap()
    );
    studio.put("a.md", b"new");
    for plugin in ["ExtractFiles", "IntegrateVersion"] {
        done(session.process(plugin, Some("a")));
    }
    assert!(studio.root("bunny/sh010/a/a_v0002").is_dir());
    change(&session, "a", "shot", "../..");
    studio.put("a.md", b"newer");
    done(session.process("ExtractFiles", Some("a")));
    let message = failed(session.process("IntegrateVersion", Some("a")));
    assert!(
        message.contains("cannot be the name of a folder"),
        "{message}"
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
    let studio = Studio::new();
    let barrier = Barrier::new(THREADS);
    let publisher = |thread: usize| {
        // Each thread has its own inbox and session, and always other bytes.
        let root = studio.root("").to_str().unwrap().to_owned();
        let own = Studio::with(&["a.md"]).set("root", root);
        let session = own.collected();
        let mut versions = Vec::new();
        for round in 0..ROUNDS {
            own.put("a.md", format!("{thread} {round}").as_bytes());
            done(session.process("ExtractFiles", Some("a")));
            barrier.wait();
            done(session.process("IntegrateVersion", Some("a")));
            versions.push(value(&session, "a", "version").as_u64().unwrap());
        }
        take_records();
        versions
    };
    let publisher = &publisher;
    let versions: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || publisher(thread)))
            .collect();
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

#[test]
fn those_who_publish_one_thing_at_once_get_one_version() {
    const THREADS: usize = 4;
    let studio = Studio::with(&["a.md"]);
    let barrier = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let session = studio.collected();
                done(session.process("ExtractFiles", Some("a")));
                barrier.wait();
                done(session.process("IntegrateVersion", Some("a")));
                assert_eq!(value(&session, "a", "version"), 1);
            });
        }
    });
    assert_eq!(names(&studio.root("document/a")), ["v001"]);
    assert_eq!(names(&studio.root(".staging")), [""; 0]);
}

#[test]
fn people_can_ask_for_a_version() {
    let studio = Studio::with(&["a.md"]);
    let session = studio.collected();
    let publish = || {
        done(session.process("ExtractFiles", Some("a")));
        session.process("IntegrateVersion", Some("a"))
    };
    change(&session, "a", "wantedVersion", 7);
    change(&session, "a", "comment", "for review");
    done(publish());
    let said = manifest(&studio, "document/a/v007");
    assert_eq!(
        (&said["version"], &said["comment"]),
        (&json!(7), &json!("for review"))
    );
    studio.put("a.md", b"other");
    let message = failed(publish());
    assert!(
        message.contains("v007 is there already, with other bytes"),
        "{message}"
    );
    session.context(|context| {
        let id = context.find("a").unwrap();
        context.instance(&id).unwrap().unset("wantedVersion");
    });
    done(publish());
    assert_eq!(value(&session, "a", "version"), 8);
}

#[test]
fn the_highest_number_has_no_next() {
    let studio = Studio::with(&["a.md"]);
    let highest = format!("document/a/v{}", u64::MAX);
    fs::create_dir_all(studio.root(&highest)).unwrap();
    let session = studio.collected();
    done(session.process("ExtractFiles", Some("a")));
    let message = failed(session.process("IntegrateVersion", Some("a")));
    assert!(message.contains("the highest possible number"), "{message}");
}
