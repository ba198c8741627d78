//! Tests of each validator, with right and wrong files.

use std::fs;

use serde_json::json;

use crate::testing::{Studio, change, done, exr_header, failed, jpeg, png, value};

/// Runs a validator on the one instance of an inbox with this file.
fn check(plugin: &str, file: &str, bytes: &[u8]) -> Result<(), String> {
    let studio = Studio::new();
    studio.put(file, bytes);
    let session = studio.collected();
    let name = crate::name::show(crate::name::split(file).0);
    match session.process(plugin, Some(&name)).failure {
        None => Ok(()),
        Some(failure) => Err(failure.message),
    }
}

#[test]
fn names_fit_the_pattern() {
    let check = |file: &str| check("ValidateName", file, b"x");
    for file in ["hero.png", "hero_2.PNG", "a", "a.tar.gz"] {
        assert_eq!(check(file), Ok(()), "{file}");
    }
    assert_eq!(
        check("Old Map.png").unwrap_err(),
        "The name of Old Map.png does not match the pattern [a-z][a-z0-9_]* (without its number \
         and extension): repair it, or rename it, for example to old_map.png"
    );
    assert!(
        check("3d.png")
            .unwrap_err()
            .ends_with("for example to n3d.png")
    );
    assert!(
        check("hero.left.png")
            .unwrap_err()
            .ends_with("for example to hero_left.png")
    );
    assert!(
        check("日本.png")
            .unwrap_err()
            .ends_with("for example to ri_ben.png")
    );
    let newline = check("new\nline.png").unwrap_err();
    assert!(
        newline.contains("new\\nline.png contains a hidden character"),
        "{newline}"
    );
    let long = check(&format!("{}.png", "y".repeat(251))).unwrap_err();
    assert!(
        long.contains("is 255 bytes long") && long.contains("by hand"),
        "{long}"
    );
    assert!(
        check("Publish.json")
            .unwrap_err()
            .contains("the name of the description")
    );
}

#[test]
fn the_pattern_holds_for_the_whole_name_of_a_sequence() {
    let studio = Studio::with(&["Hero.1.png", "Hero.2.png"]).set("pattern", "[A-Z][a-z]+|x");
    let session = studio.collected();
    done(session.process("ValidateName", Some("Hero")));
    let studio = studio.set("pattern", "Her|o");
    let session = studio.collected();
    assert!(failed(session.process("ValidateName", Some("Hero"))).contains("Her|o"));
}

#[test]
fn nothing_is_empty() {
    assert_eq!(check("ValidateNotEmpty", "a.md", b"x"), Ok(()));
    assert_eq!(
        check("ValidateNotEmpty", "a.md", b"").unwrap_err(),
        "a.md is empty (0 bytes): write or copy it again, then collect again"
    );
    let studio = Studio::with(&["b.1.png", "b.2.png", "b.3.png"]);
    studio.put("b.1.png", b"");
    studio.put("b.3.png", b"");
    let session = studio.collected();
    let message = failed(session.process("ValidateNotEmpty", Some("b")));
    assert!(
        message.starts_with("b.1.png, b.3.png are empty"),
        "{message}"
    );
    fs::remove_file(studio.inbox("b.2.png")).unwrap();
    assert!(failed(session.process("ValidateNotEmpty", Some("b"))).contains("b.2.png is gone"));
}

