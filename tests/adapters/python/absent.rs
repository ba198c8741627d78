//! A plug-in that asks for something that the sandbox does not have fails with an explanation, and
//! nothing else does.

use serde_json::{Value, json};

use super::place::{Place, failure};

/// What a plug-in does, and the message that it fails with.
const ABSENT: &[(&str, &str)] = &[
    (
        "import threading; threading.Thread(target=print).start()",
        "The sandbox has no threads",
    ),
    (
        "import _thread; _thread.start_new_thread(print, ())",
        "The sandbox has no threads",
    ),
    (
        "import concurrent.futures as f; f.ThreadPoolExecutor().submit(print)",
        "The sandbox has no threads",
    ),
    (
        "import threading; threading.Timer(0, print).start()",
        "The sandbox has no threads",
    ),
    (
        "import multiprocessing as m; m.Process(target=print).start()",
        "cannot start any",
    ),
    ("import multiprocessing as m; m.Pool(2)", "cannot start any"),
    (
        "import subprocess; subprocess.check_output(['ls'])",
        "subprocess: the sandbox has no other programs",
    ),
    (
        "import subprocess; subprocess.Popen('ls', shell=True)",
        "subprocess: the sandbox has no other programs",
    ),
    ("os.system('ls')", "os.system"),
    ("os.popen('ls')", "os.popen"),
    ("os.fork()", "the sandbox has no other programs"),
    (
        "os.getuid()",
        "'getuid': the system in the sandbox (WASI) does not have it",
    ),
    ("os.WNOHANG", "the system in the sandbox (WASI)"),
    (
        "from os import fork",
        "The sandbox has no other programs, and cannot start any. Run",
    ),
    (
        "import imp",
        "Python 3.12 has no `imp` any more, and the sandbox has Python 3.14",
    ),
    (
        "import getpass; getpass.getpass()",
        "The sandbox cannot ask the user",
    ),
    (
        "import pathlib; pathlib.Path('/work').owner()",
        "The system in the sandbox (WASI) cannot do this",
    ),
    (
        r"open(b'/work/m\xfcller.png')",
        "The sandbox can only use names that are UTF-8. Rename the file",
    ),
    (
        "import shutil; shutil.disk_usage('/nothing')",
        "The sandbox only has the folders /plugins",
    ),
    ("import ctypes", "The sandbox's Python has no ctypes"),
    ("import ssl", "The sandbox's Python has no ssl"),
    ("import tkinter", "The sandbox's Python has no tkinter"),
    (
        "import native",
        "/modules/native.cpython-311-x86_64-linux-gnu.so is native code",
    ),
    (
        "import package",
        "/modules/package/_core.cpython-311-x86_64-linux-gnu.so is native code",
    ),
    (
        "import numpy",
        "the modules in the folder that is granted as /modules",
    ),
    (
        "from maya import cmds",
        "`maya` is in Maya, but the sandbox has no host",
    ),
    ("import bpy", "`bpy` is in Blender"),
    ("sys.exit('enough')", "asked the host to end: enough"),
    ("raise SystemExit", "asked the host to end"),
    ("raise KeyboardInterrupt", "was interrupted"),
    ("exit()", "The plug-in asked the host to end. A plug-in"),
    (
        "import asyncio; asyncio.run(asyncio.sleep(0))",
        "The event loops of asyncio need sockets",
    ),
    ("os._exit(1)", "os._exit: a plug-in cannot end the sandbox"),
    ("os.abort()", "os.abort: a plug-in cannot end the sandbox"),
    (
        "import signal; signal.raise_signal(signal.SIGTERM)",
        "a plug-in cannot end the sandbox",
    ),
    ("input('name?')", "The sandbox cannot ask the user"),
    ("breakpoint()", "The sandbox cannot ask the user"),
    (
        "import socket; socket.create_connection(('127.0.0.1', 80))",
        "The sandbox has no network",
    ),
    (
        "import socket; socket.socket()",
        "The sandbox has no network",
    ),
    (
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1/')",
        "The sandbox has no network",
    ),
    (
        "def f(): f()\n        f()",
        "maximum recursion depth exceeded",
    ),
    (
        "x = []\n        for _ in range(100000): x = [x]\n        repr(x)",
        "",
    ),
    ("import json; json.loads('[' * 100000)", ""),
    ("bytearray(2000 << 20)", "MemoryError"),
];

