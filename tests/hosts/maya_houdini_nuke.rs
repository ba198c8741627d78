//! Maya, Houdini and Nuke, which cannot be installed here: the real runtime, the real adapters, the
//! real bridge with its start-up files, and stand-ins for the hosts (`data/standins`). Each
//! stand-in names its sources.

#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use pyblish_endpoint_tests::hosts::{Host, Place, Session, bridge, python, startup};
use pyblish_endpoint_tests::{data, v2};
use serde_json::json;

/// A place with the small pipeline of `plugins/assets.py`, and an asset to publish.
pub fn place() -> Place {
    let place = Place::with("");
    fs::copy(data("plugins/assets.py"), place.path("plugins/assets.py")).unwrap();
    fs::copy(data("hosts/work.py"), place.path("plugins/work.py")).unwrap();
    fs::create_dir(place.path("assets")).unwrap();
    let asset = json!({"units": "m", "parts": ["body", "hat"]});
    fs::write(place.path("assets/hero.json"), asset.to_string()).unwrap();
    place
}

/// The stand-in for this host, which finds the plug-ins as in a studio.
fn standin(place: &Place, host: &str) -> Command {
    let mut command = place.command(Command::new(python()));
    command
        .arg(data("standins").join(format!("{host}_standin.py")))
        .env("PYBLISHPLUGINPATH", place.path("plugins"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// A stand-in that reads the bridge's start-up file, which finds the bridge on Python's path.
pub fn started_with_startup_file(place: &Place, host: &str, flag: &[&str]) -> Host {
    started(place, host, flag, "2024")
}

/// The same; the version is for the stand-in of Maya.
fn started(place: &Place, host: &str, flag: &[&str], version: &str) -> Host {
    let mut command = standin(place, host);
    command.args(flag).arg(startup(host));
    command
        .env("PYTHONPATH", bridge().parent().unwrap())
        .env("STANDIN_VERSION", version);
    Host::start_and_find(command, place, host)
}

/// Each host, its version, and the option of its stand-in for the start-up file.
pub const WITH_STARTUP_FILES: [(&str, &str, &[&str]); 3] = [
    ("maya", "2024", &["--user-setup"]),
    ("houdini", "20.5.278", &[]),
    ("nuke", "15.1v3", &[]),
];

/// A stand-in for Maya with nothing of ours in it and an open command port.
fn maya(place: &Place, port: u16, arguments: &[&str]) -> Host {
    let mut command = standin(place, "maya");
    command.args(["--command-port", &port.to_string()]);
    command.args(arguments);
    Host::start(command)
}

/// A free port.
fn free() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A command port, as the arguments of `serve` that send the bridge through it.
struct Port {
    number: u16,
    language: &'static str,
}

impl Port {
    fn new() -> Port {
        Port {
            number: free(),
            language: "mel",
        }
    }

    fn settings(&self) -> Vec<String> {
        let set = |name: &str, value: &dyn ToString| {
            ["--set".into(), format!("{name}={}", value.to_string())]
        };
        [
            set("command-port", &self.number),
            set("command-language", &self.language),
        ]
        .concat()
    }

    fn arguments(&self) -> Vec<String> {
        let address = format!("127.0.0.1:{}", self.number);
        [self.settings(), vec!["--connect".into(), address]].concat()
    }
}

fn texts(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

/// Publishes: validation fails, is repaired, and a version is there.
#[track_caller]
fn publish(place: &Place, session: &Session, version: &str) {
    let ended = session.run(json!({}));
    assert_eq!(ended["reason"], "failed validation", "{ended}");
    let bad = session.get("/instances?state=failed")["items"][0].clone();
    assert_eq!(
        (&bad["name"], &bad["members"]),
        (&json!("hero"), &json!(["body", "hat"]))
    );
    let pair = json!({"pluginId": session.plugin("ValidateUnits"), "instanceId": bad["id"]});
    session.post("/repair", &pair).ok();
    for stage in ["validate", "extract", "integrate"] {
        let ended = session.run(json!({"only": stage}));
        assert_eq!(ended["state"], "succeeded", "{ended}");
    }
    assert_eq!(place.written("published/hero/v001/hero.txt"), "body\nhat\n");
    // The stand-in answers these on its main thread only.
    let data = session.get("/context")["data"].clone();
    let scene = place.path("scene");
    assert_eq!(data["currentFile"], scene.to_str().unwrap(), "{data}");
    assert_eq!(data["hostVersion"], version);
    let host = session.get("")["host"].clone();
    assert_eq!(host["hostVersion"], version, "{host}");
    let workspace = data["workspaceDir"].as_str().unwrap();
    assert_eq!(workspace.trim_end_matches('/'), "/projects/show");
}

/// Starts a run of the waiting plug-in. Returns the run's path when the plug-in is at work.
fn at_work(session: &Session) -> String {
    let mut events = session.events();
    let run = session.start(json!({"targets": ["busy"]}));
    assert!(events.any(|event| event.name == "progress"));
    run
}

#[test]
fn maya_needs_nothing_installed() {
    for language in ["mel", "python"] {
        let place = place();
        let port = Port {
            language,
            ..Port::new()
        };
        let _host = maya(&place, port.number, &["--source-type", language]);
        let session = place.serve_host("maya", &texts(&port.arguments()));
        publish(&place, &session, "2024");
    }
}

#[test]
fn startup_files_publish() {
    for (host, version, flag) in WITH_STARTUP_FILES {
        let place = place();
        let _host = started_with_startup_file(&place, host, flag);
        // A bridge that runs needs no grant to be reached.
        let session = place.serve_host(host, &[]);
        publish(&place, &session, version);
    }
}

#[test]
fn killed_runtime_reconnects() {
    for (host, version, flag) in WITH_STARTUP_FILES {
        let place = place();
        let _host = started_with_startup_file(&place, host, flag);
        let session = place.serve_host(host, &[]);
        session.run(json!({"until": "collect"}));
        at_work(&session);
        // Dropping it kills it, in the middle of a plug-in on the host's main thread.
        drop(session);
        let session = place.serve_host(host, &[]);
        assert_eq!(session.get("")["continuableRunId"], "r2", "{host}");
        assert_eq!(session.instances(), ["hero"]);
        session.post("/reset", &json!({})).ok();
        publish(&place, &session, version);
    }
}

#[test]
fn nuke_main_thread_is_not_blocked() {
    let place = place();
    // It ends when its owner is gone and the bridge has requests to do. The bridge then asks for
    // another turn, because this one was too long.
    let plugin = "import time\nimport pyblish.api\nimport pyblish_endpoint_bridge as bridge\n\
        class Stay(pyblish.api.ContextPlugin):\n    targets = ['busy']\n    order = pyblish.api.ValidatorOrder\n    \
        def process(self, context):\n        bridge.progress(0.5, 'half way')\n        \
        while bridge.RUNNING.requests.empty():\n            time.sleep(0.01)\n        \
        time.sleep(2 * bridge.SLICE)\n";
    fs::write(place.path("plugins/stay.py"), plugin).unwrap();
    let _host = started_with_startup_file(&place, "nuke", &[]);
    let session = place.serve_host("nuke", &[]);
    at_work(&session);
    drop(session);
    let session = place.serve_host("nuke", &[]);
    publish(&place, &session, "15.1v3");
}

#[test]
fn restarted_maya_gets_the_bridge() {
    let place = place();
    let port = Port::new();
    let mut host = maya(&place, port.number, &[]);
    let session = place.serve_host("maya", &texts(&port.arguments()));
    let run = at_work(&session);
    let pid = host.pid();
    host.kill_unnoticed();
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "lost", "{ended}");
    let reason = ended["reason"].as_str().unwrap();
    assert!(
        reason.contains(&format!("maya (pid {pid}) is gone")),
        "{reason}"
    );
    host.kill();

    let mut events = session.events();
    let _again = maya(&place, port.number, &[]);
    let found = events.find(|event| event.name == "hostFound").unwrap();
    assert_eq!(found.data["kept"], false);
    publish(&place, &session, "2024");
}

#[test]
fn maya_version_change_is_reported() {
    let place = place();
    let mut host = started_with_startup_file(&place, "maya", &["--user-setup"]);
    let session = place.serve_host("maya", &[]);
    let mut events = session.events();
    let mut found = |version: &str, host: Host| {
        let pid = host.pid();
        host.kill();
        let lost = events.find(|event| event.name == "hostLost").unwrap();
        assert_eq!(lost.data["reason"], format!("maya (pid {pid}) has ended"));
        let host = started(&place, "maya", &["--user-setup"], version);
        let found = events.find(|event| event.name == "hostFound").unwrap();
        (host, found.data)
    };
    let told;
    (host, told) = found("2025", host);
    assert_eq!(
        told,
        json!({"kept": false, "version": "2025", "formerly": "2024"})
    );
    let (_host, told) = found("2025", host);
    assert_eq!(told, json!({"kept": false, "version": "2025"}));
    publish(&place, &session, "2025");
}

#[test]
fn ended_maya_is_noticed() {
    let place = place();
    let port = Port::new();
    let host = maya(&place, port.number, &[]);
    let session = place.serve_host("maya", &texts(&port.arguments()));
    let pid = host.pid();
    host.kill();
    let lost = session.events().find(|event| event.name == "hostLost");
    let reason = lost.unwrap().data["reason"].clone();
    assert_eq!(reason, format!("maya (pid {pid}) has ended"));
}

#[test]
fn echoing_command_port_works() {
    let place = place();
    let port = Port::new();
    let _host = maya(&place, port.number, &["--echo-output"]);
    place.serve_host("maya", &texts(&port.arguments()));
}

/// The error with a command port that was opened like this, and an adapter with this language.
fn refused(arguments: &[&str], language: &'static str) -> String {
    let place = place();
    let port = Port {
        language,
        ..Port::new()
    };
    let _host = maya(&place, port.number, arguments);
    place.refused("maya", &texts(&port.arguments()))
}

#[test]
fn other_command_port_is_explained() {
    for (arguments, language) in [
        (&["--source-type", "python"][..], "mel"),
        (&["--source-type", "mel"], "python"),
        (&["--prefix"], "mel"),
        (&["--noreturn"], "mel"),
    ] {
        let said = refused(arguments, language);
        let words = "set command-language to the language that it was opened with (mel or python)";
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert!(said.contains("without noreturn"), "{arguments:?}: {said}");
    }
    let said = refused(&[], "perl");
    assert!(
        said.contains("command-language is \"perl\"; it must be mel or python"),
        "{said}"
    );
}

#[test]
fn small_buffer_is_explained() {
    let said = refused(&["--buffer-size", "4000"], "mel");
    assert!(said.contains("Maya closed the connection"), "{said}");
    assert!(said.contains("a bufferSize of at least 4096"), "{said}");
    // The default is tested in `maya_needs_nothing_installed`.
}

#[test]
fn missing_command_port_is_explained() {
    let place = place();
    let port = Port::new();
    let said = place.refused("maya", &texts(&port.arguments()));
    let words = format!("commandPort -name \"127.0.0.1:{}\"", port.number);
    assert!(said.contains("no Maya listens at"), "{said}");
    assert!(said.contains(&words), "{said}");
}

#[test]
fn maya_address_must_be_granted() {
    let place = place();
    let port = Port::new();
    let said = place.refused("maya", &texts(&port.settings()));
    let flag = format!("--connect 127.0.0.1:{}", port.number);
    assert!(said.contains(&flag), "{said}");
}

#[test]
fn removed_host_file_is_explained() {
    let place = place();
    let port = Port::new();
    let host = maya(&place, port.number, &[]);
    drop(place.serve_host("maya", &texts(&port.arguments())));
    let pid = host.pid();
    fs::remove_file(place.met(&format!("hosts/maya-{pid}.json"))).unwrap();
    let said = place.refused("maya", &texts(&port.arguments()));
    let words = format!("the bridge runs in maya (pid {pid}), but the runtime does not find it");
    assert!(said.contains(&words), "{said}");
    assert!(said.contains("start maya again"), "{said}");
}

#[test]
fn two_mayas_get_the_bridge() {
    let place = place();
    let (one, other) = (Port::new(), Port::new());
    let _first = maya(&place, one.number, &[]);
    let session = place.serve_host("maya", &texts(&one.arguments()));
    let second = maya(&place, other.number, &[]);
    // The second one is named: a bridge that runs is used otherwise.
    let pid = second.pid().to_string();
    let arguments = [other.arguments(), vec!["--pid".into(), pid]].concat();
    let again = place.serve_host("maya", &texts(&arguments));
    for session in [&session, &again] {
        assert_eq!(
            session.run(json!({"until": "collect"}))["state"],
            "succeeded"
        );
    }
}

#[test]
fn missing_pyblish_is_explained() {
    let place = place();
    let port = Port::new();
    let mut command = standin(&place, "maya");
    command.args(["--command-port", &port.number.to_string()]);
    // Run without the packages of the virtual environment.
    let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let mut isolated = place.command(Command::new(Path::new(command.get_program())));
    isolated.arg("-S").args(arguments);
    let _host = Host::start(isolated);
    let said = place.refused("maya", &texts(&port.arguments()));
    assert!(said.contains("There is no pyblish-base in"), "{said}");
}

/// Publishes what is called like the open file. The repair changes the scene, as the stand-ins know
/// it.
const SCENE_PLUGINS: &str = r#"
import os
import pyblish.api
import standin

class Collect(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder
    def process(self, context):
        context.create_instance("hero", family="model").extend(["hat", "body"])

class Validate(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, instance):
        pass
    def repair(self, instance):
        standin.changes += 1

class Extract(pyblish.api.InstancePlugin):
    order = pyblish.api.ExtractorOrder
    def process(self, instance):
        with open(os.path.join(os.environ["PLACE"], "published", "hero"), "w") as file:
            file.write(os.path.basename(standin.file))
"#;

/// A stand-in with a scene, which is collected, and its artist.
struct Scene {
    place: Place,
    session: Session,
    artist: BufReader<UnixStream>,
    _host: Host,
}

impl Scene {
    #[track_caller]
    fn collected(host: &str, flag: &[&str]) -> Scene {
        let place = Place::with(SCENE_PLUGINS);
        let started = started_with_startup_file(&place, host, flag);
        let session = place.serve_host(host, &[]);
        assert_eq!(
            session.run(json!({"until": "collect"}))["state"],
            "succeeded"
        );
        let artist = UnixStream::connect(place.path("artist")).unwrap();
        Scene {
            place,
            session,
            artist: BufReader::new(artist),
            _host: started,
        }
    }

    /// The artist does this, and it is done.
    #[track_caller]
    fn artist(&mut self, deed: &str) {
        writeln!(self.artist.get_mut(), "{deed}").unwrap();
        let mut line = String::new();
        self.artist.read_line(&mut line).unwrap();
        assert_eq!(line, "done\n");
    }

    /// Waits until the session says this of its scene.
    #[track_caller]
    fn told(&self, member: &str, wanted: &str) {
        let mut events = self.session.events();
        let is_told = |text: &str| text.ends_with(wanted);
        let told = events.find(|event| {
            event.name == "sceneChanged" && event.data[member].as_str().is_some_and(is_told)
        });
        assert!(told.is_some(), "{member}: {wanted}");
    }
}

#[test]
fn standins_for_hosts_tell_of_their_scene() {
    for (host, _, flag) in WITH_STARTUP_FILES {
        let mut scene = Scene::collected(host, flag);
        scene.artist("open /shots/b");
        scene.told("stale", "b was opened after scene was collected.");
        let session = scene.session.get("");
        assert_eq!(session["scene"]["file"], "/shots/b", "{host}");
        let refused = scene.session.post("/runs", &json!({"only": "extract"}));
        assert_eq!(refused.body["code"], "stale-context", "{host}");
        assert_eq!(scene.session.run(json!({}))["state"], "succeeded", "{host}");
        assert_eq!(scene.place.written("published/hero"), "b", "{host}");
        scene.artist("save /shots/c");
        scene.told(
            "stale",
            "The scene is c now, and was b when it was collected.",
        );
    }
}

#[test]
fn standin_for_maya_tells_of_an_undo() {
    let mut scene = Scene::collected("maya", &["--user-setup"]);
    scene.artist("undo");
    scene.told(
        "stale",
        "The scene was changed by an undo after it was collected.",
    );
}

#[test]
fn standins_for_maya_and_houdini_have_work_wait_during_playback() {
    for (host, _, flag) in &WITH_STARTUP_FILES[..2] {
        let mut scene = Scene::collected(host, flag);
        scene.artist("play");
        let run = scene.session.start(json!({"only": "extract"}));
        scene.told("waiting", "is busy: stop the playback.");
        assert_eq!(
            fs::read_dir(scene.place.path("published")).unwrap().count(),
            0
        );
        scene.artist("stop");
        let ended = v2::end(&scene.session.server, &scene.session.path, &run);
        assert_eq!(ended["state"], "succeeded", "{ended}");
    }
}

#[test]
fn standins_for_hosts_make_one_step_of_undo_of_a_repair() {
    for (host, _, flag) in WITH_STARTUP_FILES {
        let scene = Scene::collected(host, flag);
        let instance = scene.session.get("/instances")["items"][0]["id"].clone();
        let pair = json!({"pluginId": scene.session.plugin("Validate"), "instanceId": instance});
        assert_eq!(scene.session.post("/repair", &pair).ok()["success"], true);
        assert_eq!(
            scene.place.written("steps"),
            "Pyblish: Repair of Validate\n",
            "{host}"
        );
        scene.told(
            "outdated",
            "A repair changed the scene after it was collected.",
        );
    }
}

#[test]
fn standins_for_hosts_select_members() {
    for (host, _, flag) in WITH_STARTUP_FILES {
        let scene = Scene::collected(host, flag);
        let instance = scene.session.get("/instances")["items"][0]["id"].clone();
        let chosen = json!({"instanceIds": [instance]});
        let answer = scene.session.post("/select", &chosen);
        assert_eq!(answer.status, 204, "{host} {answer:?}");
        let selected = scene.place.written("selected");
        let names: Vec<_> = selected.split_whitespace().collect();
        assert_eq!(names, ["hat", "body"], "{host}");
    }
}
