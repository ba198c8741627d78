//! Real hosts, only over HTTP: Blender, FreeCAD and Krita with the start-up files that artists use,
//! and `bpy` in a Python. In each a scene is made, collected, validated, repaired, extracted and
//! integrated. Then the host misbehaves.
//!
//! `cargo xtask test --hosts` installs what these tests need and runs them; a plain `cargo test`
//! does not.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;

use pyblish_endpoint_tests::hosts::{Host, Place, Session};
use pyblish_endpoint_tests::real::{Windowed, blender_in_the_background, place, script, startup};
use pyblish_endpoint_tests::{target, v2};
use serde_json::{Value, json};

fn bpy(place: &Place) -> Host {
    let python = target().with_file_name("hosts").join("bin/python");
    let script = script(place, "blender");
    // Imported first, as in a script that works with it.
    let text = fs::read_to_string(&script).unwrap();
    fs::write(&script, format!("import bpy\n{text}")).unwrap();
    let mut command = place.command(Command::new(python));
    command.arg(script);
    Host::start(command)
}

fn blender_with_a_window(place: &Place) -> Host {
    startup(place, "blender", "blender/startup/pyblish_endpoint.py");
    let mut window = Windowed::new(place, "blender");
    window
        .command
        .env("BLENDER_USER_SCRIPTS", place.path("blender"))
        .env("BLENDER_USER_CONFIG", place.path("blender/config"))
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .arg("--no-window-focus");
    window.start(place, "blender")
}

fn freecad_without_a_window(place: &Place) -> Host {
    let mut command = place.command(Command::new("freecadcmd"));
    command
        .env("HOME", place.path("home"))
        .arg(script(place, "freecad"));
    Host::start(command)
}

fn freecad_with_a_window(place: &Place) -> Host {
    startup(
        place,
        "freecad",
        "home/.local/share/FreeCAD/Mod/PyblishEndpoint/InitGui.py",
    );
    let mut window = Windowed::new(place, "freecad");
    let command = &mut window.command;
    command
        .env("HOME", place.path("home"))
        .env_remove("XDG_CONFIG_HOME");
    // FreeCAD looks for `Mod` here; the tests' own data folder is elsewhere.
    command.env("XDG_DATA_HOME", place.path("home/.local/share"));
    window.start(place, "freecad")
}

fn krita(place: &Place) -> Host {
    let home = place.path("home");
    startup(
        place,
        "krita",
        "home/.local/share/krita/pykrita/pyblish_endpoint/__init__.py",
    );
    let desktop = "[Desktop Entry]\nType=Service\nServiceTypes=Krita/PythonPlugin\n\
        X-KDE-Library=pyblish_endpoint\nX-Python-2-Compatible=false\nName=Pyblish endpoint\n\
        Comment=Lets pyblish-endpoint publish from Krita\n";
    fs::write(
        home.join(".local/share/krita/pykrita/pyblish_endpoint.desktop"),
        desktop,
    )
    .unwrap();
    fs::create_dir_all(home.join(".config")).unwrap();
    fs::write(
        home.join(".config/kritarc"),
        "[python]\nenable_pyblish_endpoint=true\n",
    )
    .unwrap();
    let mut window = Windowed::new(place, "krita");
    window
        .command
        .env("HOME", &home)
        .env("XDG_DATA_HOME", home.join(".local/share"))
        .env("XDG_CONFIG_HOME", home.join(".config"))
        .env("XDG_CACHE_HOME", home.join(".cache"))
        .arg("--nosplash");
    window.start(place, "krita")
}

/// A publish of a real scene: it fails for `hero`, which is repaired; then both are there in each
/// format.
fn publishes(host: &str, start: fn(&Place) -> Host, forms: &[(&str, &[&[u8]])]) {
    let place = place(host);
    let _host = start(&place);
    let session = serve(&place, host);
    let ended = session.run(json!({}));
    assert_eq!(ended["state"], "stopped", "{ended}");
    assert_eq!(ended["reason"], "failed validation");
    assert_eq!(session.instances(), ["hero", "prop"]);
    let bad = session.get("/instances?state=failed");
    assert_eq!(bad["total"], 1, "{bad}");
    let plugins = session.get("/plugins")["items"].clone();
    let validators = plugins
        .as_array()
        .unwrap()
        .iter()
        .find(|plugin| plugin["stage"] == "validate");
    let pair = json!({"pluginId": validators.unwrap()["id"], "instanceId": bad["items"][0]["id"]});
    let failed = session.post("/process", &pair).ok();
    assert!(
        failed["error"]["message"]
            .as_str()
            .unwrap()
            .contains("repair it"),
        "{failed}"
    );
    let repaired = session.post("/repair", &pair).ok();
    assert_eq!(repaired["success"], true, "{repaired}");
    // What a repair changed has to be collected before it is published.
    let ended = session.run(json!({"only": "validate"}));
    assert_eq!(ended["state"], "succeeded", "{ended}");
    session.post("/reset", &json!({})).ok();
    let ended = session.run(json!({}));
    let run = format!("{}/runs/{}", session.path, ended["id"].as_str().unwrap());
    let results = session.results(&run);
    assert_eq!(ended["state"], "succeeded", "{ended} {results:?}");
    for name in ["hero", "prop"] {
        for (ending, begins) in forms {
            let path = place.path(&format!("published/{name}/v001/{name}{ending}"));
            let bytes =
                fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let fits = begins.iter().any(|begin| bytes.starts_with(begin));
            assert!(
                fits,
                "{} begins with {:?}",
                path.display(),
                &bytes[..bytes.len().min(16)]
            );
        }
    }
    // Published again from the start: the next version.
    session.post("/reset", &json!({})).ok();
    assert_eq!(session.run(json!({}))["state"], "succeeded");
    let again = place.path("published/hero/v002");
    assert_eq!(fs::read_dir(again).unwrap().count(), forms.len());
}

