//! The page where the studio has a hub: a publish is handed over, and followed.

use pyblish_endpoint_tests::farm::Farm;
use serde_json::json;

use super::drive;

/// On the farm, then in the background, with a real worker: its error, its log, a retry and a cancel.
#[test]
fn publish_is_handed_over_and_followed() {
    let farm = Farm::start();
    farm.add_worker("farm1", "hub-send = [\"records\", \"tracebacks\"]\n");
    let plugins = json!([
        {"name": "Collect", "order": 0, "context": [{"create": "hero", "data": {"family": "shot"}}]},
        {"name": "Validate", "order": 1, "families": ["shot"], "instance": [
            {"fail": "It is broken: mend it", "when": {"broken": true}},
        ], "repairInstance": [{"set": {"broken": false}}]},
        {"name": "Write", "order": 2, "families": ["shot"], "instance": [
            {"log": "info", "message": "Writing it"}, {"progress": 0.5, "message": "half"}, {"sleep": 2500},
        ]},
        {"name": "Licence", "order": 2.5, "families": ["shot"], "optional": true, "instance": [
            {"fail": "There is no **licence**: ask the pipeline"},
        ]},
    ]);
    let server = farm.serve_scenario(&plugins, &[]);
    let _worker = farm.work("farm1", &["--any"]);
    drive("jobs", &server, json!({}));
    assert_eq!(farm.read(2)["state"], "succeeded");
    assert_eq!(farm.read(2)["tasks"][0]["history"][0]["worker"], "ws1");
}
