//! Tests of the repair of names.

use std::fs;

use serde_json::json;

use crate::testing::{Studio, change, done, failed, instances, value};

#[test]
fn a_file_is_renamed_and_published_under_its_new_name() {
    let studio = Studio::with(&["Old Map.md"]);
    let session = studio.collected();
    failed(session.process("ValidateName", Some("Old Map")));
    done(session.repair("ValidateName", Some("Old Map")));
    assert_eq!(studio.names(), ["old_map.md"]);
    assert_eq!(fs::read(studio.inbox("old_map.md")).unwrap(), b"Old Map.md");
    assert_eq!(value(&session, "Old Map", "asset"), "old_map");
    assert_eq!(value(&session, "Old Map", "files"), json!(["old_map.md"]));
    assert_eq!(value(&session, "Old Map", "label"), "old_map.md");
    for plugin in [
        "ValidateName",
        "ValidateNotEmpty",
        "ExtractFiles",
        "IntegrateVersion",
    ] {
        done(session.process(plugin, Some("Old Map")));
    }
    assert!(studio.root("document/old_map/v001/old_map.md").exists());
    // It is still the same item, with another name.
    done(session.process("CollectFiles", None));
    assert_eq!(instances(&session), ["Old Map"]);
    // There is nothing else to repair.
    done(session.repair("ValidateName", Some("Old Map")));
}

#[test]
fn all_frames_of_a_sequence_are_renamed() {
    let studio = Studio::with(&["Höhe 2-0998.EXR", "Höhe 2-0999.EXR", "Höhe 2-1000.EXR"]);
    let session = studio.collected();
    done(session.repair("ValidateName", Some("Höhe 2")));
    assert_eq!(
        studio.names(),
        ["hohe_2-0998.EXR", "hohe_2-0999.EXR", "hohe_2-1000.EXR"]
    );
    assert_eq!(
        value(&session, "Höhe 2", "label"),
        "hohe_2-####.EXR 998-1000"
    );
    done(session.process("ValidateName", Some("Höhe 2")));
    let members = session.context(|context| {
        let id = context.find("Höhe 2").unwrap();
        context.instance(&id).unwrap().members().to_vec()
    });
    assert!(members[0].ends_with("/hohe_2-0998.EXR"));
}

#[test]
fn another_file_is_never_written_over() {
    let studio = Studio::with(&["Hero.1.png", "Hero.2.png", "Hero.3.png", "hero.2.png"]);
    let session = studio.collected();
    let before = studio.names();
    // Says the new name first, and it is a free one.
    let message = failed(session.process("ValidateName", Some("Hero")));
    assert!(
        message.ends_with("for example to hero_2.1.png (3 files, the others likewise)"),
        "{message}"
    );
    assert_eq!(studio.names(), before);
    done(session.repair("ValidateName", Some("Hero")));
    assert_eq!(
        studio.names(),
        ["hero.2.png", "hero_2.1.png", "hero_2.2.png", "hero_2.3.png"]
    );
    assert_eq!(fs::read(studio.inbox("hero.2.png")).unwrap(), b"hero.2.png");
    assert_eq!(value(&session, "Hero", "asset"), "hero_2");
    // It can be undone.
    done(session.act("ValidateName", "undo", Some("Hero")));
    assert_eq!(studio.names(), before);
    assert_eq!(value(&session, "Hero", "asset"), "Hero");
    assert_eq!(value(&session, "Hero", "files")[0], "Hero.1.png");
    let message = failed(session.act("ValidateName", "undo", Some("Hero")));
    assert!(message.contains("were not renamed"), "{message}");
}

#[test]
fn a_file_that_came_meanwhile_is_never_written_over() {
    let studio = Studio::with(&["Hero.1.png", "Hero.2.png"]);
    let session = studio.collected();
    failed(session.process("ValidateName", Some("Hero")));
    studio.put("HERO.2.PNG", b"new");
    done(session.repair("ValidateName", Some("Hero")));
    assert_eq!(
        studio.names(),
        ["HERO.2.PNG", "hero_2.1.png", "hero_2.2.png"]
    );
}

