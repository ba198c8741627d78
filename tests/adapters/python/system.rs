//! What every system has, and the sandbox, too: a folder for temporary files, names of the user and
//! the machine, the space on a disk, and names of files that are not UTF-8.

#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use pyblish_endpoint_tests::hosts::Session;
use pyblish_endpoint_tests::{Server, serve, v2};
use pyblish_promise::{promise, promise_eq};
use serde_json::{Value, json};

use super::place::{Place, failure};

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A server whose folder for temporary files is in the place.
#[track_caller]
fn serve_there(place: &Place, more: &[&str]) -> Session {
    // Compiles the adapter, which takes longer than a server may take to start.
    drop(place.serve());
    fs::create_dir_all(place.path("tmp")).expect("a folder");
    let mut command = serve();
    command.env("TMPDIR", place.path("tmp"));
    command.args(place.arguments()).args(more);
    let server = Server::start_with(command);
    let path = v2::session(&server);
    Session { server, path }
}

/// The records of a plug-in, of one logger.
fn records(session: &Session, plugin: &str, logger: &str) -> Vec<String> {
    let results = session.get("/results?limit=1000");
    let mut results = results["items"].as_array().expect("results").iter();
    let result = results
        .find(|it| it["plugin"] == plugin)
        .expect("its result");
    let records = result["records"].as_array().expect("records").iter();
    records
        .filter(|record| record["logger"] == logger)
        .map(|record| record["message"].as_str().expect("a message").to_owned())
        .collect()
}

#[test]
fn temporary_folder_is_the_sessions_own() {
    let place = Place::with(
        r#"
import tempfile
class Stage(pyblish.api.ContextPlugin):
    order = pyblish.api.ExtractorOrder
    def process(self, context):
        assert tempfile.gettempdir() == "/tmp"
        folder = tempfile.mkdtemp()
        with open(os.path.join(folder, "staged.txt"), "w") as file:
            file.write("text")
        with tempfile.TemporaryFile() as nameless:
            nameless.write(b"abc")
        assert os.path.expanduser("~") == "/tmp"
        context.data["staged"] = folder
class Later(pyblish.api.ContextPlugin):
    order = pyblish.api.IntegratorOrder
    def process(self, context):
        with open(os.path.join(context.data["staged"], "staged.txt")) as file:
            assert file.read() == "text"
"#,
    );
    let session = serve_there(&place, &[]);
    let ended = session.run(json!({}));
    assert_eq!(ended["state"], "succeeded", "{:#}", session.get("/results"));
    // Nothing is among the artist's files.
    assert_eq!(names(&place.path("work")), [""; 0]);
    let made = names(&place.path("tmp"));
    promise_eq!("SANDBOX-27", made.len(), 1);
    let folder = place.path("tmp").join(&made[0]);
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&folder).expect("it").permissions());
    promise_eq!("SANDBOX-27", mode & 0o077, 0);
    assert_eq!(names(&folder.join("files")).len(), 1);
    assert_eq!(session.server.send("DELETE", &session.path).status, 204);
    let began = Instant::now();
    while folder.exists() {
        let patience = Duration::from_secs(60);
        promise!("SANDBOX-27", began.elapsed() < patience, "it stays");
    }
}

