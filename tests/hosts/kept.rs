//! Choices that are kept in the scene, in the stand-ins for Maya, Houdini and Nuke. The bridge's own
//! tests have the rules; `tests/real` has Blender.

use std::fs;

use serde_json::json;

use super::maya_houdini_nuke::{WITH_STARTUP_FILES, place, started_with_startup_file};

#[test]
fn standins_for_hosts_keep_choices_in_the_scene() {
    for (host, _, flag) in WITH_STARTUP_FILES {
        let place = place();
        let asks = "import pyblish_endpoint_bridge as bridge\nbridge.keep_choices()\n";
        fs::write(place.path("plugins/studio.py"), asks).unwrap();
        let _host = started_with_startup_file(&place, host, flag);
        let session = place.serve_host(host, &[]);
        session.run(json!({"until": "collect"}));
        let list = session.get("/instances");
        let hero = format!("/instances/{}", list["items"][0]["id"].as_str().unwrap());
        let left_out = json!({"revision": list["revision"], "set": {"publish": false}});
        session.patch(&hero, &left_out).ok();
        let now = session.get("/context")["revision"].clone();
        let comment = json!({"revision": now, "set": {"comment": "für heute"}});
        session.patch("/context", &comment).ok();
        drop(session);

        // Another runtime knows nothing of it.
        let session = place.serve_host(
            host,
            &["--history-dir", &place.path("new").display().to_string()],
        );
        session.post("/reset", &json!({})).ok();
        session.run(json!({"until": "collect"}));
        let hero = session.get("/instances")["items"][0].clone();
        assert_eq!(hero["data"]["publish"], false, "{host}: {hero}");
        let context = session.get("/context");
        assert_eq!(context["data"]["comment"], "für heute", "{host}: {context}");
    }
}
