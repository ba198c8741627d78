//! Real hosts, over HTTP alone: Blender, FreeCAD and Krita with the start-up files that artists use, and `bpy` in
//! a Python. In each a scene is made, collected, found wanting, repaired, extracted and integrated; and then the
//! host misbehaves.
//!
//! `cargo xtask test --hosts` installs what they need and plays them; a plain `cargo test` does not.

#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pyblish_endpoint_tests::hosts::{Host, Place, Running, Session, bridge, python};
use pyblish_endpoint_tests::{data, target, v2};
use serde_json::{Value, json};

/// Has the bridge serve on the main thread, and say where it listens.
const SERVE: &str = "\
import json, sys
sys.path.insert(0, LIB)
import pyblish_endpoint_bridge as bridge
running = bridge.start(HOST)
print(json.dumps({'address': running.address, 'file': running.path}), flush=True)
running.serve_forever()
";

/// A place with the plug-ins for this host, and in `lib` the bridge and pyblish-base.
fn place(host: &str) -> Place {
    let place = Place::with("");
    for name in [host, "integrate", "work"] {
        let file = format!("{name}.py");
        let plugins = data("hosts").join(&file);
        // Not by its own name: a plug-in `blender` is one thing, but `krita` is a module of the host's.
        fs::copy(
            plugins,
            place.path("plugins").join(format!("plugins_{file}")),
        )
        .unwrap();
    }
    let lib = place.path("lib");
    fs::create_dir(&lib).unwrap();
    symlink(
        fs::canonicalize(bridge()).unwrap(),
        lib.join("pyblish_endpoint_bridge.py"),
    )
    .unwrap();
    symlink(pyblish(), lib.join("pyblish")).unwrap();
    place
}

/// The pyblish-base of the judge, which is pure Python.
fn pyblish() -> PathBuf {
    let environment = python().parent().unwrap().join("../lib");
    let found = fs::read_dir(environment).unwrap().flatten();
    let mut packages = found.map(|entry| entry.path().join("site-packages/pyblish"));
    let package = packages.find(|path| path.is_dir()).expect("pyblish-base");
    fs::canonicalize(package).unwrap()
}

/// A script that has this host's bridge serve.
fn script(place: &Place, host: &str) -> PathBuf {
    let lib = format!("{:?}", place.path("lib"));
    let text = SERVE
        .replace("LIB", &lib)
        .replace("HOST", &format!("{host:?}"));
    let path = place.path("serve.py");
    fs::write(&path, text).unwrap();
    path
}

/// A start-up file of the bridge's, which says where that is.
fn startup(place: &Place, host: &str, to: &str) {
    let file = bridge()
        .with_file_name("startup")
        .join(format!("{host}.py"));
    let text = fs::read_to_string(file).unwrap();
    let folder = format!("FOLDER = {:?}", place.path("lib"));
    assert!(
        text.contains("FOLDER = \"\""),
        "no FOLDER in the start-up file of {host}"
    );
    let path = place.path(to);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text.replace("FOLDER = \"\"", &folder)).unwrap();
}

/// A program with a window, on a screen of its own that nobody looks at, and with nothing of the user's own.
struct Windowed {
    command: Command,
    screen: Running,
}

impl Windowed {
    fn new(place: &Place, program: &str) -> Windowed {
        // It finds a free number by itself, and says which; without `-noreset` it goes for a moment when its
        // last window does.
        let mut screen = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24"])
            .args(["+extension", "GLX", "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let stdout = screen.stdout.as_mut().expect("stdout is piped");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let mut command = place.command(Command::new(program));
        command
            .env("DISPLAY", format!(":{}", line.trim()))
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("QT_QPA_PLATFORM", "xcb")
            .env("QTWEBENGINE_DISABLE_SANDBOX", "1")
            .env_remove("WAYLAND_DISPLAY");
        Windowed {
            command,
            screen: Running(screen),
        }
    }

    /// Starts it, and waits for its bridge.
    fn start(self, place: &Place, host: &str) -> Host {
        let mut started = Host::start_and_find(self.command, place, host);
        started.screen = Some(self.screen);
        started
    }
}

fn bpy(place: &Place) -> Host {
    let python = target().with_file_name("hosts").join("bin/python");
    let script = script(place, "blender");
    // Imported first, as where somebody works with it.
    let text = fs::read_to_string(&script).unwrap();
    fs::write(&script, format!("import bpy\n{text}")).unwrap();
    let mut command = place.command(Command::new(python));
    command.arg(script);
    Host::start(command)
}

fn blender_in_the_background(place: &Place) -> Host {
    let mut command = place.command(Command::new("blender"));
    command.args([
        "-b",
        "--factory-startup",
        "--python-exit-code",
        "1",
        "--python",
    ]);
    command.arg(script(place, "blender"));
    // Blender's own Python is the system's; a virtual environment before it would hide the system's numpy.
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
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
    // Where it looks for `Mod`; the tests' own folder for data is elsewhere.
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

/// A publish of a real scene: fails for `hero`, which is repaired; then each of both is there in each form.
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
    let plugins = session.get("/plugins")["plugins"].clone();
    let validators = plugins
        .as_array()
        .unwrap()
        .iter()
        .find(|plugin| plugin["stage"] == "validate");
    let pair = json!({"plugin": validators.unwrap()["id"], "instance": bad["instances"][0]["id"]});
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
    for stage in ["validate", "extract", "integrate"] {
        let ended = session.run(json!({"only": stage}));
        let run = format!("{}/runs/{}", session.path, ended["id"].as_str().unwrap());
        assert_eq!(
            ended["state"],
            "succeeded",
            "{ended} {:?}",
            session.results(&run)
        );
    }
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
    // A second time, from the start: the next version.
    session.post("/reset", &json!({})).ok();
    assert_eq!(session.run(json!({}))["state"], "succeeded");
    let again = place.path("published/hero/v002");
    assert_eq!(fs::read_dir(again).unwrap().count(), forms.len());
}

/// Busy, heard meanwhile, cancelled; left by a runtime that is killed, and taken up again; killed, and found again.
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
    // Dropped is killed; the plug-in hears of it, and ends.
    drop(session);
    let session = serve(&place, host);
    assert_eq!(ids(&session), before);
    assert_eq!(session.get("")["continuable"], "r3");

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
    let all = page["instances"].as_array().unwrap().iter();
    all.map(|instance| instance["id"].clone()).collect()
}

/// Starts the run of the plug-in that is busy; its path, when it is.
fn at_work(session: &Session) -> String {
    let mut events = session.events();
    let run = session.start(json!({"targets": ["busy"]}));
    let id = run.rsplit('/').next().unwrap();
    let at_work = events.find(|event| event.name == "progress" && event.data["pair"]["run"] == id);
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
            fn publishes_a_real_scene() {
                super::publishes($host, $start, $forms);
            }

            #[test]
            fn misbehaves_and_all_is_kept() {
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

/// What the tests found on this machine, for whoever reads their log.
#[test]
fn the_hosts_are_these() {
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
