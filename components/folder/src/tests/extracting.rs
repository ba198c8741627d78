//! Tests of copies and thumbnails.

use std::fs;

use pyblish_sdk::testing::take_progress;
use serde_json::json;

use crate::testing::{Studio, change, done, exr, failed, names, png, value};

#[test]
fn files_are_copied_and_measured() {
    let studio = Studio::with(&["a.1.vdb", "a.2.vdb"]);
    studio.put("a.1.vdb", b"abc");
    studio.put("a.2.vdb", &vec![7; 3 << 20]);
    let session = studio.collected();
    take_progress();
    done(session.process("ExtractFiles", Some("a")));
    let staging = value(&session, "a", "staging");
    let staging = std::path::Path::new(staging.as_str().unwrap());
    assert!(staging.starts_with(studio.root(".staging")));
    assert_eq!(fs::read(staging.join("a.1.vdb")).unwrap(), b"abc");
    assert_eq!(fs::read(staging.join("a.2.vdb")).unwrap(), vec![7; 3 << 20]);
    let first = json!({
        "file": "a.1.vdb",
        "size": 3,
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    });
    assert_eq!(value(&session, "a", "transfers")[0], first);
    assert_eq!(value(&session, "a", "size"), 3 + (3 << 20));
    let fractions: Vec<f64> = take_progress()
        .iter()
        .map(|(fraction, _)| *fraction)
        .collect();
    assert!(
        fractions.len() >= 3 && fractions.is_sorted(),
        "{fractions:?}"
    );
    assert_eq!(fractions.last(), Some(&1.0));
    assert_eq!(studio.names(), ["a.1.vdb", "a.2.vdb"]);
}

#[test]
fn copying_again_takes_the_place_of_the_first_copy() {
    let studio = Studio::with(&["a.md"]);
    let session = studio.collected();
    done(session.process("ExtractFiles", Some("a")));
    let first = value(&session, "a", "staging");
    done(session.process("ExtractFiles", Some("a")));
    let second = value(&session, "a", "staging");
    assert_ne!(first, second);
    let there = |path: &serde_json::Value| std::path::Path::new(path.as_str().unwrap()).exists();
    assert!(!there(&first) && there(&second));
}

#[test]
fn a_failure_leaves_no_copy_and_the_inbox_as_it_was() {
    let studio = Studio::with(&["a.1.vdb", "a.2.vdb"]);
    let session = studio.collected();
    done(session.process("ExtractFiles", Some("a")));
    fs::remove_file(studio.inbox("a.2.vdb")).unwrap();
    fs::create_dir(studio.inbox("a.2.vdb")).unwrap();
    failed(session.process("ExtractFiles", Some("a")));
    assert_eq!(names(&studio.root(".staging")), [""; 0]);
    assert!(
        value(&session, "a", "staging").is_null() && value(&session, "a", "transfers").is_null()
    );
    fs::remove_dir(studio.inbox("a.2.vdb")).unwrap();
    assert!(failed(session.process("ExtractFiles", Some("a"))).contains("a.2.vdb is gone"));
    assert_eq!(studio.names(), ["a.1.vdb"]);
}

/// A root that cannot be written even by an administrator.
#[cfg(target_os = "linux")]
#[test]
fn a_root_that_cannot_be_written_is_said() {
    let studio = Studio::with(&["a.md"]).set("root", "/proc/self");
    let session = studio.collected();
    let message = failed(session.process("ExtractFiles", Some("a")));
    assert!(message.contains("/proc/self"), "{message}");
    assert!(
        message.contains("written") && message.contains("read-only"),
        "{message}"
    );
}

#[test]
fn the_name_of_the_description_is_kept_free() {
    let session = Studio::with(&["publish.json"]).collected();
    assert!(failed(session.process("ExtractFiles", Some("publish"))).contains("rename the file"));
}

#[test]
fn a_small_picture_is_made_of_the_middle_frame() {
    let studio = Studio::new();
    for (frame, light) in [(1, 0.0), (2, 1.0), (3, 0.0)] {
        studio.put(&format!("a.{frame}.exr"), &exr(300, 150, light));
    }
    studio.put("thumbnail.png", &png(300, 150));
    let session = studio.collected();
    for name in ["a", "thumbnail"] {
        done(session.process("ExtractFiles", Some(name)));
        done(session.process("ExtractThumbnail", Some(name)));
        // Again, which replaces the first.
        done(session.process("ExtractThumbnail", Some(name)));
    }
    let staged = |name| {
        value(&session, name, "staging")
            .as_str()
            .unwrap()
            .to_owned()
    };
    let picture = image::open(format!("{}/thumbnail.png", staged("a")))
        .unwrap()
        .into_rgb8();
    assert_eq!(
        (picture.dimensions(), picture.get_pixel(9, 9).0),
        ((256, 128), [255; 3])
    );
    assert_eq!(value(&session, "thumbnail", "thumbnail"), "thumbnail_2.png");
    assert_eq!(
        names(staged("thumbnail").as_ref()),
        ["thumbnail.png", "thumbnail_2.png"]
    );
}

#[test]
fn an_image_that_cannot_be_decoded_has_no_thumbnail() {
    let studio = Studio::with(&["a.png", "b.dpx"]);
    let session = studio.collected();
    for name in ["a", "b"] {
        let records = done(session.process("ExtractThumbnail", Some(name)));
        assert!(
            records[0].0 == 30 && records[0].1.contains("run ExtractFiles first"),
            "{records:?}"
        );
        done(session.process("ExtractFiles", Some(name)));
        let records = done(session.process("ExtractThumbnail", Some(name)));
        assert!(
            records[0].0 == 20 && records[0].1.contains("this adapter cannot decode it"),
            "{records:?}"
        );
        assert!(value(&session, name, "thumbnail").is_null());
        done(session.process("IntegrateVersion", Some(name)));
    }
}

#[test]
fn a_frontend_cannot_have_something_else_removed() {
    let studio = Studio::with(&["a.md"]);
    let session = studio.collected();
    let precious = studio.root("image");
    fs::create_dir(&precious).unwrap();
    let root = studio
        .root("")
        .to_str()
        .unwrap()
        .trim_end_matches('/')
        .to_owned();
    for path in [
        format!("{root}/image"),
        format!("{root}/.staging/../image"),
        format!("{root}/.staging"),
        format!("{root}/.staging/stage-1/../../image"),
        format!("{root}/.staging/"),
    ] {
        change(&session, "a", "staging", path);
        done(session.process("ExtractFiles", Some("a")));
        assert!(precious.exists());
    }
}
