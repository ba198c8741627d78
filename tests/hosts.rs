//! Hosts with the bridge in them, over HTTP alone: the real runtime, the real adapter, a real Python with
//! pyblish-base, real sockets. What works, and what goes wrong on the way, each with its words.
//!
//! Nothing here waits for a moment: a plug-in that is to be at work says so by its progress, and goes on when
//! a file appears.

#![cfg(unix)]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::thread;

use pyblish_endpoint_tests::hosts::{Host, Place, Session, private_folder};
use pyblish_endpoint_tests::v2::problem;
use pyblish_endpoint_tests::{data, v2};
use serde_json::{Value, json};

/// What most of the plug-ins below begin with. `wait` is at work until the test opens the gate. SIGPIPE ends the host, as
/// it does a program that has Python inside it and is none.
const HEAD: &str = r#"
import os, signal, sys, time
import pyblish.api
import pyblish_endpoint_bridge as bridge

PLACE = os.environ["PLACE"]
signal.signal(signal.SIGPIPE, signal.SIG_DFL)

def wait(obey=True):
    bridge.progress(0.5, "half way")
    while not os.path.exists(os.path.join(PLACE, "gate")):
        if obey and bridge.cancelled():
            raise bridge.Cancelled("stopped half way")
        time.sleep(0.01)

def note(line):
    with open(os.path.join(PLACE, "notes"), "a") as file:
        file.write(line + "\n")

