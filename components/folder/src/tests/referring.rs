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
fn what_a_layer_in_a_folder_names_is_a_part_too() {
    let studio = Studio::with(&[]);
    fs::create_dir(studio.inbox("layers")).unwrap();
    studio.put("base.usda", b"#usda 1.0");
    studio.put(
        "layers/anim.usda",
        b"#usda 1.0\n( subLayers = [@../base.usda@] )",
    );
    studio.put(
        "shot.usda",
        b"#usda 1.0\n( subLayers = [@layers/anim.usda@] )",
    );
    let session = studio.collected();
    assert_eq!(instances(&session), ["shot"]);
    assert_eq!(
        value(&session, "shot", "parts"),
        json!(["base.usda", "layers/anim.usda"])
    );
}

#[test]
fn clips_of_a_layer_are_parts() {
    let studio = Studio::with(&[]);
    studio.put(
        "crowd.usda",
        b"#usda 1.0\ndef \"x\" ( clips = { dictionary default = {\n\
          string templateAssetPath = \"clip.###.usda\" } } ) {}",
    );
    studio.put("clip.001.usda", b"#usda 1.0");
    studio.put("clip.002.usda", b"#usda 1.0");
    let session = studio.collected();
    assert_eq!(instances(&session), ["crowd"]);
}

#[test]
fn another_spelling_of_letters_is_told() {
    let studio = Studio::with(&["ho\u{308}he.bin"]);
    studio.put("box.gltf", &gltf("h%C3%B6he.bin"));
    let session = studio.collected();
    let records = done(session.process("ValidateReferences", Some("box")));
    let warnings = messages(&records, 30);
    assert!(
        warnings[0].contains("which is not there, but ho\u{308}he.bin is, in another spelling"),
        "{warnings:?}"
    );
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
fn no_repair_breaks_a_name_of_any_kind() {
    // What names, what is in it, and the file that keeps its name.
    let inbox = "INBOX";
    let kinds: [(&str, String, &str); 16] = [
        ("a.mtl", "map_Kd Wood.1001.tif".into(), "Wood.1001.tif"),
        ("b.mtl", "map_Kd Wood_<UDIM>.tif".into(), "Wood_1001.tif"),
        ("c.mtl", format!("map_Kd {inbox}/Wood.tif"), "Wood.tif"),
        ("d.obj", "mtllib Box Of Mine.mtl".into(), "Box Of Mine.mtl"),
        (
            "e.gltf",
            json!({"asset": {"version": "2.0"}, "images": [{"uri": "Wood%20A.png"}]}).to_string(),
            "Wood A.png",
        ),
        (
            "f.usda",
            "#usda 1.0\ndef \"x\" ( references = @./Chair.usda@ ) {}".into(),
            "Chair.usda",
        ),
        (
            "g.usda",
            "#usda 1.0\ndef \"x\" { asset f = @Wood.<UDIM>.exr@ }".into(),
            "Wood.1001.exr",
        ),
        (
            "h.nk",
            "Read {\n file Plate.%04d.exr\n}".into(),
            "Plate.1001.exr",
        ),
        (
            "i.nk",
            format!("Read {{\n file {inbox}/Plate.####.exr\n}}"),
            "Plate.1001.exr",
        ),
        (
            "j.nk",
            "Read {\n file /mnt/old/Plate.%04d.exr\n}".into(),
            "Plate.1001.exr",
        ),
        (
            "k.nk",
            "Read {\n file \"\\[getenv SHOT]/Plate.mov\"\n}".into(),
            "Plate.mov",
        ),
        (
            "l.aepx",
            "<fileReference fullpath=\"C:\\Work\\Plate A.mov\"/>".into(),
            "Plate A.mov",
        ),
        (
            "m.aepx",
            format!("<fileReference fullpath=\"{inbox}/Plate.mov\"/>"),
            "Plate.mov",
        ),
        (
            "n.ma",
            "file -r -typ \"mayaAscii\" \"Rig.ma\";".into(),
            "Rig.ma",
        ),
        (
            "o.ma",
            "\tsetAttr \".ftn\" -type \"string\" \"D:/show/Wood.tif\";".into(),
            "Wood.tif",
        ),
        // One that names itself.
        (
            "Self.usda",
            "#usda 1.0\ndef \"x\" ( references = @./Self.usda@ ) {}".into(),
            "Self.usda",
        ),
    ];
    for (naming, text, named) in kinds {
        let studio = Studio::new();
        let path = studio
            .inbox("")
            .to_str()
            .unwrap()
            .trim_end_matches('/')
            .to_owned();
        if naming != named {
            studio.put(named, &png(2, 2));
        }
        studio.put(naming, text.replace(inbox, &path).as_bytes());
        let session = studio.collected();
        let before = studio.names();
        for instance in instances(&session) {
            if !value(&session, &instance, "files")
                .to_string()
                .contains(named)
            {
                continue;
            }
            let message = failed(session.process("ValidateName", Some(&instance)));
            let said = format!("because it is named in {naming}");
            assert!(message.contains(&said), "{naming}: {message}");
            let message = failed(session.repair("ValidateName", Some(&instance)));
            assert!(message.contains(&said), "{naming}: {message}");
        }
        assert_eq!(studio.names(), before, "{naming}");
    }
    // An address is no file beside it, and neither is one that is above.
    let studio = Studio::with(&["Wood.png", "Plate.png"]);
    studio.put("a.mtl", b"map_Kd https://x/Wood.png\nbump ../Plate.png\n");
    let session = studio.collected();
    for name in ["Wood", "Plate"] {
        done(session.repair("ValidateName", Some(name)));
    }
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
