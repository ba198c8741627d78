//! Maya, Houdini and Nuke, which cannot be had here: the real runtime, the real adapters, the real bridge with
//! its start-up files, and in place of the hosts stand-ins (`data/standins`), each of which says what it was made
//! after.

#![cfg(unix)]

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use pyblish_endpoint_tests::hosts::{Host, Place, Session, bridge, python};
use pyblish_endpoint_tests::{data, v2};
use serde_json::json;

/// A place with the small pipeline of `plugins/assets.py`, and an asset to publish.
fn place() -> Place {
    let place = Place::with("");
    fs::copy(data("plugins/assets.py"), place.path("plugins/assets.py")).unwrap();
    fs::copy(data("hosts/work.py"), place.path("plugins/work.py")).unwrap();
    fs::create_dir(place.path("assets")).unwrap();
    let asset = json!({"units": "m", "parts": ["body", "hat"]});
    fs::write(place.path("assets/hero.json"), asset.to_string()).unwrap();
    place
}

/// The stand-in for this host, which finds the plug-ins as a studio has its hosts find them.
fn standin(place: &Place, host: &str) -> Command {
    let mut command = place.command(Command::new(python()));
    command
        .arg(data("standins").join(format!("{host}_standin.py")))
        .env("PYBLISHPLUGINPATH", place.path("plugins"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// One that reads the start-up file of the bridge's, which finds the bridge on Python's path.
fn started_with_startup_file(place: &Place, host: &str, flag: &[&str]) -> Host {
    started(place, host, flag, "2024")
}

/// Likewise; the version is for the stand-in of Maya.
fn started(place: &Place, host: &str, flag: &[&str], version: &str) -> Host {
    let file = bridge().with_file_name(format!("startup/{host}.py"));
    let mut command = standin(place, host);
    command.args(flag).arg(file);
    command
        .env("PYTHONPATH", bridge().parent().unwrap())
        .env("STANDIN_VERSION", version);
    Host::start_and_find(command, place, host)
}

/// Each host, its version, and what its stand-in is told the start-up file with.
const WITH_STARTUP_FILES: [(&str, &str, &[&str]); 3] = [
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

/// A port that nobody has.
fn free() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// What `serve` is told to send the bridge through the command port.
struct Ports {
    command: u16,
    bridge: u16,
    language: &'static str,
}

impl Ports {
    fn new() -> Ports {
        Ports {
            command: free(),
            bridge: free(),
            language: "mel",
        }
    }

    fn settings(&self) -> Vec<String> {
        let set = |name: &str, value: &dyn ToString| {
            ["--set".into(), format!("{name}={}", value.to_string())]
        };
        [
            set("command-port", &self.command),
            set("command-language", &self.language),
            set("port", &self.bridge),
        ]
        .concat()
    }

    fn arguments(&self) -> Vec<String> {
        let let_it = |port: u16| ["--connect".into(), format!("127.0.0.1:{port}")];
        [
            self.settings(),
            let_it(self.command).into(),
            let_it(self.bridge).into(),
        ]
        .concat()
    }
}

fn texts(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

/// Publishes: it fails, is repaired, and is there as a version.
#[track_caller]
fn publish(place: &Place, session: &Session, version: &str) {
    let ended = session.run(json!({}));
    assert_eq!(ended["reason"], "failed validation", "{ended}");
    let bad = session.get("/instances?state=failed")["instances"][0].clone();
    assert_eq!(
        (&bad["name"], &bad["members"]),
        (&json!("hero"), &json!(["body", "hat"]))
    );
    let pair = json!({"plugin": session.plugin("ValidateUnits"), "instance": bad["id"]});
    session.post("/repair", &pair).ok();
    for stage in ["validate", "extract", "integrate"] {
        let ended = session.run(json!({"only": stage}));
        assert_eq!(ended["state"], "succeeded", "{ended}");
    }
    assert_eq!(place.written("published/hero/v001/hero.txt"), "body\nhat\n");
    // What the stand-in tells on its main thread alone.
    let data = session.get("/context")["data"].clone();
    let scene = place.path("scene");
    assert_eq!(data["currentFile"], scene.to_str().unwrap(), "{data}");
    assert_eq!(data["hostVersion"], version);
    let workspace = data["workspaceDir"].as_str().unwrap();
    assert_eq!(workspace.trim_end_matches('/'), "/projects/show");
}

/// Starts a run of the plug-in that waits; its path, when that is at work.
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
        let ports = Ports {
            language,
            ..Ports::new()
        };
        let _host = maya(&place, ports.command, &["--source-type", language]);
        let session = place.serve_host("maya", &texts(&ports.arguments()));
        publish(&place, &session, "2024");
    }
}

#[test]
fn maya_houdini_and_nuke_are_published_from_with_their_start_up_files() {
    for (host, version, flag) in WITH_STARTUP_FILES {
        let place = place();
        let _host = started_with_startup_file(&place, host, flag);
        // A bridge that runs needs no grant to be reached.
        let session = place.serve_host(host, &[]);
        publish(&place, &session, version);
    }
}

#[test]
fn a_runtime_that_is_killed_takes_up_maya_houdini_and_nuke_again() {
    for (host, version, flag) in WITH_STARTUP_FILES {
        let place = place();
        let _host = started_with_startup_file(&place, host, flag);
        let session = place.serve_host(host, &[]);
        session.run(json!({"until": "collect"}));
        at_work(&session);
        // Dropped is killed, in the middle of a plug-in on the host's main thread.
        drop(session);
        let session = place.serve_host(host, &[]);
        assert_eq!(session.get("")["continuable"], "r2", "{host}");
        assert_eq!(session.instances(), ["hero"]);
        session.post("/reset", &json!({})).ok();
        publish(&place, &session, version);
    }
}

#[test]
fn nuke_is_not_asked_for_its_main_thread_on_that_thread() {
    let place = place();
    // It ends when its owner is gone and the bridge has more to do; for that the bridge asks for another turn, as this
    // one has been too long.
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
fn a_maya_that_was_killed_is_sent_the_bridge_again() {
    let place = place();
    let ports = Ports::new();
    let mut host = maya(&place, ports.command, &[]);
    let session = place.serve_host("maya", &texts(&ports.arguments()));
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
    let _again = maya(&place, ports.command, &[]);
    let found = events.find(|event| event.name == "hostFound").unwrap();
    assert_eq!(found.data["kept"], false);
    publish(&place, &session, "2024");
}

#[test]
fn a_maya_that_comes_back_in_another_version_is_told_so() {
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
fn a_maya_that_was_sent_the_bridge_and_ends_is_noticed() {
    let place = place();
    let ports = Ports::new();
    let host = maya(&place, ports.command, &[]);
    let session = place.serve_host("maya", &texts(&ports.arguments()));
    let pid = host.pid();
    host.kill();
    let lost = session.events().find(|event| event.name == "hostLost");
    let reason = lost.unwrap().data["reason"].clone();
    assert_eq!(reason, format!("maya (pid {pid}) has ended"));
}

#[test]
fn a_command_port_that_echoes_will_do() {
    let place = place();
    let ports = Ports::new();
    let _host = maya(&place, ports.command, &["--echo-output"]);
    place.serve_host("maya", &texts(&ports.arguments()));
}

/// What is said where the command port is opened so, and the adapter told this language.
fn refused(arguments: &[&str], language: &'static str) -> String {
    let place = place();
    let ports = Ports {
        language,
        ..Ports::new()
    };
    let _host = maya(&place, ports.command, arguments);
    place.refused("maya", &texts(&ports.arguments()))
}

#[test]
fn a_command_port_that_was_opened_otherwise_is_said() {
    for (arguments, language) in [
        (&["--source-type", "python"][..], "mel"),
        (&["--source-type", "mel"], "python"),
        (&["--prefix"], "mel"),
        (&["--noreturn"], "mel"),
    ] {
        let said = refused(arguments, language);
        let words = "set command-language to what it was opened with (mel or python)";
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert!(said.contains("without noreturn"), "{arguments:?}: {said}");
    }
    let said = refused(&[], "perl");
    assert!(
        said.contains("command-language is \"perl\"; it can be mel or python"),
        "{said}"
    );
}

#[test]
fn a_command_port_with_a_small_buffer_is_said_and_the_default_is_enough() {
    let said = refused(&["--buffer-size", "4000"], "mel");
    assert!(said.contains("Maya closed the connection"), "{said}");
    assert!(said.contains("a bufferSize of at least 4096"), "{said}");
    // And as it is by default: `maya_needs_nothing_installed`.
}

#[test]
fn a_maya_without_a_command_port_is_said() {
    let place = place();
    let ports = Ports::new();
    let said = place.refused("maya", &texts(&ports.arguments()));
    let words = format!("commandPort -name \"127.0.0.1:{}\"", ports.command);
    assert!(said.contains("no Maya listens at"), "{said}");
    assert!(said.contains(&words), "{said}");
}

#[test]
fn what_maya_is_connected_to_must_be_granted() {
    let place = place();
    let ports = Ports::new();
    let said = place.refused("maya", &texts(&ports.settings()));
    let (command, bridge) = (ports.command, ports.bridge);
    let flags = format!("--connect 127.0.0.1:{command} --connect 127.0.0.1:{bridge}");
    assert!(said.contains(&flags), "{said}");
}

#[test]
fn a_port_that_another_program_has_is_said_with_the_way_to_another() {
    let place = place();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let ports = Ports {
        bridge: taken.local_addr().unwrap().port(),
        ..Ports::new()
    };
    let _host = maya(&place, ports.command, &[]);
    let said = place.refused("maya", &texts(&ports.arguments()));
    assert!(said.contains("another program has it"), "{said}");
    assert!(said.contains("--set port="), "{said}");
}

#[test]
fn a_bridge_that_runs_elsewhere_in_that_maya_is_said() {
    let place = place();
    let ports = Ports::new();
    let host = maya(&place, ports.command, &[]);
    drop(place.serve_host("maya", &texts(&ports.arguments())));
    // Nobody finds it, so it is to be started once more, at another port.
    let file = format!("hosts/maya-{}.json", host.pid());
    fs::remove_file(place.met(&file)).unwrap();
    let other = Ports {
        bridge: free(),
        ..ports
    };
    let said = place.refused("maya", &texts(&other.arguments()));
    let words = format!("--set port={0} --connect 127.0.0.1:{0}", ports.bridge);
    assert!(said.contains("runs already in this Maya"), "{said}");
    assert!(said.contains(&words), "{said}");
    place.serve_host("maya", &texts(&ports.arguments()));
}

#[test]
fn a_maya_without_pyblish_says_what_to_do() {
    let place = place();
    let ports = Ports::new();
    let mut command = standin(&place, "maya");
    command.args(["--command-port", &ports.command.to_string()]);
    // Without the packages of the virtual environment.
    let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let mut isolated = place.command(Command::new(Path::new(command.get_program())));
    isolated.arg("-S").args(arguments);
    let _host = Host::start(isolated);
    let said = place.refused("maya", &texts(&ports.arguments()));
    assert!(said.contains("There is no pyblish-base in"), "{said}");
}
