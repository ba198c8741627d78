//! Tests of files that name others, from the inbox to the version.

use std::fs;

use serde_json::json;

use crate::testing::{Studio, change, done, failed, instances, png, value};

const GLTF: &[u8] = br#"{"asset":{"version":"2.0"},"buffers":[{"uri":"box.bin"}],"images":[{"uri":"tex/box%20color.png"}]}"#;

fn messages(records: &[(u32, String)], least: u32) -> Vec<&str> {
    records
        .iter()
        .filter(|(level, _)| *level >= least)
        .map(|(_, message)| message.as_str())
        .collect()
}

#[test]
fn what_belongs_together_becomes_one_version() {
    let studio = Studio::with(&["box.bin", "other.png"]);
    studio.put("box.gltf", GLTF);
    fs::create_dir(studio.inbox("tex")).unwrap();
    studio.put("tex/box color.png", &png(4, 4));
    let session = studio.collected();
    assert_eq!(instances(&session), ["box", "other"]);
    assert_eq!(value(&session, "box", "files"), json!(["box.gltf"]));
    assert_eq!(
        value(&session, "box", "parts"),
        json!(["box.bin", "tex/box color.png"])
    );
    let size = GLTF.len() + 7 + png(4, 4).len();
    assert_eq!(value(&session, "box", "size"), size);
    for plugin in [
        "ValidateNotEmpty",
        "ValidateSignature",
        "ValidateSoundness",
        "ValidateReferences",
    ] {
        done(session.process(plugin, Some("box")));
    }
    for plugin in ["ExtractFiles", "IntegrateVersion"] {
        done(session.process(plugin, Some("box")));
    }
    let version = studio.root("geometry/box/v001");
    assert_eq!(fs::read(version.join("box.gltf")).unwrap(), GLTF);
    assert_eq!(fs::read(version.join("box.bin")).unwrap(), b"box.bin");
    assert_eq!(
        fs::read(version.join("tex/box color.png")).unwrap(),
        png(4, 4)
    );
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(version.join("publish.json")).unwrap()).unwrap();
    assert_eq!(manifest["files"][2]["file"], "tex/box color.png");

    // The parts are checked, too.
    studio.put("tex/box color.png", &png(4, 4)[..40]);
    let message = failed(session.process("ValidateSoundness", Some("box")));
    assert!(
        message.starts_with("1 of 3 files is broken: tex/box color.png (it ends after 40 bytes"),
        "{message}"
    );
    studio.put("box.bin", b"");
    assert!(failed(session.process("ValidateNotEmpty", Some("box"))).contains("box.bin is empty"));
}

#[test]
fn layers_are_followed_in_circles_and_to_their_ends() {
    let studio = Studio::with(&["t.1001.exr", "t.1002.exr", "alone.png"]);
    studio.put("a.usda", b"#usda 1.0\n( subLayers = [@./b.usda@] )");
    studio.put("b.usda", b"#usda 1.0\n( subLayers = [@c.usda@, @b.usda@] )");
    studio.put(
        "c.usda",
        b"#usda 1.0\ndef \"x\" { asset f = @t.<UDIM>.exr@ asset a = @a.usda@ }",
    );
    let session = studio.collected();
    assert_eq!(instances(&session), ["a", "alone"]);
    assert_eq!(
        value(&session, "a", "parts"),
        json!(["b.usda", "c.usda", "t.1001.exr", "t.1002.exr"])
    );
    assert_eq!(value(&session, "a", "namedBy"), json!(["c.usda"]));
    // Collecting again changes nothing. What nothing names any more is an item of its own.
    done(session.process("CollectFiles", None));
    assert_eq!(instances(&session), ["a", "alone"]);
    studio.put("b.usda", b"#usda 1.0");
    done(session.process("CollectFiles", None));
    assert_eq!(instances(&session), ["alone", "c"]);
}

#[test]
fn frames_of_a_script_stay_an_item() {
    let studio = Studio::with(&["p.1001.exr", "p.1002.exr", "m.png"]);
    studio.put(
        "comp.nk",
        b"Read {\n file p.%04d.exr\n}\nRead {\n file m.png\n}\n",
    );
    let session = studio.collected();
    assert_eq!(instances(&session), ["comp", "p"]);
    assert_eq!(
        value(&session, "comp", "parts"),
        json!(["m.png", "p.1001.exr", "p.1002.exr"])
    );
    assert_eq!(value(&session, "p", "namedBy"), json!(["comp.nk"]));
}

