//! The scene in a host is another one than was collected, or the host cannot take work: what a
//! client is told, and what is published. The host is a stand-in (`scene_standin.py`), which does
//! what an artist does; the rest is real. `tests/real` does the same in Blender.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::thread;

use pyblish_endpoint_tests::hosts::{Host, Place, Session, bridge, python};
use pyblish_endpoint_tests::{data, v2};
use serde_json::{Value, json};

/// What is published has the name of the scene, and in it the scene that was open when it was
/// extracted.
const PLUGINS: &str = r#"
import os, time
import pyblish.api
import standin

def name():
    return os.path.basename(standin.file)

class Collect(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder
    def process(self, context):
        context.create_instance(name(), family="model")

class Validate(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, instance):
        pass
    def repair(self, instance):
        standin.changes += 1
        if os.path.exists(os.path.join(os.environ["PLACE"], "slow")):
            import pyblish_endpoint_bridge as bridge
            bridge.progress(0.5, "repairing")
            while not bridge.cancelled():
                pass
            raise bridge.Cancelled("stopped half way")

class Extract(pyblish.api.InstancePlugin):
    order = pyblish.api.ExtractorOrder
    def process(self, instance):
        if os.path.exists(os.path.join(os.environ["PLACE"], "wait")):
            import pyblish_endpoint_bridge as bridge
            bridge.progress(0.5, "waiting")
            while not standin.asked:
                pass
            time.sleep(0.1)  # longer than the bridge's turn: the artist's comes before the next plug-in
        standin.changes += 1
        with open(os.path.join(os.environ["PLACE"], "published", instance.name), "w") as file:
            file.write(name())

class Integrate(pyblish.api.ContextPlugin):
    order = pyblish.api.IntegratorOrder
    def process(self, context):
        self.log.info("integrated")
"#;

struct Studio {
    place: Place,
    session: Session,
    artist: BufReader<UnixStream>,
    _host: Host,
}

impl Studio {
    #[track_caller]
    fn open(arguments: &[&str]) -> Studio {
        let place = Place::with(PLUGINS);
        let mut command = place.command(Command::new(python()));
        command
            .arg(data("standins/scene_standin.py"))
            .env("LIB", bridge().parent().unwrap())
            .env("PYBLISHPLUGINPATH", place.path("plugins"))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        let host = Host::start(command);
        let session = place.serve_host("python", arguments);
        let artist = UnixStream::connect(place.path("artist")).unwrap();
        Studio {
            place,
            session,
            artist: BufReader::new(artist),
            _host: host,
        }
    }

    /// With what is in the scene collected.
    #[track_caller]
    fn collected(arguments: &[&str]) -> Studio {
        let studio = Studio::open(arguments);
        let ended = studio.session.run(json!({"until": "collect"}));
        assert_eq!(ended["state"], "succeeded", "{ended}");
        assert_eq!(studio.session.instances(), ["a.scene"]);
        studio
    }

    /// The artist does this, and it is done.
    #[track_caller]
    fn artist(&mut self, deed: &str) {
        writeln!(self.artist.get_mut(), "{deed}").unwrap();
        let mut line = String::new();
        self.artist.read_line(&mut line).unwrap();
        assert_eq!(line, "done\n");
    }

    /// Waits until clients are told this of the scene. Returns all that they are told.
    #[track_caller]
    fn told(&self, member: &str, wanted: &Value) -> Value {
        let mut events = self.session.events();
        let told =
            events.find(|event| event.name == "sceneChanged" && event.data[member] == *wanted);
        told.expect("the scene").data
    }

    #[track_caller]
    fn refused(&self, request: &Value, reason: &str) {
        let answer = self.session.post("/runs", request);
        assert_eq!(answer.status, 409, "{answer:?}");
        let problem = answer.body;
        assert_eq!(problem["code"], "stale-context", "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.starts_with(reason), "{detail}");
        assert!(
            detail.contains("Reset the session and collect again"),
            "{detail}"
        );
    }

    /// What was published: the name of each file, and the scene that was open.
    fn published(&self) -> Vec<(String, String)> {
        let files = fs::read_dir(self.place.path("published"))
            .unwrap()
            .flatten();
        let read = |path: std::path::PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        };
        let mut found: Vec<_> = files.map(|file| read(file.path())).collect();
        found.sort();
        found
    }
}

fn pair(a: &str, b: &str) -> (String, String) {
    (a.into(), b.into())
}

const OPENED: &str = "b.scene was opened after a.scene was collected.";

#[test]
fn stale_context_is_refused_until_a_reset() {
    let mut studio = Studio::collected(&[]);
    studio.artist("open /shots/b.scene");
    let told = studio.told("stale", &json!(OPENED));
    assert_eq!(told["file"], "/shots/b.scene");
    assert_eq!(studio.session.get("")["scene"], told);
    let validators =
        json!({"pluginIds": [studio.session.plugin("Validate"), studio.session.plugin("Extract")]});
    studio.refused(&validators, OPENED);
    studio.refused(&json!({"only": "validate"}), OPENED);
    let instance = studio.session.get("/instances")["items"][0]["id"].clone();
    studio.refused(&json!({"instanceIds": [instance]}), OPENED);
    let pair_of = json!({"pluginId": studio.session.plugin("Extract"), "instanceId": instance});
    let failed = studio.session.post("/process", &pair_of).ok();
    assert!(
        failed["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with(OPENED),
        "{failed}"
    );
    studio.session.post("/reset", &json!({})).ok();
    assert_eq!(studio.session.get("")["scene"]["stale"], Value::Null);
    assert_eq!(studio.session.run(json!({}))["state"], "succeeded");
    assert_eq!(studio.published(), [pair("b.scene", "b.scene")]);
}

#[test]
fn run_that_collects_begins_with_an_empty_context() {
    let mut studio = Studio::collected(&[]);
    studio.artist("open /shots/b.scene");
    studio.told("stale", &json!(OPENED));
    assert_eq!(studio.session.run(json!({}))["state"], "succeeded");
    assert_eq!(studio.session.instances(), ["b.scene"]);
    assert_eq!(studio.published(), [pair("b.scene", "b.scene")]);
}

#[test]
fn setting_has_a_run_collect_again() {
    let mut studio = Studio::collected(&["--set", "collect-when-stale=true"]);
    studio.artist("save /shots/c.scene");
    let reason = "The scene is c.scene now, and was a.scene when it was collected.";
    studio.told("stale", &json!(reason));
    let chosen = json!({"pluginIds": [studio.session.plugin("Extract")]});
    assert_eq!(studio.session.run(chosen)["state"], "succeeded");
    assert_eq!(studio.published(), [pair("c.scene", "c.scene")]);
    studio.artist("undo");
    studio.told(
        "stale",
        &json!("The scene was changed by an undo after it was collected."),
    );
    assert_eq!(
        studio.session.run(json!({"only": "validate"}))["state"],
        "succeeded"
    );
    assert_eq!(studio.session.instances(), ["c.scene"]);
}

#[test]
fn file_that_is_opened_in_mid_run_ends_the_run() {
    let mut studio = Studio::open(&[]);
    fs::write(studio.place.path("wait"), "").unwrap();
    let run = studio.session.start(json!({}));
    assert!(
        studio
            .session
            .events()
            .any(|event| event.name == "progress")
    );
    // The artist's turn comes between two plug-ins.
    studio.artist("open /shots/b.scene");
    let ended = v2::end(&studio.session.server, &studio.session.path, &run);
    assert_eq!(ended["state"], "stopped", "{ended}");
    assert!(
        ended["reason"].as_str().unwrap().starts_with(OPENED),
        "{ended}"
    );
    assert_eq!(studio.published(), [pair("a.scene", "a.scene")]);
}

#[test]
fn repair_that_changes_the_scene_has_to_be_collected_before_it_is_published() {
    let studio = Studio::collected(&[]);
    let instance = studio.session.get("/instances")["items"][0]["id"].clone();
    let pair_of = json!({"pluginId": studio.session.plugin("Validate"), "instanceId": instance});
    assert_eq!(
        studio.session.post("/repair", &pair_of).ok()["success"],
        true
    );
    assert_eq!(
        studio.place.written("steps"),
        "Pyblish: Repair of Validate\n"
    );
    let reason = "A repair changed the scene after it was collected.";
    studio.told("outdated", &json!(reason));
    assert_eq!(
        studio.session.run(json!({"only": "validate"}))["state"],
        "succeeded"
    );
    studio.refused(&json!({"only": "extract"}), reason);
    assert_eq!(studio.session.run(json!({}))["state"], "succeeded");
    assert_eq!(studio.session.get("")["scene"]["outdated"], Value::Null);
    assert_eq!(
        studio.place.written("steps"),
        "Pyblish: Repair of Validate\nPyblish: Publish\n"
    );
}

#[test]
fn run_waits_while_the_host_is_busy() {
    let mut studio = Studio::collected(&[]);
    studio.artist("busy finish or cancel Move");
    let run = studio.session.start(json!({}));
    studio.told("waiting", &json!("python is busy: finish or cancel Move."));
    assert_eq!(studio.published(), []);
    studio.artist("free");
    let ended = v2::end(&studio.session.server, &studio.session.path, &run);
    assert_eq!(ended["state"], "succeeded", "{ended}");
    assert_eq!(studio.session.get("")["scene"]["waiting"], Value::Null);
}

#[test]
fn repair_that_waits_is_shown_by_its_name_and_by_what_it_waits_for() {
    let mut studio = Studio::collected(&[]);
    let instance = studio.session.get("/instances")["items"][0]["id"].clone();
    let pair_of = json!({"pluginId": studio.session.plugin("Validate"), "instanceId": instance});
    studio.artist("busy close the dialog");
    thread::scope(|scope| {
        let session = &studio.session;
        let repair = scope.spawn(move || session.post("/repair", &pair_of).ok());
        session.doing("repair of Validate");
        studio.told("waiting", &json!("python is busy: close the dialog."));
        writeln!(studio.artist.get_mut(), "free").unwrap();
        assert_eq!(repair.join().unwrap()["success"], true);
    });
}

#[test]
fn waiting_run_is_cancelled() {
    let mut studio = Studio::collected(&[]);
    studio.artist("busy finish or cancel Move");
    let run = studio.session.start(json!({}));
    studio.told("waiting", &json!("python is busy: finish or cancel Move."));
    studio.session.cancel(&run, 3600.0);
    let ended = v2::end(&studio.session.server, &studio.session.path, &run);
    assert_eq!(ended["state"], "cancelled", "{ended}");
    assert_eq!(studio.published(), []);
}

#[test]
fn members_are_selected_in_the_host() {
    let studio = Studio::collected(&[]);
    assert_eq!(studio.session.get("")["host"]["selects"], true);
    let instance = studio.session.get("/instances")["items"][0]["id"].clone();
    let chosen = json!({"instanceIds": [instance]});
    assert_eq!(studio.session.post("/select", &chosen).status, 204);
    // It has no members, so what has its name is selected.
    assert_eq!(studio.place.written("selected"), "a.scene\n");
    let unknown = studio
        .session
        .post("/select", &json!({"instanceIds": ["nobody"]}));
    assert_eq!(
        (unknown.status, &unknown.body["code"]),
        (404, &json!("unknown-instance"))
    );
    assert_eq!(studio.session.get("")["state"], "idle");
}

#[test]
fn host_that_selects_nothing_says_so() {
    let place = Place::with("");
    let _host = place.python();
    let session = place.serve_host("python", &[]);
    assert_eq!(session.get("")["host"]["selects"], false);
    let refused = session.post("/select", &json!({"instanceIds": []}));
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (409, &json!("cannot-select"))
    );
}

#[test]
fn repair_is_stopped() {
    let studio = Studio::collected(&[]);
    fs::write(studio.place.path("slow"), "").unwrap();
    let instance = studio.session.get("/instances")["items"][0]["id"].clone();
    let pair_of = json!({"pluginId": studio.session.plugin("Validate"), "instanceId": instance});
    // Without anything to stop, nothing happens.
    assert_eq!(studio.session.post("/cancel", &json!({})).status, 204);
    let mut events = studio.session.events();
    thread::scope(|scope| {
        let session = &studio.session;
        let repair = scope.spawn(move || session.post("/repair", &pair_of).ok());
        assert!(events.any(|event| event.name == "progress"));
        assert_eq!(
            session.post("/cancel?grace=3600000", &json!({})).status,
            204
        );
        let ended = repair.join().unwrap();
        assert_eq!(ended["error"]["kind"], "Cancelled", "{ended}");
    });
    assert_eq!(studio.session.get("")["state"], "idle");
}

#[test]
fn repair_that_does_not_stop_is_stopped_by_force() {
    let mut studio = Studio::collected(&[]);
    let instance = studio.session.get("/instances")["items"][0]["id"].clone();
    let pair_of = json!({"pluginId": studio.session.plugin("Validate"), "instanceId": instance});
    studio.artist("busy close the dialog");
    thread::scope(|scope| {
        let session = &studio.session;
        let repair = scope.spawn(move || session.post("/repair", &pair_of).ok());
        session.doing("repair of Validate");
        assert_eq!(session.post("/cancel?grace=0", &json!({})).status, 204);
        let ended = repair.join().unwrap();
        assert_eq!(ended["error"]["kind"], "Cancelled", "{ended}");
    });
    writeln!(studio.artist.get_mut(), "free").unwrap();
    // Stopped by force or by itself, a reset begins anew.
    studio.session.post("/reset", &json!({})).ok();
    assert_eq!(studio.session.get("")["state"], "idle");
}

#[test]
fn run_is_cancelled_while_the_host_gives_no_turn() {
    let mut studio = Studio::collected(&[]);
    studio.artist("render");
    let run = studio.session.start(json!({"only": "extract"}));
    studio.session.doing("Extract");
    let mut events = studio.session.events();
    studio.session.cancel(&run, 3600.0);
    let result =
        events.find(|event| event.name == "result" && event.data["result"]["plugin"] == "Extract");
    let result = result.unwrap().data;
    assert_eq!(result["result"]["error"]["kind"], "Cancelled", "{result}");
    fs::write(studio.place.path("rendered"), "").unwrap();
    let ended = v2::end(&studio.session.server, &studio.session.path, &run);
    assert_eq!(ended["state"], "cancelled", "{ended}");
    assert_eq!(studio.published(), []);
    // The host was never let go.
    assert_eq!(
        studio.session.run(json!({"only": "extract"}))["state"],
        "succeeded"
    );
}