class Collect(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder
    def process(self, context):
        for name in ("one", "two", "three"):
            context.create_instance(name, family="thing")
        note("collected")
"#;

fn place(plugins: &str) -> Place {
    Place::with(&format!("{HEAD}\n{plugins}"))
}

/// A plug-in that waits in the middle of a run, and does not obey where it is deaf.
fn waiting(deaf: bool) -> Place {
    let obey = if deaf { "False" } else { "True" };
    place(&format!(
        "class Work(pyblish.api.ContextPlugin):\n    order = pyblish.api.ExtractorOrder\n    \
         def process(self, context):\n        wait({obey})\n        note('worked')\n"
    ))
}

/// Starts a run of [`waiting`]; its path, when the plug-in is at work.
fn at_work(session: &Session) -> String {
    let mut events = session.events();
    let run = session.start(json!({}));
    let id = run.rsplit('/').next().unwrap();
    let mine = |event: &Value| event["pair"]["run"] == id;
    let found = events.find(|event| event.name == "progress" && mine(&event.data));
    assert_eq!(found.expect("its progress").data["fraction"], 0.5);
    run
}

#[test]
fn plug_ins_hear_what_a_frontend_leaves_out() {
    let place = place(
        r#"
class Listen(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder + 0.1
    def process(self, context):
        pyblish.api.register_callback("instanceToggled", toggled)
        pyblish.api.register_callback("pluginToggled", switched)

def toggled(instance, new_value, old_value):
    note("instance %s %s %s" % (instance.name, new_value, old_value))
    instance.data["heard"] = new_value

def switched(plugin, new_value, old_value):
    note("plug-in %s %s %s" % (plugin.__name__, new_value, old_value))

class Optional(pyblish.api.InstancePlugin):
    order = pyblish.api.ExtractorOrder
    optional = True
    def process(self, instance):
        pass
"#,
    );
    let _host = place.python();
    let session = place.serve();
    session.run(json!({"until": "collect"}));
    let instances = session.get("/instances");
    let two = format!(
        "{}/instances/{}",
        session.path,
        instances["instances"][1]["id"].as_str().unwrap()
    );
    let plugin = format!(
        "{}/plugins/{}",
        session.path,
        session.plugin("Optional").as_str().unwrap()
    );
    let change = json!({"revision": instances["revision"], "set": {"publish": false}});
    let changed = session.server.send_json("PATCH", &two, &change, &[]).ok();
    // What a callback changed is there with the answer.
    assert_eq!(changed["data"]["heard"], false, "{changed}");
    let change = json!({"revision": session.get("/plugins")["revision"], "active": false});
    session
        .server
        .send_json("PATCH", &plugin, &change, &[])
        .ok();
    assert_eq!(
        place.written("notes"),
        "collected\ninstance two False True\nplug-in Optional False True\n"
    );
}

#[test]
fn a_publish_from_python_through_http_alone() {
    let place = Place::with("");
    fs::copy(data("plugins/assets.py"), place.path("plugins/plugins.py")).unwrap();
    fs::create_dir(place.path("assets")).unwrap();
    for (name, units) in [("hero", "m"), ("prop", "cm")] {
        let asset = json!({"units": units, "parts": [format!("{name} body"), "hat"]});
        fs::write(
            place.path(&format!("assets/{name}.json")),
            asset.to_string(),
        )
        .unwrap();
    }
    let _host = place.python();
    let session = place.serve();

    let ended = session.run(json!({}));
    assert_eq!(ended["state"], "stopped", "{ended}");
    assert_eq!(ended["reason"], "failed validation");
    assert_eq!(session.instances(), ["hero", "prop"]);
    let bad = session.get("/instances?state=failed")["instances"][0].clone();
    assert_eq!(bad["name"], "hero");
    assert_eq!(bad["members"], json!(["hero body", "hat"]));

    let pair = json!({"plugin": session.plugin("ValidateUnits"), "instance": bad["id"]});
    let failure = session.post("/process", &pair).ok()["error"].take();
    assert_eq!(
        failure["message"],
        "hero is measured in m: repair it, or export it in cm"
    );
    assert_eq!(failure["kind"], "AssertionError");
    let file = failure["location"]["file"].as_str().unwrap();
    assert!(file.ends_with("plugins.py"), "{failure}");
    let repaired = session.post("/repair", &pair).ok();
    assert_eq!(repaired["success"], true, "{repaired}");
    assert_eq!(repaired["records"][0]["message"], "hero is in cm now");
    assert_eq!(repaired["records"][0]["level"], 30);

    for stage in ["validate", "extract", "integrate"] {
        let ended = session.run(json!({"only": stage}));
        assert_eq!(ended["state"], "succeeded", "{ended}");
    }
    let published = place.written("published/hero/v001/hero.txt");
    assert_eq!(published, "hero body\nhat\n");
    assert!(place.path("published/prop/v001/prop.txt").is_file());
    // And all of it once more, from the start.
    let reset = session.post("/reset", &json!({})).ok();
    assert_eq!(reset["instances"], 0, "{reset}");
    assert_eq!(session.run(json!({}))["state"], "succeeded");
    assert!(place.path("published/hero/v002/hero.txt").is_file());
}

#[test]
fn a_plug_in_is_heard_while_it_works() {
    let place = place(
        r#"
class Talk(pyblish.api.ContextPlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, context):
        self.log.warning("said %s", 1)
        print("printed")
        context.data["strange"] = {"object": object, "text": u"\u2603"}
        wait()

class Exit(pyblish.api.ContextPlugin):
    order = pyblish.api.ValidatorOrder + 0.1
    def process(self, context):
        sys.exit("enough")
"#,
    );
    let _host = place.python();
    let session = place.serve();
    let mut events = session.events();
    let run = session.start(json!({}));
    // All of it arrives while the plug-in waits for the gate.
    let said: Vec<Value> = events
        .by_ref()
        .take_while(|event| event.name != "progress")
        .filter(|event| event.name == "record")
        .map(|event| event.data["record"].clone())
        .collect();
    assert_eq!(said[0]["message"], "said 1");
    assert_eq!(said[0]["level"], 30);
    assert_eq!(said[0]["location"]["function"], "process");
    assert!(said[0]["created"].as_f64().is_some());
    assert_eq!(said[1]["message"], "printed");
    assert_eq!(said[1]["logger"], "stdout");
    let now = session.get("");
    assert_eq!(now["progress"], 0.5);
    assert_eq!(now["progressMessage"], "half way");
    place.open_gate();

    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "failed", "{ended}");
    let results = session.results(&run);
    let exit = results.iter().find(|(plugin, ..)| plugin == "Exit");
    let message = exit.unwrap().2.as_ref().unwrap();
    assert!(
        message.contains("asked the host to end: enough"),
        "{message}"
    );
    let strange = session.get("/context")["data"]["strange"].clone();
    assert_eq!(strange["text"], "☃");
    assert_eq!(strange["object"]["$repr"], "<class 'object'>");
}

#[test]
fn cancelling_reaches_inside_a_plug_in() {
    let place = waiting(false);
    let _host = place.python();
    let session = place.serve();
    let run = at_work(&session);
    session.cancel(&run, 3600.0);
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "cancelled");
    let last = session.results(&run).pop().unwrap();
    assert_eq!(last.2.as_deref(), Some("stopped half way"));
    // It was asked, not forced: the session goes on.
    assert_eq!(session.get("")["state"], "idle");
    place.open_gate();
    assert_eq!(session.run(json!({}))["state"], "succeeded");
    assert_eq!(place.written("notes").matches("worked").count(), 1);
}