#[test]
fn names_that_lead_nowhere_are_told() {
    let studio = Studio::with(&["Wood.png"]);
    studio.put(
        "a.mtl",
        b"map_Kd gone.png\nbump ../out.png\ndisp C:\\x\\y.png\nrefl wood.png\nnorm https://x/y.png\n",
    );
    let session = studio.collected();
    let records = done(session.process("ValidateReferences", Some("a")));
    let warnings = messages(&records, 30);
    for (name, reason) in [
        ("gone.png", "is not there:"),
        ("../out.png", "leads out of the inbox"),
        ("C:\\x\\y.png", "is an absolute path"),
        ("wood.png", "is not there, but Wood.png is"),
        ("https://x/y.png", "is not a relative path"),
    ] {
        let told = format!("a.mtl names {name}, which {reason}");
        assert!(
            warnings.iter().any(|warning| warning.starts_with(&told)),
            "{told}: {warnings:?}"
        );
    }
    assert_eq!(warnings.len(), 5);
    // A file that came after collecting is not published without a word.
    studio.put("gone.png", b"x");
    assert!(
        failed(session.process("ValidateReferences", Some("a")))
            .contains("gone.png. Collect again")
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_is_no_part() {
    let studio = Studio::new();
    studio.put("a.mtl", b"map_Kd loop.png\nbump folder/x.png\n");
    std::os::unix::fs::symlink("loop.png", studio.inbox("loop.png")).unwrap();
    std::os::unix::fs::symlink("/etc", studio.inbox("folder")).unwrap();
    let session = studio.collected();
    assert!(value(&session, "a", "parts").is_null());
}

#[test]
fn a_name_that_others_use_is_not_repaired() {
    let studio = Studio::with(&["Plate.1.exr", "Plate.2.exr", "Box.mtl"]);
    studio.put("comp.nk", b"Read {\n file Plate.#.exr\n}\n");
    studio.put("Box.obj", b"mtllib Box.mtl\n");
    let session = studio.collected();
    let message = failed(session.process("ValidateName", Some("Plate")));
    assert!(
        message.contains("because it is named in comp.nk"),
        "{message}"
    );
    let message = failed(session.repair("ValidateName", Some("Plate")));
    assert!(
        message.contains("because it is named in comp.nk"),
        "{message}"
    );
    // Parts keep their names, so that the repair of the whole breaks nothing.
    done(session.repair("ValidateName", Some("Box")));
    assert_eq!(
        studio.names(),
        [
            "Box.mtl",
            "Plate.1.exr",
            "Plate.2.exr",
            "box.obj",
            "comp.nk"
        ]
    );
    done(session.process("ValidateReferences", Some("Box")));
}

#[test]
fn paths_of_parts_are_not_trusted() {
    let studio = Studio::with(&["a.md"]);
    let session = studio.collected();
    for part in ["../x", "/etc/passwd", "a//b", "a/../b", "..\\x"] {
        change(&session, "a", "parts", json!([part]));
        assert!(
            failed(session.process("ExtractFiles", Some("a"))).contains("collect again"),
            "{part}"
        );
    }
}

/// A glTF that names a buffer of this name.
fn gltf(buffer: &str) -> Vec<u8> {
    let buffers = json!([{"uri": buffer}]);
    json!({"asset": {"version": "2.0"}, "buffers": buffers})
        .to_string()
        .into_bytes()
}

#[test]
fn names_of_parts_are_checked() {
    for (part, wrong) in [
        ("aux.bin", "keeps for a device"),
        ("what?.bin", "takes in no name"),
        ("tex /box.bin", "ends with a dot or a space"),
        ("publish.json", "the description in every version"),
    ] {
        let studio = Studio::with(&[]);
        if let Some((folder, _)) = part.split_once('/') {
            fs::create_dir(studio.inbox(folder)).unwrap();
        }
        studio.put(
            "box.gltf",
            &gltf(&part.replace('?', "%3F").replace(' ', "%20")),
        );
        studio.put(part, b"bytes");
        let session = studio.collected();
        assert_eq!(value(&session, "box", "parts"), json!([part]));
        for message in [
            failed(session.process("ValidateName", Some("box"))),
            failed(session.repair("ValidateName", Some("box"))),
        ] {
            assert!(message.contains(wrong), "{part}: {message}");
            assert!(message.contains("box.gltf names a file"), "{message}");
        }
    }
    // The studio's pattern is not for them.
    let studio = Studio::with(&[]);
    studio.put("box.gltf", &gltf("Box%20Of%20Mine.bin"));
    studio.put("Box Of Mine.bin", b"bytes");
    done(studio.collected().process("ValidateName", Some("box")));
}

#[test]
fn parts_that_are_one_on_some_disk_collide() {
    let studio = Studio::with(&[]);
    studio.put("box.gltf", &gltf("Tile.bin"));
    studio.put("cup.gltf", &gltf("tile.bin"));
    studio.put("lid.gltf", &gltf("h%C3%B6he.bin"));
    studio.put("lip.gltf", &gltf("ho%CC%88he.bin"));
    for part in ["Tile.bin", "tile.bin", "h\u{f6}he.bin", "ho\u{308}he.bin"] {
        studio.put(part, b"bytes");
    }
    let message = failed(studio.collected().process("ValidateCase", None));
    assert!(message.contains("Tile.bin and tile.bin"), "{message}");
    assert!(message.contains("he.bin and h"), "{message}");

    // One part of two items is one file.
    let studio = Studio::with(&["tile.bin"]);
    studio.put("box.gltf", &gltf("tile.bin"));
    studio.put("cup.gltf", &gltf("tile.bin"));
    done(studio.collected().process("ValidateCase", None));
}
