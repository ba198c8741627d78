//! Tests of the collector.

use std::fs;
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;

use crate::testing::{Studio, change, done, instances, names, value};

/// The records of a level, one per line.
fn at(level: u32, records: &[(u32, String)]) -> String {
    let records = records.iter().filter(|(found, _)| *found == level);
    records
        .map(|(_, message)| message.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn files_and_sequences_become_instances() {
    let studio = Studio::with(&[
        "hero.1002.exr",
        "hero.1001.exr",
        "hero.1004.exr",
        "Old Map.PNG",
        "set.usda",
        "notes_1.pdf",
        "notes_2.pdf",
    ]);
    let session = studio.collected();
    assert_eq!(
        instances(&session),
        ["hero", "notes_1", "notes_2", "Old Map", "set"]
    );
    let hero = |key| value(&session, "hero", key);
    assert_eq!(hero("family"), "imagesequence");
    assert_eq!(hero("label"), "hero.####.exr 1001-1004");
    assert_eq!(
        hero("files"),
        json!(["hero.1001.exr", "hero.1002.exr", "hero.1004.exr"])
    );
    assert_eq!(
        (hero("frameStart"), hero("frameEnd"), hero("frames")),
        (json!(1001), json!(1004), json!(3))
    );
    assert_eq!(
        (hero("padding"), hero("missing"), hero("missingCount")),
        (json!(4), json!(["1003"]), json!(1))
    );
    assert_eq!(
        (hero("size"), hero("publish"), hero("asset")),
        (json!(39), json!(true), json!("hero"))
    );
    let map = |key| value(&session, "Old Map", key);
    assert_eq!(
        (map("family"), map("extension"), map("label")),
        (json!("image"), json!("png"), json!("Old Map.PNG"))
    );
    assert_eq!(value(&session, "set", "family"), "geometry");
    session.context(|context| {
        for (key, expected) in [
            ("user", "tester"),
            ("machine", "test-machine"),
            ("host", "folder"),
        ] {
            assert_eq!(context.get::<String>(key).unwrap(), expected);
        }
        assert!(
            context.get::<String>("inbox").is_some() && context.get::<String>("root").is_some()
        );
    });
}

#[test]
fn names_that_are_shared_get_their_extension() {
    let files = [
        "hero.png",
        "hero.jpg",
        "hero_jpg.exr",
        "hero.glb",
        "hero",
        "a.1.png",
        "a.2.png",
        "a.md",
        "b.0001.bgeo.sc",
        "b.abc",
    ];
    let session = Studio::with(&files).collected();
    let mut names = instances(&session);
    names.sort();
    let asset = |name| value(&session, name, "asset");
    assert_eq!(
        names,
        [
            "a",
            "a_md",
            "b",
            "b_bgeo_sc",
            "hero",
            "hero_file",
            "hero_glb",
            "hero_jpg",
            "hero_jpg_2"
        ]
    );
    // Each family has its own folder, so only two images of one name need two names.
    for name in ["hero_glb", "hero_file", "a_md"] {
        assert_eq!(asset(name), name.split('_').next().unwrap());
    }
    assert_eq!(asset("hero"), "hero");
    assert_eq!(value(&session, "hero", "files"), json!(["hero.png"]));
    // An item of this name keeps it.
    assert_eq!(
        value(&session, "hero_jpg", "files"),
        json!(["hero_jpg.exr"])
    );
    assert_eq!(asset("hero_jpg_2"), "hero_jpg_2");
}

#[test]
fn a_name_does_not_depend_on_the_neighbours() {
    let publish = |studio: &Studio, name: &str| {
        let session = studio.collected();
        for plugin in ["ExtractFiles", "IntegrateVersion"] {
            done(session.process(plugin, Some(name)));
        }
    };
    let studio = Studio::with(&["hero.jpg", "plate.1001.exr"]);
    publish(&studio, "hero");
    publish(&studio, "plate");
    assert!(studio.root("imagesequence/plate/v001").is_dir());
    // Tomorrow there is more.
    for file in ["hero.png", "hero.obj", "plate.1002.exr"] {
        studio.put(file, b"x");
    }
    let session = studio.collected();
    let asset = |file: &str| {
        session.context(|context| {
            let ids = context.ids();
            let found = ids.iter().find(|id| {
                let files: Vec<String> = context.instance(id).unwrap().get("files").unwrap();
                files[0] == file
            });
            let instance = context.instance(found.unwrap()).unwrap();
            instance.get::<String>("asset").unwrap()
        })
    };
    assert_eq!(asset("hero.jpg"), "hero");
    assert_eq!(asset("hero.png"), "hero_png");
    assert_eq!(asset("hero.obj"), "hero");
    assert_eq!(asset("plate.1001.exr"), "plate");
    publish(&studio, "plate");
    assert!(studio.root("imagesequence/plate/v002").is_dir());
    // What was called so stays so, also alone.
    studio.put("hero.png", b"xyz");
    publish(&studio, "hero_png");
    fs::remove_file(studio.inbox("hero.jpg")).unwrap();
    let session = studio.collected();
    assert_eq!(value(&session, "hero_png", "asset"), "hero_png");
}

#[test]
fn numbers_alone_are_named_after_the_folder() {
    let studio = Studio::with(&["0001.png", "0002.png", "0003.png"]);
    let session = studio.collected();
    assert_eq!(instances(&session), ["in"]);
    assert_eq!(value(&session, "in", "label"), "####.png 1-3");
    done(session.process("ValidateName", Some("in")));
}

#[test]
fn an_artist_can_correct_a_guess_for_good() {
    let files: Vec<String> = [1001, 1006, 1008].map(|n| format!("a.{n}.png")).into();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let studio = Studio::with(&files);
    let session = studio.collected();
    assert_eq!(value(&session, "a", "reading"), "frames");
    assert_eq!(
        value(&session, "a", "evidence"),
        "has a dot before its number"
    );
    for (said, label) in [
        ("frames by 7", "a.####.png 1001-1008x7"),
        ("tiles", "a.<UDIM>.png 3 tiles"),
        ("nonsense", "a.<UDIM>.png 3 tiles"),
        ("guess", "a.####.png 1001-1008"),
    ] {
        change(&session, "a", "correction", said);
        let records = done(session.process("CollectFiles", None));
        assert_eq!(value(&session, "a", "label"), label);
        assert_eq!(said == "nonsense", at(30, &records).contains("is unknown"));
        // Another session knows it, too.
        change(&studio.collected(), "a", "label", "");
        assert_eq!(value(&studio.collected(), "a", "label"), label);
    }
    change(&session, "a", "correction", "files");
    done(session.process("CollectFiles", None));
    assert_eq!(instances(&session), ["a.1001", "a.1006", "a.1008"]);
    // From one of the files, it is taken back.
    change(&session, "a.1006", "correction", "guess");
    done(session.process("CollectFiles", None));
    assert_eq!(instances(&session), ["a"]);
}

#[test]
fn a_correction_that_cannot_be_kept_holds_for_now() {
    let studio = Studio::with(&["a.1.png", "a.2.png"]);
    fs::write(studio.root(".pyblish"), "in the way").unwrap();
    let session = studio.collected();
    change(&session, "a", "correction", "tiles");
    let records = done(session.process("CollectFiles", None));
    assert!(
        at(30, &records).contains("holds only for now"),
        "{records:?}"
    );
    assert_eq!(value(&session, "a", "reading"), "tiles");
}

#[test]
fn what_is_hidden_temporary_or_a_folder_is_left_out_and_said() {
    let studio = Studio::with(&[
        "a.png",
        ".hidden",
        "b.tmp",
        "c~",
        "d.part",
        "Thumbs.db",
        "desktop.ini",
        "e.crdownload",
    ]);
    fs::create_dir(studio.inbox("sub")).unwrap();
    let session = studio.open();
    let records = done(session.process("CollectFiles", None));
    assert_eq!(instances(&session), ["a"]);
    let said = at(20, &records);
    assert!(
        said.contains("Left out 7 leftovers of programs: .hidden, b.tmp, c~"),
        "{said}"
    );
    assert!(
        said.contains(
            "Left out 1 folders, because only the top level of the inbox is collected: sub"
        ),
        "{said}"
    );
    assert_eq!(at(30, &records), "");
    session.context(|context| {
        assert_eq!(context.get::<u64>("leftOutCount"), Some(7));
        assert_eq!(context.get::<Vec<String>>("leftOut").unwrap()[0], ".hidden");
    });
    // A studio knows more of them.
    let studio = studio.set("leave-out", vec!["A.*"]);
    assert_eq!(instances(&studio.collected()), [""; 0]);
}

#[cfg(unix)]
#[test]
fn bad_names_and_links_are_said_and_hide_nothing() {
    use std::os::unix::ffi::OsStrExt;

    let studio = Studio::with(&["a.png", "z.png", "new\nline.png"]);
    fs::write(
        studio
            .inbox("")
            .join(std::ffi::OsStr::from_bytes(b"b\xff.png")),
        "x",
    )
    .unwrap();
    fs::write(studio.inbox(&format!("{}.png", "y".repeat(251))), "x").unwrap();
    std::os::unix::fs::symlink("nowhere", studio.inbox("dangling.png")).unwrap();
    std::os::unix::fs::symlink("a.png", studio.inbox("inside.png")).unwrap();
    let session = studio.open();
    let records = done(session.process("CollectFiles", None));
    assert_eq!(
        instances(&session),
        ["a", "inside", "new\\nline", &"y".repeat(251), "z"]
    );
    let said = at(30, &records);
    assert!(
        said.contains("its name is not UTF-8 (it looks like \"b\u{fffd}.png\"): rename it"),
        "{said}"
    );
    assert!(
        said.contains("dangling.png was left out, because it is a broken link"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn collecting_again_makes_no_doubles() {
    let studio = Studio::with(&["a.png", "b.1.png", "b.2.png", "c.png"]);
    let session = studio.collected();
    change(&session, "a", "publish", false);
    change(&session, "a", "family", "texture");
    let records = done(session.process("CollectFiles", None));
    assert!(
        at(10, &records).contains("3 items have not changed: a.png, b.#.png 1-2, c.png"),
        "{records:?}"
    );

    studio.put("b.3.png", b"xx");
    studio.put("c.obj", b"x");
    studio.put("a.png", b"longer than before");
    fs::remove_file(studio.inbox("c.png")).unwrap();
    let outcome = session.process("CollectFiles", None);
    // Only changes are reported, no unchanged values.
    assert!(outcome.changes.len() < 12, "{:?}", outcome.changes);
    let said = at(20, &done(outcome));
    assert!(said.contains("b.#.png 1-3 was refreshed"), "{said}");
    assert!(said.contains("a.png was refreshed: size changed"), "{said}");
    assert!(said.contains("c is gone from the inbox"), "{said}");
    assert_eq!(instances(&session), ["a", "b", "c"]);
    assert_eq!(value(&session, "a", "publish"), false);
    assert_eq!(value(&session, "a", "family"), "texture");
    assert_eq!(value(&session, "b", "frames"), 3);
    assert_eq!(value(&session, "c", "files"), json!(["c.obj"]));

    // The name of an instance is not given again; that for publishing has another folder.
    studio.put("a.obj", b"x");
    done(session.process("CollectFiles", None));
    assert_eq!(instances(&session), ["a", "b", "c", "a_obj"]);
    assert_eq!(value(&session, "a_obj", "asset"), "a");
    // An instance of a frontend is not changed.
    session.context(|context| {
        context.create("theirs");
    });
    done(session.process("CollectFiles", None));
    assert_eq!(instances(&session).len(), 5);
}

#[test]
fn a_staging_folder_goes_with_its_item_and_after_a_week() {
    let studio = Studio::with(&["a.md", "b.md"]);
    let session = studio.collected();
    done(session.process("ExtractFiles", Some("a")));
    done(session.process("ExtractFiles", Some("b")));
    let old = studio.root(".staging/stage-1-2");
    let foreign = studio.root(".staging/somebody");
    for folder in [&old, &foreign] {
        fs::create_dir(folder).unwrap();
        let week = SystemTime::now() - Duration::from_secs(8 * 24 * 60 * 60);
        fs::File::open(folder).unwrap().set_modified(week).unwrap();
    }
    fs::remove_file(studio.inbox("a.md")).unwrap();
    done(session.process("CollectFiles", None));
    assert!(foreign.exists() && !old.exists());
    let staging = value(&session, "b", "staging");
    let staging = staging.as_str().unwrap();
    let folder = std::path::Path::new(staging).parent().unwrap();
    assert_eq!(names(folder).len(), 1, "the copies of b");
    let folder = folder.file_name().unwrap().to_str().unwrap();
    let lock = format!("{folder}.lock");
    assert_eq!(names(&studio.root(".staging")), [folder, &lock, "somebody"]);

    // Another session takes nothing from one that lives, and all from one that has ended.
    let other = studio.collected();
    assert!(std::path::Path::new(staging).exists());
    drop(session);
    done(other.process("CollectFiles", None));
    assert_eq!(names(&studio.root(".staging")), ["somebody"]);
}

#[test]
fn an_inbox_that_went_away_is_said() {
    let studio = Studio::with(&["a.md"]);
    let session = studio.collected();
    fs::rename(studio.inbox(""), studio.root("moved")).unwrap();
    let message = session
        .process("CollectFiles", None)
        .failure
        .unwrap()
        .message;
    assert!(
        message.contains("cannot be listed") && message.contains("collect again"),
        "{message}"
    );
    assert_eq!(instances(&session), ["a"]);
}

#[test]
fn five_thousand_files_are_no_matter() {
    let studio = Studio::new();
    for number in 0..5000 {
        studio.put(&format!("item{number}x.png"), b"x");
        studio.put(&format!("frames.{number}.exr"), b"x");
    }
    let session = studio.open();
    let start = Instant::now();
    done(session.process("CollectFiles", None));
    done(session.process("CollectFiles", None));
    done(session.process("ValidateCase", None));
    assert_eq!(instances(&session).len(), 5001);
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}