#[test]
fn a_host_that_is_busy_for_long_delays_no_read() {
    let place = waiting(true);
    let _host = place.python();
    let session = place.serve();
    let run = at_work(&session);
    let first = session.doing("Work");
    assert_eq!(first["state"], "busy");
    assert!(first["since"].as_f64().unwrap() > 0.0);
    for _ in 0..50 {
        assert_eq!(session.get("")["since"], first["since"]);
        assert_eq!(session.instances().len(), 3);
    }
    // Nor does it delay events of what others do.
    let mut events = session.events();
    let message = json!({"kind": "show"});
    session.post("/messages", &message);
    assert!(events.any(|event| event.name == "progress"));
    assert_eq!(session.server.send("GET", &run).ok()["state"], "running");
    place.open_gate();
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "succeeded");
}

#[test]
fn a_host_that_is_killed_in_the_middle_of_a_plug_in_ends_the_run_and_is_found_again() {
    let place = waiting(false);
    let mut host = place.python();
    let session = place.serve();
    let run = at_work(&session);
    host.kill_unnoticed();
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "lost", "{ended}");
    let reason = ended["reason"].as_str().unwrap();
    let pid = host.pid();
    let words = format!("python (pid {pid}) is gone: the connection ended in the plug-in Work");
    assert!(reason.contains(&words), "{reason}");
    // All that was there is there: instances, results, and the one that was never finished.
    assert_eq!(session.instances(), ["one", "two", "three"]);
    let results = session.results(&run);
    let names: Vec<&str> = results.iter().map(|(plugin, ..)| plugin.as_str()).collect();
    assert_eq!(names[names.len() - 2..], ["Collect", "Work"]);
    assert_eq!(session.get("")["state"], "down");
    let refused = session.post("/runs", &json!({}));
    assert!(problem(refused, 503).contains("is gone"));

    host.kill();
    let mut events = session.events();
    let _again = place.python();
    let found = events.find(|event| event.name == "hostFound").unwrap();
    assert_eq!(found.data["kept"], false);
    let now = session.get("");
    assert_eq!(
        (&now["state"], &now["instances"]),
        (&json!("idle"), &json!(0))
    );
    // Its context is new, so there is nothing to continue.
    let refused = session.post("/runs", &json!({"continue": "r1"}));
    assert!(problem(refused, 409).contains("the context that it was about is gone"));
    place.open_gate();
    assert_eq!(session.run(json!({}))["state"], "succeeded");
}

#[test]
fn a_host_that_ends_while_nothing_is_asked_is_noticed_and_found_again() {
    let place = place("");
    let host = place.python();
    let session = place.serve();
    let mut events = session.events();
    let pid = host.pid();
    host.kill();
    let lost = events.find(|event| event.name == "hostLost").unwrap();
    let reason = lost.data["reason"].as_str().unwrap();
    assert_eq!(reason, format!("python (pid {pid}) has ended"));
    let _again = place.python();
    let found = events.find(|event| event.name == "hostFound").unwrap();
    assert_eq!(found.data["kept"], false);
    assert_eq!(session.run(json!({}))["state"], "succeeded");
}