#[test]
fn files_are_what_their_extension_says() {
    let check = |file, bytes: &[u8]| check("ValidateSignature", file, bytes);
    for (file, bytes) in [
        ("a.png", &png(2, 2)[..]),
        ("a.JPG", &jpeg(2, 2)),
        ("a.usd", b"#usda 1.0\n"),
        ("a.blend", b"\x28\xb5\x2f\xfdxyz"),
        // The formats of these are unknown, and empty files are for another validator.
        ("a.md", b"\x89PNG\r\n\x1a\n"),
        ("a.png", b""),
    ] {
        assert_eq!(check(file, bytes), Ok(()), "{file}");
    }
    assert_eq!(
        check("matte.png", &jpeg(2, 2)).unwrap_err(),
        "matte.png has the extension .png for a PNG image, but its first bytes look like a JPEG \
         image: save it as a PNG image, or give it the extension .jpg; then collect again"
    );
    assert!(
        check("a.glb", b"{}")
            .unwrap_err()
            .contains("look like plain text: save it again as a binary glTF")
    );
    assert!(check("a.exr", &[0; 64]).unwrap_err().contains("only zeros"));
    assert!(
        check("a.fbx", b"PK\x03\x04")
            .unwrap_err()
            .contains("a ZIP archive")
    );
    assert!(
        check("a.usdc", b"#usda 1.0")
            .unwrap_err()
            .contains("give it the extension .usda")
    );
}

#[test]
fn the_first_wrong_frame_is_named() {
    let studio = Studio::new();
    for frame in 1..=4 {
        studio.put(&format!("a.{frame}.png"), &png(2, 2));
    }
    let session = studio.collected();
    done(session.process("ValidateSignature", Some("a")));
    studio.put("a.3.png", b"<html>not found</html>");
    let message = failed(session.process("ValidateSignature", Some("a")));
    assert!(
        message.starts_with("a.3.png has the extension .png") && message.contains("a web page"),
        "{message}"
    );
}

#[test]
fn a_sequence_has_no_hole() {
    let files: Vec<String> = [1001, 1002, 1004, 1007, 1010]
        .map(|n| format!("a_{n}.vdb"))
        .into();
    let session = Studio::with(&files.iter().map(String::as_str).collect::<Vec<_>>()).collected();
    assert_eq!(
        failed(session.process("ValidateSequence", Some("a"))),
        "5 frames are missing in a_####.vdb 1001-1010: 1003, 1005-1006, 1008-1009. Render or copy \
         them, then collect again; or say what the numbers are, or that it is meant"
    );
    let session = Studio::with(&["a_1.vdb", "a_2.vdb"]).collected();
    done(session.process("ValidateSequence", Some("a")));
    let session = Studio::with(&["a.1.vdb", "a.900000000000.vdb"]).collected();
    assert!(failed(session.process("ValidateSequence", Some("a"))).contains("2-899999999999"));
}

#[test]
fn many_holes_are_counted_and_some_are_named() {
    let files: Vec<String> = (0..60)
        .map(|n| format!("a.{}.exr", n * 3 + i32::from(n == 59)))
        .collect();
    let session = Studio::with(&files.iter().map(String::as_str).collect::<Vec<_>>()).collected();
    let message = failed(session.process("ValidateSequence", Some("a")));
    assert!(
        message.contains("119 frames are missing") && message.contains("and 49 more"),
        "{message}"
    );
}

#[test]
fn the_frames_of_a_sequence_have_one_size() {
    let studio = Studio::new();
    for frame in 1..=3 {
        studio.put(&format!("a.{frame}.png"), &png(64, 36));
        studio.put(&format!("b.{frame}.exr"), &exr_header(64, 36));
    }
    studio.put("c.obj", b"x");
    let session = studio.collected();
    for name in ["a", "b", "c"] {
        done(session.process("ValidateSequence", Some(name)));
    }
    studio.put("a.2.png", &png(64, 35));
    studio.put("b.3.exr", &exr_header(65, 36));
    let message = failed(session.process("ValidateSequence", Some("a")));
    assert_eq!(
        message,
        "a.2.png is 64 x 35 pixels, but a.1.png is 64 x 36: render all frames with the same size"
    );
    assert!(
        failed(session.process("ValidateSequence", Some("b"))).starts_with("b.3.exr is 65 x 36")
    );
    studio.put("a.2.png", b"no image");
    let message = failed(session.process("ValidateSequence", Some("a")));
    assert!(
        message.starts_with("The width and height of a.2.png cannot be read"),
        "{message}"
    );
    fs::remove_file(studio.inbox("b.2.exr")).unwrap();
    assert!(failed(session.process("ValidateSequence", Some("b"))).contains("b.2.exr is gone"));
}

