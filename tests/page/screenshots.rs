//! Pictures of the page for people, taken by `cargo xtask screenshots`. This is not part of the
//! tests.

use std::{env, fs};

use pyblish_endpoint_tests::{Scenario, browser, data};
use serde_json::json;

#[test]
fn take_all() {
    let folder = env::var("PYBLISH_SCREENSHOTS").expect("run `cargo xtask screenshots`");
    let create = |name: &str, family: &str| {
        json!({"create": name, "data": {"family": family, "asset": name, "frameStart": 1001, "frameEnd": 1096,
            "thumbnail": "/scenario/thumbnail.png"}, "children": [format!("|{name}_grp|{name}_geo")]})
    };
    let mut steps: Vec<_> = ["hero", "villain", "horse", "lantern", "bridge"]
        .map(|name| create(name, "model"))
        .into();
    steps.extend(["hero_rig", "horse_rig"].map(|name| create(name, "rig")));
    steps.extend(["sh010_comp", "sh020_comp", "sh030_comp"].map(|name| create(name, "render")));
    steps.push(json!({"set": {"ngons": 14}, "on": "villain"}));
    steps.push(json!({"set": {"offset": true}, "on": "bridge"}));
    steps.push(json!({"set": {"heavy": true}, "on": "horse_rig"}));
    let work = |milliseconds: u32| json!([{"log": "info", "message": "Looking at it"}, {"sleep": milliseconds}]);
    let scenario = Scenario::of(json!([
        {"name": "CollectScene", "label": "Collect the scene", "order": 0, "context": steps},
        {"name": "CollectCamera", "label": "Collect cameras", "order": 0.1, "families": ["camera"], "instance": []},
        {"name": "ValidateNgons", "label": "No n-gons", "order": 1, "families": ["model"], "doc": "Faces have three or four sides.\nRepair splits those that have more.",
            "actions": [{"id": "select", "label": "Select them", "icon": "mouse-pointer", "on": "failed", "steps": []}],
            "instance": [{"log": "warning", "message": "14 faces have more than four sides", "when": {"ngons": 14}},
                {"fail": "14 faces have more than four sides: repair splits them, or select them and clean up by hand", "when": {"ngons": 14}}, {"sleep": 20}],
            "repairInstance": [{"set": {"ngons": 0}}]},
        {"name": "ValidateOrigin", "label": "Stands at the origin", "order": 1.1, "families": ["model"], "instance": [
            {"fail": "The bridge stands 4.2 units beside the origin: move it there, or leave it out", "when": {"offset": true}}, {"sleep": 12}]},
        {"name": "ValidateWeight", "label": "Not too heavy", "order": 1.2, "families": ["rig", "model"], "optional": true, "instance": [
            {"log": "warning", "message": "It has 312,000 joints; 2,000 is usual", "when": {"heavy": true}}, {"sleep": 8}]},
        {"name": "ExtractAlembic", "label": "Alembic", "order": 2, "families": ["model"], "version": [1, 4, 0], "instance": work(60)},
        {"name": "ExtractThumbnail", "label": "Thumbnail", "order": 2.1, "optional": true, "instance": work(15)},
        {"name": "Render", "label": "Render the shots", "order": 2.4, "families": ["render"], "instance": [
            {"log": "info", "message": "Rendering 96 frames"}, {"progress": 0.4, "message": "frame 39 of 96"}, {"sleep": 2500}, {"progress": 0.9, "message": "frame 87 of 96"}, {"sleep": 100}]},
        {"name": "IntegrateVersion", "label": "Publish version", "order": 3, "instance": work(25)},
    ]));
    let sample = data("inbox").join("hero.1001.png");
    fs::copy(sample, scenario.folder().join("thumbnail.png")).unwrap();
    browser::drive("screenshots", &scenario.serve(), json!({"folder": folder}));
}

/// The page of the hub.
#[cfg(unix)]
#[test]
fn take_all_of_the_hub() {
    use pyblish_endpoint_tests::hub::{start_hub, token};
    use pyblish_endpoint_tests::postgres::Postgres;
    use pyblish_endpoint_tests::studio::{few_runs, many_runs};

    let folder = env::var("PYBLISH_SCREENSHOTS").expect("run `cargo xtask screenshots`");
    let postgres = Postgres::start();
    let mut hub = start_hub(&postgres);
    many_runs(&postgres);
    few_runs(&postgres, &hub);
    hub.token = Some(token(&postgres, &["--role", "admin", "--name", "carla"]));
    let given = json!({"folder": folder, "codes": "/pyblish/hub/v1/codes"});
    browser::drive("hub/screenshots", &hub, given);
}
