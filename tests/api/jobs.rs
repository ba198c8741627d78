//! Jobs, where there is no hub: what there is with one is in `tests/farm`.

use pyblish_endpoint_tests::v2::{problem, session, shots};
use serde_json::json;

#[test]
fn without_a_hub_nothing_is_handed_over() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    assert_eq!(server.send("GET", &session).ok()["jobPlaces"], json!([]));
    let jobs = format!("{session}/jobs");
    for answer in [
        server.send_json("POST", &jobs, &json!({}), &[]),
        server.send("GET", &jobs),
        server.send("GET", "/pyblish/v2/jobs/1"),
        server.send("POST", "/pyblish/v2/jobs/1/cancel"),
        server.send("GET", "/pyblish/v2/jobs/1/tasks/1/attempts/1/report"),
    ] {
        assert_eq!(answer.body["code"], "no-hub", "{}", answer.body);
        let said = problem(answer, 409);
        assert!(said.contains("--hub"), "{said}");
    }
    let unknown = server.send_json("POST", &jobs, &json!({"plugins": []}), &[]);
    problem(unknown, 422);
    let unknown = server.send("GET", &format!("{jobs}?limit=0"));
    assert_eq!(unknown.body["code"], "no-hub", "{}", unknown.body);
}