#[test]
fn a_runtime_that_is_killed_takes_up_the_same_context_and_continues_the_run() {
    let place = place(
        r#"
class Validate(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    families = ["thing"]
    def process(self, instance):
        note("validated " + instance.name)
        instance.data["seen"] = instance.data.get("seen", 0) + 1
        if instance.name == "two":
            wait()
        note("done " + instance.name)
"#,
    );
    let _host = place.python();
    let session = place.serve();
    let first = at_work(&session);
    let before = session.get("/instances")["instances"].clone();
    // Dropped is killed.
    drop(session);
    // The plug-in hears of it, and ends: nobody waits for it any more.
    let session = place.serve();
    let now = session.get("");
    assert_eq!(now["continuable"], "r1", "{now}");
    let after = session.get("/instances")["instances"].clone();
    let names = |page: &Value, member: &str| -> Vec<Value> {
        let all = page.as_array().unwrap().iter();
        all.map(|instance| instance[member].clone()).collect()
    };
    assert_eq!(names(&before, "id"), names(&after, "id"));
    assert_eq!(names(&after, "name"), ["one", "two", "three"]);
    let run = session.server.send("GET", &first).ok();
    assert_eq!(run["state"], "interrupted");

    place.open_gate();
    let ended = session.run(json!({"continue": "r1"}));
    assert_eq!(ended["state"], "succeeded", "{ended}");
    assert_eq!(ended["continues"], "r1");
    let notes = place.written("notes");
    for (line, times) in [
        ("collected", 1),
        ("validated one", 1),
        // It was in the middle of this one, and nobody knows how far it had come.
        ("validated two", 2),
        ("done two", 1),
        ("validated three", 1),
    ] {
        assert_eq!(notes.matches(line).count(), times, "{line} in {notes}");
    }
    let seen: Vec<Value> = session.get("/instances")["instances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|instance| instance["data"]["seen"].clone())
        .collect();
    assert_eq!(seen, [1, 2, 1]);
}

#[test]
fn a_hung_plug_in_is_given_up_and_the_host_taken_up_when_it_is_free() {
    let place = waiting(true);
    let _host = place.python();
    let session = place.serve();
    let run = at_work(&session);
    session.cancel(&run, 0.2);
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "cancelled");
    let last = session.results(&run).pop().unwrap();
    assert_eq!(last.0, "Work");
    let words = last.2.unwrap();
    assert!(
        words.contains("did not stop") || words.contains("by force"),
        "{words}"
    );
    assert_eq!(session.get("")["state"], "down");

    // It is still at it, and the bridge lets nobody else in.
    let refused = session.post("/reset", &json!({}));
    let words = refused.body.to_string();
    assert!(words.contains("python is still busy with Work"), "{words}");
    place.open_gate();
    // When the plug-in ends, nobody is told: whoever wants the host asks again.
    let mut answer = session.post("/reset", &json!({}));
    while answer.body.to_string().contains("is still busy") {
        answer = session.post("/reset", &json!({}));
    }
    answer.ok();
    assert_eq!(session.run(json!({}))["state"], "succeeded");
}

#[test]
fn a_second_adapter_is_refused_in_words() {
    let place = place("");
    let host = place.python();
    let session = place.serve();
    let said = place.refused("python", &[]);
    let words = format!("python (pid {}) is driven by pyblish-endpoint", host.pid());
    assert!(said.contains(&words), "{said}");
    assert!(said.contains("End that session first"), "{said}");
    // The first one is none the worse for it.
    assert_eq!(session.run(json!({}))["state"], "succeeded");
    drop(session);
    place.serve();
}

#[test]
fn another_secret_is_refused_in_words() {
    let place = place("");
    let _host = place.python();
    let path = place.met("secret");
    fs::remove_file(&path).unwrap();
    let said = place.refused("python", &[]);
    assert!(
        said.contains("The adapter has another secret than python"),
        "{said}"
    );
    assert!(said.contains("start the bridge again"), "{said}");
}

/// A host file of this process, with something at its address that answers so.
fn impostor(place: &Place, answer: &'static [u8], stay: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    announce(place, &address);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // What is said to it is read, so that its end is a plain one.
            let mut said = [0; 4096];
            let _ = stream.read(&mut said);
            let _ = stream.write_all(answer);
            while stay && stream.read(&mut said).is_ok_and(|read| read > 0) {}
        }
    });
    address
}

