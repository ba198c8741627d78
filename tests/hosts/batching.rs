//! A host processes the next pairs before it is asked for them. The results look as if it had been
//! asked for each, and none is lost. Only over HTTP: the real runtime, the real adapter, a real
//! Python with pyblish-base.
//!
//! The bridge goes on for 2 ms. The plug-ins here change that to no time or any time, so that no
//! test depends on a clock.

#![cfg(unix)]

use std::sync::mpsc;
use std::thread;

use pyblish_endpoint_tests::hosts::{Place, Session};
use pyblish_endpoint_tests::v2;
use serde_json::{Value, json};

/// Sixty instances. Each pair that the host processes ahead notes `ahead`.
const HEAD: &str = r#"
import os, time
import pyblish.api
import pyblish_endpoint_bridge as bridge

def note(line):
    with open(os.path.join(os.environ["PLACE"], "notes"), "a") as file:
        file.write(line + "\n")

if not hasattr(bridge, "pair_of_tests"):
    bridge.pair_of_tests = bridge.Session.pair
    def pair(self, call, *rest):
        if call.number != call.request:
            note("ahead")
        return bridge.pair_of_tests(self, call, *rest)
    bridge.Session.pair = pair

class Collect(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder
    def process(self, context):
        for number in range(60):
            context.create_instance("%02d" % number, family="thing")

class Instance(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, instance):
        note("%s %s" % (type(self).__name__, instance))
        self.log.info("at %s", instance)
        self.work(instance, str(instance))
    def work(self, instance, name):
        pass
"#;

fn place(seconds: &str, plugins: &str) -> Place {
    Place::with(&format!(
        "{HEAD}\nbridge.AHEAD = {seconds}\n{plugins}\ndel Instance\n"
    ))
}

/// The pairs that noted something, and how many of them ran ahead.
fn noted(place: &Place) -> (Vec<String>, usize) {
    let notes = place.written("notes");
    let (ahead, ran): (Vec<&str>, Vec<&str>) = notes.lines().partition(|line| *line == "ahead");
    (ran.into_iter().map(str::to_owned).collect(), ahead.len())
}

/// The pairs on instances that have a result, in the form of the notes.
fn told(session: &Session, run: &str) -> Vec<String> {
    let results = session.results(run).into_iter();
    let on_instances = results.filter(|(_, instance, _)| !instance.is_empty());
    on_instances
        .map(|(plugin, instance, _)| format!("{plugin} {instance}"))
        .collect()
}

/// All that changes the plan during a run: plug-ins that fail, switch instances off, or remove
/// them.
const EVENTFUL: &str = r#"
class First(Instance):
    pass

class Second(Instance):
    order = pyblish.api.ValidatorOrder + 0.1
    def work(self, instance, name):
        if name == "20":
            instance.data["seen"] = True
        if name == "30":
            instance.context[31].data["publish"] = False
        if name == "40":
            instance.context.remove(instance.context[50])

class Third(Instance):
    order = pyblish.api.ValidatorOrder + 0.2
    def work(self, instance, name):
        if name in ("10", "11"):
            raise ValueError("not " + name)

class Fourth(Instance):
    order = pyblish.api.ValidatorOrder + 0.3

class Never(Instance):
    order = pyblish.api.ExtractorOrder
"#;

#[test]
fn batch_looks_like_single_calls() {
    let mut all = Vec::new();
    for seconds in ["0", "3600"] {
        let place = place(seconds, EVENTFUL);
        let _host = place.python();
        let session = place.serve();
        let run = session.start(json!({}));
        let ended = v2::end(&session.server, &session.path, &run);
        assert_eq!(ended["state"], "stopped", "{ended}");
        assert_eq!(ended["reason"], "failed validation");
        let (ran, ahead) = noted(&place);
        assert_eq!(told(&session, &run), ran, "{seconds} s");
        // Sixty of each; the second plug-in skips 31 after its 30th, and removes 50 after its 40th.
        assert_eq!(ran.len(), 60 + 58 + 58 + 58);
        assert!(!ran.contains(&"Second 31".into()) && !ran.contains(&"Third 50".into()));
        assert_eq!(ahead > 200, seconds == "3600", "{ahead} ahead");
        // A record is in the result of the pair that wrote it.
        let results = session.get("/results?limit=1000");
        let mut records = Vec::new();
        for result in results["items"].as_array().expect("results") {
            let said: Vec<&Value> = result["records"]
                .as_array()
                .expect("records")
                .iter()
                .collect();
            if let Some(instance) = result["instance"].as_str() {
                assert_eq!(said.len(), 1, "{result}");
                assert_eq!(said[0]["message"], format!("at {instance}"));
            }
            let duration = result["duration"].as_f64().expect("a duration");
            assert!(duration >= 0.0);
            records.push(result["plugin"].clone());
        }
        all.push((session.results(&run), records));
    }
    assert_eq!(all[0], all[1]);
}

#[test]
fn cancel_keeps_finished_pairs() {
    let place = place(
        "3600",
        r#"
class Work(Instance):
    def work(self, instance, name):
        if name == "30":
            bridge.progress(0.5, "half way")
            while not bridge.cancelled():
                time.sleep(0.01)
"#,
    );
    let _host = place.python();
    let session = place.serve();
    let mut events = session.events();
    let run = session.start(json!({}));
    let at_work = events.find(|event| event.name == "progress");
    // The state names the pair at work, not the one that the host was asked for.
    assert_eq!(at_work.expect("progress").data["pair"]["instance"], "30");
    session.cancel(&run, 3600.0);
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "cancelled");
    let (ran, ahead) = noted(&place);
    assert_eq!((ran.len(), told(&session, &run)), (31, ran));
    // All but the first of each call, and calls get more pairs each time.
    assert!(ahead >= 25, "{ahead} ahead");
}