/// A plug-in that writes so many KiB in each of these ways, and removes them.
const WRITES: &str = r#"
import shutil
def written(kib):
    with open("/tmp/stream", "wb") as file:
        for _ in range(kib // 4):
            file.write(bytes(4096))
            file.flush()
def appended(kib):
    with open("/tmp/appended", "ab") as file:
        file.write(bytes(kib * 1024))
def sized(kib):
    with open("/tmp/sized", "wb") as file:
        file.truncate(kib * 1024)
def counted(kib):
    for number in range(kib // 4):
        open("/tmp/%d" % number, "w").close()
def nested(kib):
    for number in range(kib // 4):
        os.mkdir("/tmp/%d" % number)
def linked(kib):
    for number in range(kib // 4):
        os.symlink("nothing", "/tmp/%d" % number)
def unlinked(kib):
    with open("/tmp/unlinked", "wb", 0) as file:
        os.unlink("/tmp/unlinked")
        for _ in range(kib // 4):
            file.write(bytes(4096))
def make(name, way, kib):
    class Write(pyblish.api.ContextPlugin):
        order = pyblish.api.ValidatorOrder
        def process(self, context):
            try:
                way(kib)
            finally:
                for found in os.listdir("/tmp"):
                    path = os.path.join("/tmp", found)
                    shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.remove(path)
    Write.__name__ = name
    globals()[name] = Write
for way in (written, appended, sized, counted, nested, linked, unlinked):
    make(way.__name__ + "Below", way, 56)
    make(way.__name__ + "Above", way, 80)
"#;

#[test]
fn temporary_files_are_limited() {
    let place = Place::with(WRITES);
    let session = serve_there(&place, &["--limit", "temporary=64K"]);
    let run = session.start(json!({}));
    v2::end(&session.server, &session.path, &run);
    let results = session.results(&run);
    assert_eq!(
        results.iter().filter(|it| it.0.ends_with("Below")).count(),
        7
    );
    for (plugin, _, message) in results {
        if plugin.ends_with("Below") {
            promise_eq!("LIMIT-26", message, None, "{plugin}");
        }
        if plugin.ends_with("Above") {
            let message = message.unwrap_or_default();
            promise!(
                "LIMIT-26",
                message.contains("Temporary files, in /tmp, are limited"),
                "{plugin}: {message}"
            );
            assert_eq!(failure(&session, &plugin)["kind"], "OSError");
            let said = records(&session, &plugin, "pyblish_endpoint").concat();
            let words =
                "temporary is limited to 64 KiB; allow it more with --limit temporary=VALUE";
            promise!("LIMIT-26", said.contains(words), "{plugin}: {said}");
        }
    }
}

#[test]
fn granted_folder_takes_the_place_of_the_temporary_one() {
    let place = Place::with(
        r#"
import tempfile
class Stage(pyblish.api.ContextPlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, context):
        with open(os.path.join(tempfile.gettempdir(), "staged.txt"), "w") as file:
            file.write("text")
"#,
    );
    fs::create_dir(place.path("large")).expect("a folder");
    let grant = format!("{}=/tmp", place.path("large").display());
    let session = serve_there(&place, &["--dir", &grant]);
    assert_eq!(session.run(json!({}))["state"], "succeeded");
    assert_eq!(place.read("large/staged.txt"), "text");
    assert_eq!(names(&place.path("tmp")), [""; 0]);
}

#[test]
fn user_machine_and_disk_are_known() {
    let place = Place::with(
        r#"
import getpass, platform, shutil, socket
class Ask(pyblish.api.ContextPlugin):
    order = pyblish.api.ValidatorOrder
    def process(self, context):
        self.log.info("%s %s", getpass.getuser(), os.getlogin())
        self.log.info("%s %s %s", platform.node(), socket.gethostname(), os.uname().nodename)
        assert (os.umask(0o27), os.umask(0o22)) == (0o22, 0o27)
        for folder in (".", "/publish", "/plugins"):
            known = shutil.disk_usage(folder)
            assert 0 < known.free <= known.total and known.used == known.total - known.free, known
        free = shutil.disk_usage("/tmp").free
        assert shutil.disk_usage("/tmp").total == 1 << 20
        with open("/tmp/file", "wb") as file:
            file.write(bytes(100 << 10))
        # It is measured each time.
        assert (100 << 10) <= free - shutil.disk_usage("/tmp").free <= (104 << 10)
        assert "PYBLISH_ENDPOINT_DISKS" not in os.environ
"#,
    );
    let session = serve_there(&place, &["--limit", "temporary=1M"]);
    let ended = session.run(json!({}));
    assert_eq!(ended["state"], "succeeded", "{:#}", session.get("/results"));
    let said = records(&session, "Ask", "pyblish.Ask");
    let output = std::process::Command::new("uname").arg("-n").output();
    let machine = String::from_utf8(output.expect("uname").stdout).expect("a name");
    let machine = machine.trim();
    let user = session.get("/context")["data"]["user"].clone();
    let user = user.as_str().expect("a name");
    assert_eq!(said[0], format!("{user} {user}"));
    assert_eq!(said[1], format!("{machine} {machine} {machine}"));
}

/// Listings of a folder, in which the two last entries have names that are not UTF-8.
const LISTS: &str = r#"
import glob, pathlib, shutil
WAYS = {
    "listdir": lambda at: os.listdir(at),
    "bytes": lambda at: [name.decode() for name in os.listdir(at.encode())],
    "scandir": lambda at: [entry.name for entry in os.scandir(at) if entry.is_file() or entry.is_dir()],
    "walk": lambda at: [name for _, folders, files in os.walk(at) for name in folders + files],
    "glob": lambda at: [os.path.basename(path) for path in glob.glob(at + "/*")],
    "rglob": lambda at: [path.name for path in pathlib.Path(at).rglob("*")],
    "iterdir": lambda at: [path.name for path in pathlib.Path(at).iterdir()],
    "copytree": lambda at: (shutil.copytree(at, "/tmp/copy"), os.listdir("/tmp/copy"), shutil.rmtree("/tmp/copy"))[1],
}
def make(name, way):
    class List(pyblish.api.ContextPlugin):
        order = pyblish.api.ValidatorOrder
        def process(self, context):
            self.log.info("%s", " ".join(sorted(way("/work/delivery"))))
    List.__name__ = name
    globals()[name] = List
for name in WAYS:
    make("List_" + name, WAYS[name])
class Remove(pyblish.api.ContextPlugin):
    order = pyblish.api.ExtractorOrder
    def process(self, context):
        # It cannot remove what it cannot name, and must not say that it did.
        shutil.rmtree("/work/delivery")
"#;

#[test]
fn listing_says_what_it_leaves_out() {
    let place = Place::with(LISTS);
    let folder = place.path("work/delivery");
    fs::create_dir(&folder).expect("a folder");
    for name in ["aaa.png", "über.png", "zzz.png"] {
        fs::write(folder.join(name), name).expect("a file");
    }
    for name in [&b"m\xfcller.png"[..], b"\xff"] {
        fs::write(folder.join(OsStr::from_bytes(name)), "").expect("a file");
    }
    let session = serve_there(&place, &[]);
    let run = session.start(json!({}));
    v2::end(&session.server, &session.path, &run);
    for way in [
        "listdir", "bytes", "scandir", "walk", "glob", "rglob", "iterdir", "copytree",
    ] {
        let plugin = format!("List_{way}");
        assert_eq!(
            records(&session, &plugin, "pyblish.List"),
            ["aaa.png zzz.png über.png"],
            "{way}"
        );
        let said = records(&session, &plugin, "pyblish.sandbox");
        promise!("SANDBOX-28", !said.is_empty(), "{way}");
        for record in said {
            let words = "2 files or folders are left out of the listing of /work/delivery";
            promise!("SANDBOX-28", record.starts_with(words), "{way}: {record}");
        }
    }
    let failed: Value = failure(&session, "Remove");
    assert_eq!(failed["kind"], "OSError", "{failed}");
    assert_eq!(fs::read_dir(&folder).expect("it is there").count(), 2);
}