fn announce(place: &Place, address: &str) {
    let pid = std::process::id();
    let file = json!({"host": "python", "pid": pid, "address": address, "protocol": 1, "bridge": "0.1.0",
        "hostVersion": null, "pythonVersion": "3.11.2", "pyblish": "1.8.12", "started": 1.0, "file": null});
    let folder = place.met("hosts");
    private_folder(&folder);
    fs::write(folder.join(format!("python-{pid}.json")), file.to_string()).unwrap();
}

#[test]
fn something_else_on_the_port_is_found_out() {
    for (answer, stay) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], false),
        (b"", false),
        (b"\x00\x00\x00\x02[]", true),
        // For ten seconds.
        (b"", true),
    ] {
        let place = place("");
        let address = impostor(&place, answer, stay);
        let said = place.refused("python", &[]);
        let words = format!("what listens at {address} is not the bridge of python");
        assert!(said.contains(&words), "{answer:?}: {said}");
    }
}

#[test]
fn a_bridge_that_knows_not_the_secret_is_found_out() {
    let place = place("");
    // Both frames at once: a challenge, and a proof of somebody who guesses.
    let frames = [
        json!({"challenge": {"protocol": 1, "bridge": "0.1.0", "nonce": "00".repeat(16)}}),
        json!({"welcome": {"proof": "00".repeat(32)}}),
    ];
    let bytes: Vec<u8> = frames.iter().flat_map(frame).collect();
    impostor(&place, bytes.leak(), true);
    let said = place.refused("python", &[]);
    assert!(said.contains("does not know this user's secret"), "{said}");
}

#[test]
fn a_bridge_of_another_version_is_refused_in_words() {
    let refused =
        json!({"refused": {"reason": "protocol", "message": "The bridge is older. Update it."}});
    let newer = json!({"challenge": {"protocol": 2, "bridge": "9.0.0", "new": "of another kind"}});
    let older = json!({"challenge": {"protocol": 0, "bridge": "0.0.1"}});
    for (message, words) in [
        (&refused, "The bridge is older. Update it."),
        (&newer, "the adapter is older: update pyblish-endpoint"),
        (
            &older,
            "the bridge is older: update pyblish_endpoint_bridge.py",
        ),
    ] {
        let place = place("");
        impostor(&place, frame(message).leak(), true);
        let said = place.refused("python", &[]);
        assert!(said.contains(words), "{said}");
    }
}

fn frame(message: &Value) -> Vec<u8> {
    let json = message.to_string();
    let length = u32::try_from(json.len()).unwrap();
    [&length.to_be_bytes()[..], json.as_bytes()].concat()
}

#[test]
fn a_host_that_no_longer_listens_is_named() {
    let place = place("");
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    announce(&place, &address);
    let said = place.refused("python", &[]);
    let pid = std::process::id();
    let words =
        format!("python (pid {pid}) no longer listens at {address}; start the bridge there again");
    assert!(said.contains(&words), "{said}");
}

#[test]
fn no_host_and_several_hosts_are_said_and_one_can_be_chosen() {
    let place = place("");
    let said = place.refused("python", &[]);
    assert!(
        said.contains("no python is running with the bridge"),
        "{said}"
    );
    let said = place.refused("photoshop", &[]);
    assert!(
        said.contains("no adapter is for the host \"photoshop\""),
        "{said}"
    );

    let (one, other) = (place.python(), place.python());
    let said = place.refused("python", &[]);
    for host in [&one, &other] {
        let line = format!("--pid {}  python 3.", host.pid());
        assert!(said.contains(&line), "{line:?} is not in {said}");
    }
    let pid = other.pid().to_string();
    let session = place.serve_host("python", &["--pid", &pid]);
    assert_eq!(session.run(json!({}))["state"], "succeeded");
    // The other one is another session's.
    let pid = one.pid().to_string();
    let session = place.serve_host("python", &["--pid", &pid]);
    assert_eq!(session.run(json!({}))["state"], "succeeded");
}