#[test]
fn two_items_never_get_one_name() {
    let studio = Studio::with(&["Old Map.md", "Old-Map.md", "aux.md"]);
    let session = studio.collected();
    let said = |name| failed(session.process("ValidateName", Some(name)));
    assert!(said("Old Map").ends_with("for example to old_map.md"));
    assert!(said("Old-Map").ends_with("for example to old_map_2.md"));
    assert!(
        said("aux").contains("keeps for a device: repair it, or rename it, for example to aux_2")
    );
    // In whatever order they are repaired, each becomes what was said.
    let repair = || {
        done(session.repair("ValidateName", Some("Old-Map")));
        done(session.repair("ValidateName", Some("Old Map")));
        assert_eq!(studio.names(), ["aux.md", "old_map.md", "old_map_2.md"]);
    };
    repair();
    done(session.act("ValidateName", "undo", None));
    assert_eq!(studio.names(), ["Old Map.md", "Old-Map.md", "aux.md"]);
    repair();
    assert_eq!(fs::read(studio.inbox("old_map.md")).unwrap(), b"Old Map.md");
}

#[test]
fn a_path_may_be_as_long_as_windows_takes() {
    let studio = Studio::with(&["a.md"]);
    let path = studio.root("document/a/v001/a.md");
    let length = path.to_str().unwrap().len();
    let studio = studio.set("longest-path", length);
    done(studio.collected().process("ValidateName", Some("a")));
    let studio = studio.set("longest-path", length - 1);
    let message = failed(studio.collected().process("ValidateName", Some("a")));
    assert!(
        message.contains(&format!("makes a path of {length} characters")),
        "{message}"
    );
}

#[test]
fn what_tells_two_items_apart_is_kept() {
    let studio = Studio::with(&["Old Map.png", "Old Map.jpg"]);
    let session = studio.collected();
    done(session.repair("ValidateName", Some("Old Map_jpg")));
    assert_eq!(value(&session, "Old Map_jpg", "asset"), "old_map_jpg");
    assert_eq!(studio.names(), ["Old Map.png", "old_map.jpg"]);
}

#[test]
fn what_cannot_be_made_to_fit_is_left() {
    let studio = Studio::with(&["-+-.png"]);
    let session = studio.collected();
    let before = studio.names();
    let message = failed(session.repair("ValidateName", Some("-+-")));
    assert!(message.contains("rename it by hand"), "{message}");
    assert_eq!(studio.names(), before);
    let studio = Studio::with(&["日本.png", "Publish.json"]);
    let session = studio.collected();
    for name in ["日本", "Publish"] {
        done(session.repair("ValidateName", Some(name)));
    }
    assert_eq!(studio.names(), ["publish_2.json", "ri_ben.png"]);
    // The studio's pattern decides, not the default of the repair.
    let studio = Studio::with(&["ok.png"]).set("pattern", "[0-9]+");
    let session = studio.collected();
    assert!(failed(session.repair("ValidateName", Some("ok"))).contains("[0-9]+"));
    let studio = Studio::with(&["Old Map.png"]).set("pattern", "[A-Za-z_]+");
    let session = studio.collected();
    done(session.repair("ValidateName", Some("Old Map")));
    assert_eq!(studio.names(), ["old_map.png"]);
}

#[test]
fn a_frontend_cannot_lead_the_repair_elsewhere() {
    let studio = Studio::with(&["A.md"]);
    fs::write(studio.root("B.md"), "theirs").unwrap();
    let session = studio.collected();
    change(&session, "A", "files", vec!["../out/B.md"]);
    assert!(
        failed(session.repair("ValidateName", Some("A"))).contains("is not the name of a file")
    );
    assert!(
        failed(session.process("ExtractFiles", Some("A"))).contains("is not the name of a file")
    );
    assert!(studio.root("B.md").exists());
}