/// The host is busy, answers reads, and is cancelled. Its runtime is killed, and another one takes
/// over. The host is killed, and found again.
fn misbehaves(host: &str, start: fn(&Place) -> Host) {
    let place = place(host);
    let process = start(&place);
    let session = serve(&place, host);
    assert_eq!(
        session.run(json!({"until": "collect"}))["state"],
        "succeeded"
    );
    let run = at_work(&session);
    assert_eq!(session.doing("Work")["state"], "busy");
    assert_eq!(session.instances(), ["hero", "prop"]);
    session.cancel(&run, 3600.0);
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "cancelled");
    let results = session.results(&run);
    assert_eq!(
        results[results.len() - 1].2.as_deref(),
        Some("stopped half way")
    );

    let before = ids(&session);
    at_work(&session);
    // Dropping the server kills it; the plug-in notices, and ends.
    drop(session);
    let session = serve(&place, host);
    assert_eq!(ids(&session), before);
    assert_eq!(session.get("")["continuableRunId"], "r3");

    let run = at_work(&session);
    let pid = process.pid();
    process.kill();
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "lost", "{ended}");
    let words = format!("{host} (pid {pid}) is gone");
    assert!(
        ended["reason"].as_str().unwrap().contains(&words),
        "{ended}"
    );
    assert_eq!(ids(&session), before);
    let mut events = session.events();
    let _again = start(&place);
    let found = events.find(|event| event.name == "hostFound").unwrap();
    assert_eq!(found.data["kept"], false);
    assert_eq!(
        session.run(json!({"until": "collect"}))["state"],
        "succeeded"
    );
    assert_eq!(session.instances(), ["hero", "prop"]);
}

fn serve(place: &Place, host: &str) -> Session {
    let paths = format!("paths={}", json!([place.path("plugins")]));
    place.serve_host(host, &["--set", &paths])
}

fn ids(session: &Session) -> Vec<Value> {
    let page = session.get("/instances");
    let all = page["items"].as_array().unwrap().iter();
    all.map(|instance| instance["id"].clone()).collect()
}

/// Starts the run of the busy plug-in. Returns its path when the plug-in is at work.
fn at_work(session: &Session) -> String {
    let mut events = session.events();
    let run = session.start(json!({"targets": ["busy"]}));
    let id = run.rsplit('/').next().unwrap();
    let at_work =
        events.find(|event| event.name == "progress" && event.data["pair"]["runId"] == id);
    at_work.expect("its progress");
    run
}

/// A .blend is compressed by Zstandard, or not.
const BLENDER: &[(&str, &[&[u8]])] = &[
    (".blend", &[b"BLENDER", b"\x28\xb5\x2f\xfd"]),
    (".glb", &[b"glTF"]),
    (".obj", &[b"# Blender"]),
];
const FREECAD: &[(&str, &[&[u8]])] = &[
    (".step", &[b"ISO-10303-21;"]),
    (".obj", &[b"#"]),
    (".FCStd", &[b"PK"]),
];
const KRITA: &[(&str, &[&[u8]])] = &[(".kra", &[b"PK"]), (".png", &[b"\x89PNG"])];

macro_rules! host {
    ($name:ident, $host:literal, $start:path, $forms:expr) => {
        mod $name {
            #[test]
            fn scene_is_published() {
                super::publishes($host, $start, $forms);
            }

            #[test]
            fn misbehaving_host_loses_nothing() {
                super::misbehaves($host, $start);
            }
        }
    };
}

host!(bpy_in_a_python, "blender", super::bpy, super::BLENDER);
host!(
    blender_background,
    "blender",
    super::blender_in_the_background,
    super::BLENDER
);
host!(
    blender_window,
    "blender",
    super::blender_with_a_window,
    super::BLENDER
);
host!(
    freecad_command,
    "freecad",
    super::freecad_without_a_window,
    super::FREECAD
);
host!(
    freecad_window,
    "freecad",
    super::freecad_with_a_window,
    super::FREECAD
);
host!(krita_window, "krita", super::krita, super::KRITA);

/// The versions that the tests found on this machine, for readers of their log.
#[test]
fn versions_are_printed() {
    for (program, argument) in [
        ("blender", "--version"),
        ("freecadcmd", "--version"),
        ("krita", "--version"),
    ] {
        let output = Command::new(program)
            .arg(argument)
            .env("QT_QPA_PLATFORM", "offscreen")
            .output();
        let output = output.unwrap_or_else(|error| {
            panic!("{program}: {error}; `cargo xtask test --hosts` installs it")
        });
        println!(
            "{program}: {}",
            String::from_utf8_lossy(&output.stdout).trim()
        );
    }
    assert!(Path::new(&target().with_file_name("hosts")).is_dir());
}