#[test]
fn no_name_differs_from_another_only_by_case() {
    let session = Studio::with(&["hero.png", "heroes.png", "a.1.exr", "a.2.exr"]).collected();
    done(session.process("ValidateCase", None));

    let session =
        Studio::with(&["Hero.png", "hero.png", "b.png", "B.1.png", "B.2.png"]).collected();
    let message = failed(session.process("ValidateCase", None));
    assert!(
        message.starts_with(
            "Hero.png and hero.png differ only by upper and lower case or by the spelling"
        ),
        "{message}"
    );

    // Not the files, but the names that they are published under.
    let session = Studio::with(&["Hero.png", "other.jpg"]).collected();
    done(session.process("ValidateCase", None));
    change(&session, "other", "asset", "hero");
    let message = failed(session.process("ValidateCase", None));
    assert!(
        message.starts_with("Hero.png and other.jpg would be published to the same place"),
        "{message}"
    );
    change(&session, "Hero", "publish", false);
    done(session.process("ValidateCase", None));

    // Each family has its own folder.
    let session = Studio::with(&["Hero.png", "hero.glb"]).collected();
    done(session.process("ValidateCase", None));
}

#[test]
fn names_that_are_one_on_some_disk_are_found() {
    for (a, b) in [
        ("h\u{f6}he.md", "ho\u{308}he.md"),
        ("stra\u{df}e.md", "STRASSE.md"),
        ("k.md", "\u{212a}.md"),
    ] {
        let session = Studio::with(&[a, b]).set("pattern", ".*").collected();
        let message = failed(session.process("ValidateCase", None));
        assert!(message.contains("are one file on some disks"), "{message}");
    }
}

