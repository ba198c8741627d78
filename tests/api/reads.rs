//! What a frontend reads when it opens: the states, the results, and the pictures that extractors
//! made.

use std::fs;

use pyblish_endpoint_tests::v2::{end, problem, session, shots, start};
use pyblish_endpoint_tests::{Scenario, Server};
use serde_json::{Value, json};

fn read(server: &Server, path: &str) -> Value {
    server.send("GET", path).ok()
}

/// The ids of the instances, by name.
fn ids(server: &Server, session: &str) -> impl Fn(&str) -> String {
    let page = read(server, &format!("{session}/instances?limit=1000"));
    move |name| {
        let mut instances = page["items"].as_array().unwrap().iter();
        let found = instances.find(|instance| instance["name"] == name);
        found.expect(name)["id"].as_str().unwrap().to_owned()
    }
}

#[test]
fn states_follow_latest_results() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let states = || read(&server, &format!("{session}/states"));
    assert_eq!(states()["plugins"], json!({}));
    let run = start(&server, &session, json!({}));
    end(&server, &session, &run);
    let id = ids(&server, &session);
    let (good, bad) = (id("good"), id("bad"));
    let found = states();
    assert_eq!(found["results"], 3);
    let validate = &found["plugins"]["Validate"];
    assert_eq!(validate["failedIds"], json!([bad]));
    assert_eq!(validate["warnedIds"], json!([good]));
    assert_eq!(validate["succeeded"], 1);
    assert_eq!(found["plugins"]["Collect"]["succeeded"], 1);
    assert!(found["plugins"].get("Extract").is_none());

    let pair = json!({"pluginId": "Validate", "instanceId": bad});
    let post = |path: &str| {
        server
            .send_json("POST", &format!("{session}/{path}"), &pair, &[])
            .ok()
    };
    post("repair");
    // A repaired pair must be processed again before it counts as a success.
    let validate = states()["plugins"]["Validate"].clone();
    assert_eq!(
        (&validate["failedIds"], &validate["succeeded"]),
        (&json!([]), &json!(1))
    );
    post("process");
    let validate = states()["plugins"]["Validate"].clone();
    assert_eq!(
        (&validate["failedIds"], &validate["succeeded"]),
        (&json!([]), &json!(2))
    );
    server.send("POST", &format!("{session}/reset")).ok();
    assert_eq!(states()["plugins"], json!({}));
}

#[test]
fn results_are_paged() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let run = start(&server, &session, json!({}));
    end(&server, &session, &run);
    let bad = ids(&server, &session)("bad");
    let results = |filter: &str| read(&server, &format!("{session}/results?{filter}"));
    let all = results("");
    assert_eq!(
        (&all["total"], &all["items"][0]["pluginId"]),
        (&json!(3), &json!("Collect"))
    );
    let page = results("after=1&limit=1");
    assert_eq!(
        (&page["total"], page["items"].as_array().unwrap().len()),
        (&json!(3), 1)
    );
    let failed = results("state=failed");
    assert_eq!(failed["total"], 1);
    let result = &failed["items"][0];
    assert_eq!(
        (
            &result["pluginId"],
            &result["instanceId"],
            &result["mode"],
            &result["error"]["message"]
        ),
        (
            &json!("Validate"),
            &json!(bad),
            &json!("process"),
            &json!("It is broken: mend it")
        )
    );
    assert_eq!(results("state=warned")["total"], 1);
    assert_eq!(results("state=succeeded&pluginId=Validate")["total"], 1);
    assert_eq!(results(&format!("instanceId={bad}"))["total"], 1);

    let pair = json!({"pluginId": "Validate", "instanceId": bad});
    for path in ["repair", "process"] {
        server
            .send_json("POST", &format!("{session}/{path}"), &pair, &[])
            .ok();
    }
    assert_eq!(results(&format!("instanceId={bad}"))["total"], 3);
    let latest = results(&format!("instanceId={bad}&latest=true"));
    assert_eq!(
        (&latest["total"], &latest["items"][0]["success"]),
        (&json!(1), &json!(true))
    );
    let nothing = server.send("GET", &format!("{session}/results?state=lost"));
    assert!(problem(nothing, 400).contains("succeeded, warned and failed"));
}

#[test]
fn page_size_is_capped() {
    let create = |number: u32| json!({"create": number.to_string(), "data": {"family": "item"}});
    let steps: Vec<_> = (0..10_001).map(create).collect();
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": steps},
        {"name": "Validate", "order": 1, "instance": []},
    ]));
    let server = scenario.serve();
    let session = session(&server);
    let run = start(&server, &session, json!({}));
    end(&server, &session, &run);
    let length = |limit: u32| {
        let page = read(&server, &format!("{session}/results?limit={limit}"));
        assert_eq!(page["total"], 10_002);
        page["items"].as_array().unwrap().len()
    };
    assert_eq!((length(9_999), length(10_000)), (9_999, 10_000));
    for limit in ["0", "10001"] {
        let refused = server.send("GET", &format!("{session}/results?limit={limit}"));
        assert!(problem(refused, 400).contains("1 to 10000"));
    }
    // Page by page, each result comes once.
    let (mut seen, mut after) = (Vec::new(), json!(0));
    while !after.is_null() {
        let page = format!("{session}/results?latest=true&limit=4000&after={after}");
        let page = read(&server, &page);
        let items = page["items"].as_array().unwrap().iter();
        seen.extend(items.map(|result| result["started"].as_f64().unwrap()));
        after = page["next"].clone();
    }
    assert_eq!(seen.len(), 10_002);
    assert!(seen.is_sorted());
    let newest = read(
        &server,
        &format!("{session}/results?newestFirst=true&limit=1"),
    );
    assert_eq!(newest["items"][0]["started"].as_f64(), seen.last().copied());
}

