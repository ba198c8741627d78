//! Special files and files of other users in the place of trusted ones: they are named, and nothing
//! waits for them. Also the limits of compiling an adapter.
#![cfg(unix)]

use pyblish_promise::{promise, promise_by, promise_eq};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use pyblish_endpoint_tests::{Scenario, Server, adapter, endpoint, run, serve};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A user of a test's own, with nothing compiled yet.
struct User(TempDir);

/// Runs a command. Returns the exit code, stdout and stderr.
type Ended = (Option<i32>, String, String);

impl User {
    fn new() -> User {
        User(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = endpoint();
        command
            .args(arguments)
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_RUNTIME_DIR", self.path("run"));
        command
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Ended {
        let (output, said) = run(self.command(arguments));
        let printed = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), printed, said)
    }

    /// The files in the compile cache, except the key.
    fn compiled(&self) -> usize {
        let folder = self.path("cache/pyblish-endpoint/compiled");
        let entries = folder.read_dir().into_iter().flatten().flatten();
        entries.filter(|entry| entry.file_name() != "key").count()
    }

    /// A folder with one special file of each kind.
    fn strange_adapters(&self) -> PathBuf {
        let folder = self.path("adapters");
        fs::create_dir(&folder).unwrap();
        pipe(&folder.join("pipe.wasm"));
        symlink("/dev/zero", folder.join("endless.wasm")).unwrap();
        fs::create_dir(folder.join("folder.wasm")).unwrap();
        UnixListener::bind(folder.join("socket.wasm")).unwrap();
        folder
    }
}

fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

/// The names of [`User::strange_adapters`].
const STRANGE: [(&str, &str); 4] = [
    ("pipe", "a pipe"),
    ("endless", "a device"),
    ("folder", "a folder"),
    ("socket", "a socket"),
];

#[test]
fn special_file_adapter_is_refused() {
    let user = User::new();
    let folder = user.strange_adapters();
    let dir = folder.to_str().unwrap();
    let (code, printed, said) = user.run(&["adapters", "list", "--json", "--adapters-dir", dir]);
    assert_eq!(code, Some(0), "{said}");
    let listed: Vec<Value> = serde_json::from_str(&printed).unwrap();
    for (name, kind) in STRANGE {
        let one = listed.iter().find(|it| it["name"] == name).unwrap();
        has(one["problem"].as_str().unwrap(), &[kind]);
        let file = folder.join(format!("{name}.wasm"));
        let file = file.to_str().unwrap();
        has(&user.run(&["adapters", "inspect", file]).2, &[kind, file]);
        has(&user.run(&["publish", "--adapter", file]).2, &[kind, file]);
    }
    let doctor = ["doctor", "--about", "adapters", "--adapters-dir", dir];
    promise_by!(
        "SANDBOX-23",
        has(&user.run(&doctor).1, &["a pipe", "a device"])
    );
}

#[test]
fn special_file_adapter_is_listed() {
    let user = User::new();
    let folder = user.strange_adapters();
    let scenario = Scenario::of(json!([]));
    let mut command = serve();
    command.args(scenario.arguments());
    command.args(["--adapters-dir", folder.to_str().unwrap()]);
    let server = Server::start_with(command);
    let listed = server.send("GET", "/pyblish/v2/adapters").ok();
    for (name, kind) in STRANGE {
        let mut all = listed["items"].as_array().unwrap().iter();
        let one = all.find(|it| it["name"] == name).unwrap();
        promise_by!("SANDBOX-23", has(one["problem"].as_str().unwrap(), &[kind]));
    }
}

#[test]
fn list_compiles_nothing() {
    let user = User::new();
    let folder = user.path("adapters");
    fs::create_dir(&folder).unwrap();
    fs::copy(adapter("folder"), folder.join("mine.wasm")).unwrap();
    let dir = folder.to_str().unwrap();
    let list = ["adapters", "list", "--json", "--adapters-dir", dir];
    let (code, printed, _) = user.run(&list);
    assert_eq!(code, Some(0));
    let listed: Vec<Value> = serde_json::from_str(&printed).unwrap();
    let mine = listed.iter().find(|it| it["name"] == "mine").unwrap();
    assert_eq!(
        (&mine["hosts"][0], &mine["problem"]),
        (&json!("folder"), &Value::Null)
    );
    user.run(&["doctor", "--about", "adapters", "--adapters-dir", dir]);
    assert_eq!(user.compiled(), 0);
    // The entry and its MAC.
    user.run(&["adapters", "inspect", "mine", "--adapters-dir", dir]);
    promise_eq!("SANDBOX-22", user.compiled(), 2);
}

/// A component of a few kilobytes that takes minutes to compile: nested loops that all change a
/// thousand locals.
fn bomb() -> Vec<u8> {
    let locals = 1000;
    let mut loops = String::new();
    for at in 0..2500 {
        let (from, to) = (at % locals, (at * 7) % locals);
        loops += &format!("loop local.get {from} i32.const 1 i32.add local.set {to} ");
    }
    for at in 0..2500 {
        loops += &format!("local.get {} br_if 0 end ", (at * 3) % locals);
    }
    let locals = "i32 ".repeat(locals);
    let text = format!("(component (core module (func (local {locals}) {loops} {loops})))");
    wat::parse_str(text).unwrap()
}