#[test]
fn what_windows_does_not_take_is_named_whatever_the_pattern() {
    for (file, part) in [
        ("aux.md", "is a name that Windows keeps for a device"),
        ("hero..md", "ends with a dot or a space"),
        ("what?.md", "contains '?'"),
    ] {
        let session = Studio::with(&[file]).set("pattern", ".*").collected();
        let name = crate::name::split(file).0;
        let message = failed(session.process("ValidateName", Some(name)));
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn tiles_have_no_holes_and_steps_are_kept() {
    let tiles = [
        "wood_rough_1001.md",
        "t_1001.png",
        "t_1002.png",
        "t_1011.png",
    ];
    let session = Studio::with(&tiles).collected();
    assert_eq!(value(&session, "t", "family"), "texture");
    assert!(
        failed(session.process("ValidateSequence", Some("nobody")))
            .contains("there is no instance")
    );
    let files: Vec<String> = [1001, 1006, 1011, 1021]
        .map(|n| format!("a.{n}.vdb"))
        .into();
    let studio = Studio::with(&files.iter().map(String::as_str).collect::<Vec<_>>());
    let session = studio.collected();
    assert_eq!(value(&session, "a", "step"), 5);
    assert_eq!(value(&session, "a", "label"), "a.####.vdb 1001-1021x5");
    let message = failed(session.process("ValidateSequence", Some("a")));
    assert!(
        message.starts_with("1 frame is missing in a.####.vdb 1001-1021x5: 1016."),
        "{message}"
    );
}

#[test]
fn an_artist_can_say_what_a_sequence_is() {
    let files = ["a.1.vdb", "a.11.vdb", "b.1.vdb", "b.2.vdb", "b.4.vdb"];
    let studio = Studio::with(&files);
    let session = studio.collected();
    failed(session.process("ValidateSequence", Some("a")));
    done(session.act("ValidateSequence", "steps", Some("a")));
    assert_eq!(value(&session, "a", "label"), "a.#.vdb 1-11x10");
    done(session.process("ValidateSequence", Some("a")));
    let message = failed(session.act("ValidateSequence", "steps", Some("b")));
    assert!(message.contains("have no common step"), "{message}");
    done(session.act("ValidateSequence", "files", Some("b")));
    assert_eq!(crate::testing::instances(&session).len(), 4);
    // As on the page, without an instance: all that failed are meant.
    let other = Studio::with(&["c.1.vdb", "c.5.vdb", "d.1.vdb", "d.2.vdb"]);
    let session = other.collected();
    failed(session.process("ValidateSequence", Some("c")));
    done(session.process("ValidateSequence", Some("d")));
    done(session.act("ValidateSequence", "accept", None));
    done(session.process("ValidateSequence", Some("c")));
    assert!(value(&session, "d", "exceptions").is_null());
    assert!(failed(session.act("ValidateName", "accept", None)).contains("failed on no instance"));
    let session = studio.collected();
    // It is known the next time.
    assert_eq!(value(&session, "b.2", "reading"), "files");
    assert_eq!(value(&session, "b.2", "evidence"), "was said by an artist");
}

#[test]
fn a_rule_need_not_hold_if_there_is_a_reason() {
    let files = ["a.1.vdb", "a.3.vdb", "b.1.vdb", "b.3.vdb"];
    let check = |studio: &Studio, name: &str| {
        let outcome = studio.collected().process("ValidateSequence", Some(name));
        let records = pyblish_sdk::testing::take_records();
        (outcome.failure.map(|failure| failure.message), records)
    };
    // By the studio, for one item.
    let rule = "ValidateSequence/cache/a*: simulations begin late";
    let studio = Studio::with(&files).set("exceptions", vec![rule]);
    let (failure, records) = check(&studio, "a");
    assert_eq!(failure, None);
    let said = "ValidateSequence was left out for a: simulations begin late";
    assert!(records.contains(&(30, said.to_owned())), "{records:?}");
    assert!(check(&studio, "b").0.is_some());
    for other in ["ValidateSequence/image: x", "ValidateName/cache/a: x"] {
        let studio = Studio::with(&files).set("exceptions", vec![other]);
        assert!(check(&studio, "a").0.is_some(), "{other}");
    }
    // By the artist, where the studio allows it.
    let accept = |studio: &Studio| {
        let session = studio.collected();
        failed(session.process("ValidateSequence", Some("a")));
        let accepted = session.act("ValidateSequence", "accept", Some("a"));
        let failure = session.process("ValidateSequence", Some("a")).failure;
        let reason = value(&session, "a", "excepted")["ValidateSequence"].clone();
        (accepted.failure.is_none(), failure.is_none(), reason)
    };
    let yes = (true, true, json!("accepted by tester"));
    assert_eq!(accept(&Studio::with(&files)), yes);
    let some = Studio::with(&files).set("optional", vec!["ValidateSequence/cache/b"]);
    assert_eq!(accept(&some), (false, false, json!(null)));
    let session = some.collected();
    change(
        &session,
        "a",
        "exceptions",
        json!({"ValidateSequence": "late"}),
    );
    assert!(
        session
            .process("ValidateSequence", Some("a"))
            .failure
            .is_some()
    );
    change(
        &session,
        "b",
        "exceptions",
        json!({"ValidateSequence": "late"}),
    );
    done(session.process("ValidateSequence", Some("b")));
    // The reason is in the description of the version.
    for plugin in ["ExtractFiles", "IntegrateVersion"] {
        done(session.process(plugin, Some("b")));
    }
    let said = fs::read_to_string(some.root("cache/b/v001/publish.json")).unwrap();
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["exceptions"], json!({"ValidateSequence": "late"}));
    // What is not a rule of one instance can be left out as well.
    let studio = Studio::with(&["Hero.md", "hero.md"])
        .set("exceptions", vec!["ValidateCase/*/Hero: only on Linux"]);
    done(studio.collected().process("ValidateCase", None));
}