/// A cached page is answered at once if few results came since, because they are counted on the
/// way. With more, the page is made on another thread. Here are the most for the first, and one
/// more.
#[test]
fn cached_page_follows_results() {
    for count in [256, 257] {
        let create =
            |number: u32| json!({"create": number.to_string(), "data": {"family": "item"}});
        let steps: Vec<_> = (0..count).map(create).collect();
        let scenario = Scenario::of(json!([
            {"name": "Collect", "order": 0, "context": steps},
            {"name": "Validate", "order": 1, "instance": []},
        ]));
        let server = scenario.serve();
        let session = session(&server);
        let run = start(&server, &session, json!({"until": "collect"}));
        end(&server, &session, &run);
        let page = format!("{session}/instances?limit=1000");
        let look = |state: &str| {
            let answer = server.send("GET", &page);
            let tag = answer.tag.clone().unwrap();
            let found = answer.ok();
            let instances = found["items"].as_array().unwrap();
            assert_eq!(instances.len(), count as usize);
            assert!(instances.iter().all(|it| it["state"] == state), "{state}");
            tag
        };
        let status = |tag: &str| {
            let headers = [("If-None-Match", tag)];
            server.send_json("GET", &page, &json!({}), &headers).status
        };
        let before = look("unprocessed");
        assert_eq!(
            (look("unprocessed"), status(&before)),
            (before.clone(), 304)
        );
        let run = start(&server, &session, json!({"pluginIds": ["Validate"]}));
        end(&server, &session, &run);
        let after = look("succeeded");
        assert_ne!(after, before);
        assert_eq!(look("succeeded"), after);
        assert_eq!((status(&before), status(&after)), (200, 304));
    }
}