/// Works on the thirtieth instance until the gate opens, and ignores a cancel until the next pair
/// has begun. So it is one pair ahead when the requests of the meantime are checked.
const ONE_AHEAD: &str = r#"
hear = bridge.Request.cancelled

class Work(Instance):
    def work(self, instance, name):
        if name == "30":
            bridge.Request.cancelled = lambda self: False
            bridge.progress(0.5, "half way")
            while not os.path.exists(os.path.join(os.environ["PLACE"], "gate")):
                time.sleep(0.01)
        if name == "31":
            bridge.Request.cancelled = hear
"#;

#[test]
fn cancel_waits_for_running_pair() {
    let place = place("3600", ONE_AHEAD);
    let _host = place.python();
    let session = place.serve();
    let mut events = session.events();
    let run = session.start(json!({}));
    events
        .find(|event| event.name == "progress")
        .expect("progress");
    session.cancel(&run, 3600.0);
    place.open_gate();
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "cancelled");
    let (ran, _) = noted(&place);
    assert!(ran.len() > 31, "{ran:?}");
    assert_eq!(told(&session, &run), ran);
}

#[test]
fn command_waits_for_running_pair() {
    let place = place("3600", ONE_AHEAD);
    let _host = place.python();
    let session = place.serve_host("python", &["--limit", "queue=1"]);
    let mut events = session.events();
    let run = session.start(json!({}));
    events
        .find(|event| event.name == "progress")
        .expect("progress");
    let revision = session.get("")["revision"].clone();
    let change = json!({"revision": revision, "set": {"note": 1}});
    let context = format!("{}/context", session.path);
    thread::scope(|scope| {
        let (sent, answers) = mpsc::channel();
        for _ in 0..2 {
            let (session, change, context, sent) = (&session, &change, &context, sent.clone());
            scope.spawn(move || {
                let answer = session.server.send_json("PATCH", context, change, &[]);
                sent.send(answer).expect("the test listens");
            });
        }
        // One of the two is refused, so the other waits.
        v2::problem(answers.recv().expect("an answer"), 429);
        place.open_gate();
        answers.recv().expect("an answer").ok();
    });
    assert_eq!(
        v2::end(&session.server, &session.path, &run)["state"],
        "succeeded"
    );
    let (ran, _) = noted(&place);
    assert_eq!((ran.len(), told(&session, &run)), (60, ran));
}

#[test]
fn killed_host_leaves_finished_pairs() {
    let place = place(
        "3600",
        "class Work(Instance):\n    def work(self, instance, name):\n        if name == '30':\n            os._exit(1)\n",
    );
    let _host = place.python();
    let session = place.serve();
    let run = session.start(json!({}));
    let ended = v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "lost", "{ended}");
    let (ran, _) = noted(&place);
    assert_eq!((ran.len(), told(&session, &run)), (31, ran));
    let last = session.results(&run).pop().expect("a result");
    assert!(last.2.expect("a failure").contains("in the plug-in Work"));
}
