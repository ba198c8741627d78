//! A studio's plug-ins publish the sample inbox.

use serde_json::{Value, json};

use super::place::{Place, failure};

#[test]
fn sample_is_published() {
    let place = Place::inbox();
    let session = place.serve();
    let ended = session.run(json!({}));
    assert_eq!(ended["state"], "stopped", "{ended}");
    assert_eq!(ended["reason"], "failed validation");
    let names = session.instances();
    assert!(
        names.contains(&"hero".to_owned()) && names.contains(&"Old Map".to_owned()),
        "{names:?}"
    );

    // A failure says where it is, in the plug-in's own file.
    let failed = failure(&session, "ValidateNames");
    assert_eq!(
        failed["message"],
        "Old Map has a space in its name: repair it, or rename the file"
    );
    assert_eq!(failed["kind"], "AssertionError");
    assert_eq!(failed["location"]["file"], "/plugins/plugins.py");
    assert_eq!(failed["location"]["function"], "process");
    let text = failed["location"]["text"].as_str().unwrap();
    assert!(text.starts_with("assert \" \" not in name"), "{failed}");
    let line = failed["location"]["line"].as_u64().unwrap();
    let source = place.read("plugins/plugins.py");
    let written = source.lines().nth(line as usize - 1).unwrap();
    assert_eq!(written.trim(), text);
    let trace = failed["traceback"].as_str().unwrap();
    assert!(
        trace.contains(&format!("\"/plugins/plugins.py\", line {line}, in process")),
        "{trace}"
    );

    // The action mends it, and the plug-in's records are there.
    let plugin = session.plugin("ValidateNames");
    let action = session.get("/plugins")["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["id"] == plugin)
        .unwrap()["actions"][0]
        .clone();
    assert_eq!(action["label"], "Put underscores for spaces");
    let acted = session.post(
        "/actions",
        &json!({"pluginId": plugin, "actionId": action["id"]}),
    );
    let acted = acted.ok();
    assert_eq!(acted["success"], true, "{acted}");
    assert_eq!(
        acted["records"][0]["message"],
        "Old Map has another name now"
    );
    assert!(place.path("work/Old_Map.png").is_file());

    let ended = session.run(json!({"only": "validate"}));
    assert_eq!(ended["state"], "succeeded", "{ended}");
    for stage in ["extract", "integrate"] {
        let ended = session.run(json!({"only": stage}));
        assert_eq!(ended["state"], "succeeded", "{ended}");
    }
    let published: Value = serde_json::from_str(&place.read("publish/publish.json")).unwrap();
    assert_eq!(
        published["/publish/image/hero"].as_object().unwrap().len(),
        8
    );
    assert!(place.path("publish/image/Old_Map/Old_Map.png").is_file());
    assert_eq!(
        std::fs::read(place.path("publish/model/crate/crate.glb")).unwrap(),
        std::fs::read(place.path("work/crate.glb")).unwrap()
    );
}

#[test]
fn repair_fixes_the_failure() {
    let place = Place::inbox();
    let session = place.serve();
    session.run(json!({}));
    let bad = session.get("/instances?state=failed")["items"][0].clone();
    assert_eq!(bad["name"], "Old Map");
    let pair = json!({"pluginId": session.plugin("ValidateNames"), "instanceId": bad["id"]});
    let repaired = session.post("/repair", &pair).ok();
    assert_eq!(repaired["success"], true, "{repaired}");
    let again = session.post("/process", &pair).ok();
    assert_eq!(again["success"], true, "{again}");
    let now = session.get("/instances");
    let all = now["items"].as_array().unwrap();
    let mended = all.iter().find(|it| it["id"] == bad["id"]).unwrap();
    assert_eq!(mended["members"], json!(["Old_Map.png"]));
}

#[test]
fn toggled_instance_is_left_out() {
    let place = Place::inbox();
    let session = place.serve();
    session.run(json!({"until": "collect"}));
    let found = session.get("/instances");
    let all = found["items"].as_array().unwrap();
    let bad = all.iter().find(|it| it["name"] == "Old Map").unwrap();
    let path = format!("{}/instances/{}", session.path, bad["id"].as_str().unwrap());
    let change =
        json!({"revision": found["revision"], "set": {"publish": false, "comment": "not today"}});
    let changed = session.server.send_json("PATCH", &path, &change, &[]).ok();
    assert_eq!(changed["data"]["comment"], "not today");
    for stage in ["validate", "extract", "integrate"] {
        let ended = session.run(json!({"only": stage}));
        assert_eq!(ended["state"], "succeeded", "{ended}");
    }
    assert!(!place.path("publish/image/Old Map").exists());
    assert!(place.path("publish/scene/set/set.usda").is_file());
}

#[test]
fn read_only_folder_is_not_written() {
    let place = Place::with(
        r#"
class Write(pyblish.api.ContextPlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, context):
        with open("/plugins/mine.py", "w") as file:
            file.write("import os")

class Remove(pyblish.api.ContextPlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, context):
        os.remove("/plugins/plugins.py")

class Elsewhere(pyblish.api.ContextPlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, context):
        open("/etc/passwd").read()

class Work(pyblish.api.ContextPlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, context):
        with open("/work/mine.txt", "w") as file:
            file.write(os.getcwd())
"#,
    );
    let session = place.serve();
    session.run(json!({}));
    for plugin in ["Write", "Remove"] {
        let failed = failure(&session, plugin);
        let message = failed["message"].as_str().unwrap();
        let expected = "/plugins is read-only in the sandbox. Change the plug-in to write to /work or /publish.";
        assert!(message.ends_with(expected), "{message}");
    }
    let message = failure(&session, "Elsewhere")["message"].to_string();
    assert!(
        message.contains("only has the folders /plugins, /modules, /work, /publish"),
        "{message}"
    );
    assert!(!place.path("plugins/mine.py").exists());
    assert!(place.path("plugins/plugins.py").exists());
    assert_eq!(place.read("work/mine.txt"), "/work");
}