#[test]
fn compile_time_is_capped() {
    let user = User::new();
    let file = user.path("bomb.wasm");
    fs::write(&file, bomb()).unwrap();
    let file = file.to_str().unwrap();
    let inspect = ["adapters", "inspect", file, "--limit", "compile-time=1"];
    let (code, printed, said) = user.run(&inspect);
    assert_eq!(code, Some(1), "{said}");
    has(&printed, &["compile-time is limited to 1 s", "SHA-256"]);
    has(&said, &["compiling"]);
    let (code, _, said) = user.run(&["publish", "--adapter", file, "--limit", "compile-time=1"]);
    assert_eq!(code, Some(70));
    promise_by!(
        "LIMIT-24" & "SANDBOX-22",
        has(
            &said,
            &[
                "compile-time is limited to 1 s",
                "--limit compile-time=VALUE",
            ],
        )
    );
    assert_eq!(user.compiled(), 0);
}

#[test]
fn compile_memory_is_capped() {
    let user = User::new();
    let inspect = |limit: &str| user.run(&["adapters", "inspect", "pyplugins", "--limit", limit]);
    let (code, printed, _) = inspect("compile-memory=64M");
    assert_eq!(code, Some(1), "{printed}");
    promise_by!(
        "LIMIT-25" & "SANDBOX-22",
        has(&printed, &["compile-memory is limited to 64 MiB"])
    );
    assert_eq!(user.compiled(), 0);
}

#[test]
fn adapter_size_is_capped() {
    let user = User::new();
    let size = fs::metadata(adapter("scenario")).unwrap().len();
    let inspect = |size: u64| {
        let limit = format!("adapter-size={size}");
        user.run(&["adapters", "inspect", "scenario", "--limit", &limit])
    };
    assert_eq!(inspect(size).0, Some(0));
    let (code, _, said) = inspect(size - 1);
    assert_eq!(code, Some(1));
    promise_by!(
        "LIMIT-23",
        has(&said, &["is too large", "adapter-size is limited to"])
    );
}

/// The cache's folder is a file, so code only goes through pipes.
#[test]
fn missing_cache_is_no_obstacle() {
    let user = User::new();
    fs::write(user.path("cache"), "").unwrap();
    let (code, _, said) = user.run(&["adapters", "inspect", "scenario"]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn foreign_configuration_is_refused() {
    let user = User::new();
    let file = user.path("config/pyblish-endpoint/endpoint.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "[adapters.folder]\nset = { nonsense = 1 }\n").unwrap();
    let publish = ["publish", "--adapter", "folder"];
    let path = file.to_str().unwrap();
    mode(&file, 0o666);
    let (code, _, said) = user.run(&publish);
    assert_eq!(code, Some(64));
    has(&said, &[path, "other users can change it", "chmod go-w"]);
    mode(&file, 0o644);
    has(&user.run(&publish).2, &["no setting \"nonsense\""]);
    mode(file.parent().unwrap(), 0o777);
    has(
        &user.run(&publish).2,
        &["config/pyblish-endpoint", "mode 777"],
    );
    mode(file.parent().unwrap(), 0o755);
    fs::remove_file(&file).unwrap();
    pipe(&file);
    has(&user.run(&publish).2, &[path, "a pipe"]);
    let named = ["publish", "--adapter", "folder", "--config", "/dev/zero"];
    promise_by!(
        "ACCESS-15",
        has(&user.run(&named).2, &["/dev/zero", "a device"])
    );
}

#[test]
fn special_file_key_is_refused() {
    let user = User::new();
    let strange = user.path("pipe");
    pipe(&strange);
    let path = strange.to_str().unwrap();
    let tls = [
        "serve",
        "--adapter",
        "folder",
        "--tls-cert",
        path,
        "--tls-key",
        path,
    ];
    has(&user.run(&tls).2, &[path, "a pipe"]);
    let named = user.path("pipe.json");
    pipe(&named);
    let path = named.to_str().unwrap();
    let report = ["--report", path];
    let scenario = Scenario::of(json!([{"name": "Collect", "order": 0, "context": []}]));
    let mut command = user.command(&["publish"]);
    command.args(scenario.arguments()).args(report);
    let (_, said) = run(command);
    promise_by!("ACCESS-16", has(&said, &[path, "nobody reads"]));
}

/// Another user who can write to the run folder must not get a token or another file of this user.
#[test]
fn foreign_run_folder_is_ignored() {
    let user = User::new();
    let folder = user.path("run/pyblish-endpoint");
    fs::create_dir_all(&folder).unwrap();
    fs::write(user.path("key"), "precious").unwrap();
    mode(&user.path("key"), 0o600);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let file = folder.join("1.json");
    let told = json!({"address": address, "tokenFile": user.path("key"), "pid": std::process::id(), "adapter": "a",
        "hosts": [], "session": "s", "started": 1.0});
    fs::write(&file, told.to_string()).unwrap();
    let refused = |parts: &[&str]| {
        for command in [["open"], ["list"]] {
            let (_, printed, said) = user.run(&command);
            assert!(!printed.contains("http"), "{printed}");
            has(&said, parts);
        }
    };
    mode(&folder, 0o777);
    refused(&["run/pyblish-endpoint", "mode 777"]);
    mode(&folder, 0o755);
    refused(&["run/pyblish-endpoint", "mode 755"]);
    mode(&folder, 0o700);
    let elsewhere = user.path("elsewhere");
    fs::rename(&folder, &elsewhere).unwrap();
    symlink(&elsewhere, &folder).unwrap();
    refused(&["run/pyblish-endpoint", "a link", "must be a folder"]);
    fs::remove_file(&folder).unwrap();
    fs::rename(&elsewhere, &folder).unwrap();
    mode(&file, 0o666);
    refused(&["1.json", "mode 666"]);
    mode(&file, 0o600);
    refused(&["1.json", "token file that is not beside it"]);
    fs::remove_file(&file).unwrap();
    pipe(&file);
    refused(&["1.json", "a pipe"]);
    promise!("ACCESS-14", listener.accept().is_err(), "it was asked");
}
