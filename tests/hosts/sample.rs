//! Plug-ins and runs that the tests of hosts share.

use pyblish_endpoint_tests::hosts::{Place, Session};
use serde_json::{Value, json};

/// The first lines of most plug-ins below. `wait` works until the test opens the gate. SIGPIPE ends
/// the host, as it ends a program with an embedded Python.
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

pub fn place(plugins: &str) -> Place {
    Place::with(&format!("{HEAD}\n{plugins}"))
}

/// A plug-in that waits during a run; if it is deaf, it ignores a cancel.
pub fn waiting(deaf: bool) -> Place {
    let obey = if deaf { "False" } else { "True" };
    place(&format!(
        "class Work(pyblish.api.ContextPlugin):\n    order = pyblish.api.ExtractorOrder\n    \
         def process(self, context):\n        wait({obey})\n        note('worked')\n"
    ))
}

/// Starts a run of [`waiting`]. Returns its path when the plug-in is at work.
pub fn at_work(session: &Session) -> String {
    let mut events = session.events();
    let run = session.start(json!({}));
    let id = run.rsplit('/').next().unwrap();
    let mine = |event: &Value| event["pair"]["runId"] == id;
    let found = events.find(|event| event.name == "progress" && mine(&event.data));
    assert_eq!(found.expect("its progress").data["fraction"], 0.5);
    run
}