#[test]
fn missing_module_is_explained() {
    let mut plugins = String::new();
    for (number, (deed, _)) in ABSENT.iter().enumerate() {
        plugins += &format!(
            "class Absent{number}(pyblish.api.ContextPlugin):\n    order = pyblish.api.ValidatorOrder + {number} / 1000.0\n    \
             def process(self, context):\n        {deed}\n        raise ValueError('it is there')\n\n"
        );
    }
    plugins += "class Last(pyblish.api.InstancePlugin):\n    order = pyblish.api.ValidatorOrder + 0.4\n    \
                def process(self, instance):\n        self.log.info('still here')\n";
    let place = Place::with(&plugins);
    std::fs::create_dir(place.path("modules/package")).unwrap();
    place.write("modules/native.cpython-311-x86_64-linux-gnu.so", "");
    place.write("modules/package/_core.cpython-311-x86_64-linux-gnu.so", "");
    place.write("modules/package/__init__.py", "from . import _core\n");
    let session = place.serve();
    let run = session.start(json!({}));
    let ended = pyblish_endpoint_tests::v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "failed", "{ended}");
    let mut missing = Vec::new();
    for (number, (deed, expected)) in ABSENT.iter().enumerate() {
        let failed = failure(&session, &format!("Absent{number}"));
        let message = failed["message"].as_str().unwrap();
        println!("{deed}: {} {message}", failed["kind"]);
        let file = failed["location"]["file"].as_str().unwrap_or_default();
        // Python says itself what it was doing.
        let ours = file.contains("sandbox/") || file.is_empty();
        if !message.contains(expected) || failed["kind"] == "ValueError" || ours {
            missing.push((deed, expected, failed));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    // All of them run in one adapter, which goes on.
    let results = session.results(&run);
    let last: Vec<_> = results.iter().filter(|it| it.0 == "Last").collect();
    assert_eq!(last.len(), 2, "{results:?}");
    assert!(last.iter().all(|it| it.2.is_none()));
}

#[test]
fn optional_module_may_be_missing() {
    let place = Place::with(
        r#"
class Without(pyblish.api.ContextPlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, context):
        import importlib.util, subprocess
        try:
            import numpy
        except ImportError:
            numpy = None
        assert numpy is None and importlib.util.find_spec("numpy") is None
        assert not hasattr(os, "fork")
        try:
            subprocess.call(["ls"])
        except OSError:
            pass
        import helper, asyncio, sqlite3, xml.sax, email.message, zoneinfo
        assert helper.answer() == 42
"#,
    );
    place.write("modules/helper.py", "def answer():\n    return 42\n");
    let session = place.serve();
    let ended = session.run(json!({}));
    assert_eq!(ended["state"], "succeeded", "{:#}", session.get("/results"));
}

#[test]
fn endless_plugin_fails_alone() {
    let place = Place::with(
        "
class Endless(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, instance):
        if instance.name == 'one':
            time.sleep(0.002)  # the outcome of a quicker pair would be lost with this call
            return
        while True:
            pass
",
    );
    let session = place.serve_with(&["--limit", "cpu=1", "--limit", "restarts=0"]);
    let run = session.start(json!({}));
    let ended = pyblish_endpoint_tests::v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "lost", "{ended}");
    let results = session.results(&run);
    let last = results.last().unwrap();
    assert_eq!((&*last.0, &*last.1), ("Endless", "two"));
    let message = last.2.as_deref().unwrap();
    assert!(message.contains("cpu is limited to 1 s"), "{message}");
    // Another adapter starts, and works like the first.
    assert_eq!(session.post("/restart", &json!({})).status, 200);
    let ended: Value = session.run(json!({"until": "collect"}));
    assert_eq!(ended["state"], "succeeded", "{ended}");
}