#[test]
fn bulk_change_is_atomic() {
    let scenario = shots();
    let server = scenario.serve();
    let session = session(&server);
    let run = start(&server, &session, json!({"until": "collect"}));
    end(&server, &session, &run);
    let id = ids(&server, &session);
    let (good, bad) = (id("good"), id("bad"));
    let path = format!("{session}/instances");
    let change = |instances: Value, revision: &Value, publish: bool| {
        let change =
            json!({"instanceIds": instances, "revision": revision, "set": {"publish": publish}});
        server.send_json("PATCH", &path, &change, &[])
    };
    let seen = read(&server, &path)["revision"].clone();
    let out = change(json!([good, bad]), &seen, false).ok();
    assert_eq!(out["total"], 2);
    let published = || {
        let page = read(&server, &path);
        let instances = page["items"].as_array().unwrap().iter();
        let published = instances.map(|instance| instance["data"]["publish"].clone());
        published.collect::<Vec<_>>()
    };
    assert_eq!(published(), [false, false]);
    // One of them was changed since, so none is.
    let seen = read(&server, &path)["revision"].clone();
    change(json!([bad]), &seen, true).ok();
    let refused = change(json!([good, bad]), &seen, true);
    let current = refused.body["current"]["items"].clone();
    assert_eq!(current[1]["data"]["publish"], true);
    assert!(problem(refused, 409).contains(&bad));
    assert_eq!(published(), [false, true]);
    let unknown = change(json!([good, "nobody"]), &seen, true);
    assert!(problem(unknown, 404).contains("nobody"));
    let many = vec![good.clone(); 10_001];
    assert!(problem(change(json!(many), &seen, true), 400).contains("at most 10000"));
    assert_eq!(published(), [false, true]);
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand so on";

/// The most bytes of a thumbnail.
const LARGEST: usize = 8 << 20;

#[test]
fn thumbnail_needs_a_granted_folder() {
    let cases = [
        ("allowed", json!({"thumbnail": "/scenario/picture.png"})),
        (
            "relative",
            json!({"thumbnail": "picture.png", "publishPath": "/scenario"}),
        ),
        (
            "staged",
            json!({"thumbnail": "picture.png", "staging": "/scenario"}),
        ),
        ("largest", json!({"thumbnail": "/scenario/largest.png"})),
        ("larger", json!({"thumbnail": "/scenario/larger.png"})),
        ("none", json!({})),
        ("number", json!({"thumbnail": 7})),
        ("nowhere", json!({"thumbnail": "picture.png"})),
        ("missing", json!({"thumbnail": "/scenario/missing.png"})),
        ("elsewhere", json!({"thumbnail": "/etc/passwd"})),
        ("beside", json!({"thumbnail": "/scenario2/picture.png"})),
        ("above", json!({"thumbnail": "/scenario/../picture.png"})),
        (
            "above_too",
            json!({"thumbnail": "../outside.png", "publishPath": "/scenario/folder"}),
        ),
        ("link", json!({"thumbnail": "/scenario/link.png"})),
        ("inner_link", json!({"thumbnail": "/scenario/inner.png"})),
        ("text", json!({"thumbnail": "/scenario/text.png"})),
        ("script", json!({"thumbnail": "/scenario/script.svg"})),
        ("folder", json!({"thumbnail": "/scenario/folder"})),
        ("pipe", json!({"thumbnail": "/scenario/pipe"})),
    ];
    let steps: Vec<_> = cases
        .iter()
        .map(|(name, data)| json!({"create": name, "data": data}))
        .collect();
    let scenario = Scenario::of(json!([{"name": "Collect", "order": 0, "context": steps}]));
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("picture.png"), PNG).unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(scenario.folder().join(name), bytes).unwrap();
    put("picture.png", PNG);
    put("text.png", b"A secret");
    put(
        "script.svg",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    );
    for (name, size) in [("largest.png", LARGEST), ("larger.png", LARGEST + 1)] {
        let mut bytes = PNG.to_vec();
        bytes.resize(size, 0);
        put(name, &bytes);
    }
    fs::create_dir(scenario.folder().join("folder")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(
            outside.path().join("picture.png"),
            scenario.folder().join("link.png"),
        )
        .unwrap();
        symlink("picture.png", scenario.folder().join("inner.png")).unwrap();
        let pipe = scenario.folder().join("pipe");
        let made = std::process::Command::new("mkfifo")
            .arg(pipe)
            .status()
            .unwrap();
        assert!(made.success());
    }

    let server = scenario.serve();
    let session = session(&server);
    let run = start(&server, &session, json!({}));
    end(&server, &session, &run);
    let id = ids(&server, &session);
    let thumbnail = |name: &str| {
        let id = id(name);
        server.send("GET", &format!("{session}/instances/{id}/thumbnail"))
    };
    for name in ["allowed", "relative", "staged", "largest"] {
        let picture = thumbnail(name).ok();
        assert!(picture.as_str().unwrap().contains("PNG"), "{name}");
    }
    for (name, status, reason) in [
        ("larger", 413, "make a smaller one"),
        ("none", 404, "has no thumbnail"),
        ("number", 404, "has no thumbnail"),
        ("nowhere", 404, "has no thumbnail"),
        ("missing", 404, "cannot be read"),
        ("elsewhere", 403, "session: /scenario"),
        ("beside", 403, "granted"),
        ("above", 403, "granted"),
        ("above_too", 403, "granted"),
        ("text", 415, "is not a PNG"),
        ("script", 415, "is not a PNG"),
        ("folder", 404, "is not a file"),
    ] {
        let detail = problem(thumbnail(name), status);
        assert!(detail.contains(reason), "{name}: {detail}");
    }
    if cfg!(unix) {
        thumbnail("inner_link").ok();
        assert!(problem(thumbnail("link"), 403).contains("granted"));
        assert!(problem(thumbnail("pipe"), 404).contains("is not a file"));
    }
    problem(
        server.send("GET", &format!("{session}/instances/nobody/thumbnail")),
        404,
    );
}

/// A JPEG file of 1 MiB and so many bytes more, in base64.
fn jpeg(more: usize) -> String {
    let end = ["AA==", "AAA="][more];
    format!("/9j/{}{end}", "AAAA".repeat(((1 << 20) - 4) / 3))
}

#[test]
fn picture_is_given_and_taken_away() {
    let server = shots().serve();
    let session = session(&server);
    let run = start(&server, &session, json!({"until": "collect"}));
    end(&server, &session, &run);
    let all = || server.send("GET", &format!("{session}/instances")).ok();
    let id = all()["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("{session}/instances/{id}/thumbnail");
    let put = |body: Value| server.send_json("PUT", &path, &body, &[]);
    for (picture, status, said) in [
        (
            jpeg(1),
            413,
            "has 1048577 bytes, and may have 1048576 at most",
        ),
        ("no base64".to_owned(), 422, "is not base64"),
        (
            "PHN2Zy8+".to_owned(),
            415,
            "is not a PNG, JPEG, WebP or GIF file",
        ),
    ] {
        let answer = put(json!({"picture": picture}));
        if status != 413 {
            assert_eq!(answer.body["code"], "not-a-picture");
        }
        assert!(problem(answer, status).contains(said));
    }
    assert_eq!(all()["items"][0]["data"].get("screenshot"), None);
    let given = put(json!({"picture": jpeg(0)})).ok();
    let url = given["data"]["screenshot"].as_str().unwrap();
    assert!(url.starts_with("data:image/jpeg;base64,/9j/"));
    assert_eq!(server.send("GET", &path).status, 200);
    put(json!({"picture": null})).ok();
    problem(server.send("GET", &path), 404);
    let unknown = format!("{session}/instances/nobody/thumbnail");
    let answer = server.send_json("PUT", &unknown, &json!({"picture": jpeg(0)}), &[]);
    problem(answer, 404);
}