/// A Python that finds this in place of pyblish-base.
fn without_pyblish(place: &Place, library: Option<&Path>) -> String {
    let mut command = place.python_command();
    command.env("PYTHONPATH", library.unwrap_or(Path::new("/nowhere")));
    // Without the packages of the virtual environment.
    let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let mut isolated = std::process::Command::new(command.get_program());
    isolated.arg("-S").args(arguments);
    for (name, value) in command.get_envs() {
        isolated.env(name, value.unwrap());
    }
    let _host = Host::start(isolated);
    place.refused("python", &[])
}

#[test]
fn a_host_without_pyblish_or_with_an_old_one_says_what_to_do() {
    let place = place("");
    let said = without_pyblish(&place, None);
    assert!(said.contains("There is no pyblish-base in"), "{said}");
    assert!(said.contains("pip install pyblish-base"), "{said}");

    let old = place.path("old");
    fs::create_dir_all(old.join("pyblish")).unwrap();
    fs::write(old.join("pyblish/__init__.py"), "version = '1.4.3'\n").unwrap();
    for module in ["api", "lib", "plugin"] {
        fs::write(old.join(format!("pyblish/{module}.py")), "").unwrap();
    }
    let said = without_pyblish(&place, Some(&old));
    assert!(said.contains("pyblish-base 1.4.3 in"), "{said}");
    assert!(said.contains("is too old"), "{said}");
}

#[test]
fn folders_of_plug_ins_can_be_named_to_the_adapter() {
    let place = place("");
    let more = place.path("more");
    fs::create_dir(&more).unwrap();
    let text = "import pyblish.api\nclass More(pyblish.api.ContextPlugin):\n    pass\n";
    fs::write(more.join("more.py"), text).unwrap();
    fs::write(
        more.join("broken.py"),
        "import pyblish.api\nthis is no Python\n",
    )
    .unwrap();
    let _host = place.python();
    let paths = format!("paths={}", json!([more]));
    let session = place.serve_host("python", &["--set", &paths]);
    session.plugin("More");
    session.plugin("Collect");
    let broken = &session.get("")["broken"][0];
    assert!(
        broken["file"].as_str().unwrap().ends_with("broken.py"),
        "{broken}"
    );
    let message = &broken["message"];
    assert!(
        message.as_str().unwrap().contains("invalid syntax"),
        "{broken}"
    );
}

#[test]
fn what_a_frontend_changes_is_changed_in_the_host() {
    let place = place(
        r#"
class Check(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    families = ["thing"]
    def process(self, instance):
        note("%s frame %r" % (instance.name, instance.data.get("frame")))
        instance.data["handle"] = object()
"#,
    );
    let _host = place.python();
    let session = place.serve();
    session.run(json!({"until": "collect"}));
    let page = session.get("/instances");
    let id = page["instances"][0]["id"].as_str().unwrap();
    let path = format!("{}/instances/{id}", session.path);
    let patch = |data: Value| {
        let revision = session.get("")["revision"].clone();
        let body = json!({"revision": revision, "set": data});
        session.server.send_json("PATCH", &path, &body, &[])
    };
    let changed = patch(json!({"frame": [1001, 2.5, "ä"]}));
    assert_eq!(changed.status, 200, "{}", changed.body);
    let run = session.run(json!({"only": "validate"}));
    assert_eq!(run["state"], "succeeded", "{run}");
    let notes = place.written("notes");
    assert!(notes.contains("one frame [1001, 2.5, 'ä']"), "{notes}");
    // What only the host can make cannot be written over.
    let refused = patch(json!({"handle": 1}));
    let words = refused.body.to_string();
    assert!(
        words.contains("which cannot be written from outside"),
        "{words}"
    );
}
