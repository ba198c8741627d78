//! Tests of each validator, with right and wrong files.

use std::fs;

use crate::testing::{Studio, change, done, exr_header, failed, jpeg, png};

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
        check("hero.1001.png")
            .unwrap_err()
            .ends_with("for example to hero_1001.png")
    );
    assert!(
        check("日本.png")
            .unwrap_err()
            .ends_with("rename it by hand, and collect again")
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
         them, then collect again"
    );
    let session = Studio::with(&["a_1.vdb", "a_2.vdb"]).collected();
    done(session.process("ValidateSequence", Some("a")));
    let session = Studio::with(&["a.1.vdb", "a.900000000000.vdb"]).collected();
    assert!(failed(session.process("ValidateSequence", Some("a"))).contains("2-899999999999"));
}

#[test]
fn many_holes_are_counted_and_some_are_named() {
    let files: Vec<String> = (0..60).map(|n| format!("a.{}.exr", n * 3)).collect();
    let session = Studio::with(&files.iter().map(String::as_str).collect::<Vec<_>>()).collected();
    let message = failed(session.process("ValidateSequence", Some("a")));
    assert!(
        message.contains("118 frames are missing") && message.contains("and 49 more"),
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
        message.starts_with("Hero.png and hero.png differ only by upper and lower case"),
        "{message}"
    );

    // Not the files, but the names that they are published under.
    let session = Studio::with(&["Hero.png", "hero.jpg"]).collected();
    let message = failed(session.process("ValidateCase", None));
    assert!(
        message.starts_with("Hero.png and hero.jpg would be published to the same place"),
        "{message}"
    );
    change(&session, "Hero", "publish", false);
    done(session.process("ValidateCase", None));

    // Each family has its own folder.
    let session = Studio::with(&["Hero.png", "hero.glb"]).collected();
    done(session.process("ValidateCase", None));
}
