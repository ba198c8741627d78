//! One user's machine: folders, a disk and a clock that can fail, and the server.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use pyblish_endpoint_tests::{data, endpoint, run, serve, target};
use rustix::process::{Pid, Signal};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::model::{Checked, Finding, broken};
use super::step::Disk;

/// After this time something counts as hanging. It is long, because the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// The size of the small disk for the history, if one can be made.
const SMALL: &str = "size=24m";

/// Bytes that the session `large` takes in memory while it is open. They are the text of a plug-in,
/// which does not go into the history.
pub const LARGE: usize = 2 << 20;

/// The user's data, over all starts of the server.
pub struct World {
    place: TempDir,
    /// Unmounted when dropped, before the folder goes.
    small: Option<Mount>,
    control: Option<Control>,
    disk: Disk,
    /// A file that fills the small disk.
    filler: Option<PathBuf>,
}

/// A server that runs.
pub struct Running {
    child: Child,
    pub address: String,
    pub token: String,
    pub session: String,
    log: Arc<Mutex<Vec<String>>>,
}

/// The file that the shim reads: by how many seconds the clock is wrong, and the state of the disk.
struct Control(File);

impl Control {
    fn set(&self, place: u64, value: i64) {
        let written = self.0.write_all_at(&value.to_ne_bytes(), place * 8);
        written.expect("the control file is written to");
    }
}

/// A small disk of its own.
struct Mount(PathBuf);

impl Mount {
    /// None if this user may not mount anything.
    fn at(folder: &Path) -> Option<Mount> {
        fs::create_dir(folder).expect("a folder");
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", SMALL, "tmpfs"]);
        let mounted = command.arg(folder).stderr(Stdio::null()).status();
        let mounted = mounted.is_ok_and(|status| status.success());
        if !mounted {
            eprintln!("no small disk can be mounted here: a full one only says that it is full");
        }
        mounted.then(|| Mount(folder.into()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily, so that a reader with an open file does not prevent it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// The shim, compiled once; none without a C compiler.
fn shim() -> Option<&'static Path> {
    static SHIM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = SHIM.get_or_init(|| {
        let source = data("../stateful/shim.c");
        let shim = target().join("test-data").join("stateful-shim.so");
        fs::create_dir_all(shim.parent()?).ok()?;
        let mut command = Command::new("cc");
        command.args(["-shared", "-fPIC", "-O1", "-o"]);
        let compiled = command.arg(&shim).arg(source).status();
        let compiled = compiled.is_ok_and(|status| status.success());
        if !compiled {
            eprintln!("no C compiler (cc) here: clocks and disks do not go wrong");
        }
        compiled.then_some(shim)
    });
    made.as_deref()
}

impl World {
    /// A user's folders. If `small`, the history is on a small disk of its own, if one can be made.
    pub fn new(small: bool) -> World {
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path();
        for name in [
            "work", "other", "in", "out", "hostile", "home", "run", "config",
        ] {
            fs::create_dir(root.join(name)).expect("a folder");
        }
        fs::set_permissions(root.join("run"), fs::Permissions::from_mode(0o700)).expect("a mode");
        let large = json!({"name": "Large", "order": 0, "context": [], "doc": "x".repeat(LARGE)});
        let large = json!({"plugins": [large]});
        for folder in ["work", "other"] {
            fs::write(root.join(folder).join("s.json"), scenario().to_string()).expect("a file");
            fs::write(root.join(folder).join("large.json"), large.to_string()).expect("a file");
        }
        for name in ["hero", "villain"] {
            fs::write(root.join("in").join(format!("{name}.txt")), name).expect("a file");
        }
        rustix::fs::mknodat(
            rustix::fs::CWD,
            root.join("hostile/pipe"),
            rustix::fs::FileType::Fifo,
            0o600.into(),
            0,
        )
        .expect("a pipe");
        let small = small.then(|| Mount::at(&root.join("data"))).flatten();
        let config = format!(
            "[adapters.scenario]\ndir = [{:?}]\n\
             [adapters.folder]\ndir = [{:?}, {:?}]\n\
             [adapters.hostile]\ndir = [{:?}]\nconnect = [\"127.0.0.1:1\"]\n\
             [limits]\ncpu = 3\nwall = 8\nrestarts = 1\nmemory = \"128M\"\n",
            grant(&root.join("other"), "/scenario:ro"),
            grant(&root.join("in"), "/inbox"),
            grant(&root.join("out"), "/publish"),
            grant(&root.join("hostile"), "/work"),
        );
        fs::write(root.join("config/endpoint.toml"), config).expect("a file");
        let control = shim().map(|_| {
            let file = File::options()
                .create(true)
                .truncate(true)
                .read(true)
                .write(true)
                .open(root.join("control"));
            let control = Control(file.expect("a file"));
            (0..3).for_each(|place| control.set(place, 0));
            control
        });
        World {
            place,
            small,
            control,
            disk: Disk::Healthy,
            filler: None,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// The cache of compiled adapters, shared by all worlds, because compiling takes seconds.
    pub fn cache(&self) -> PathBuf {
        target().join("test-data").join("stateful-cache")
    }

    /// Runs `pyblish-endpoint list`, as a frontend that looks for a server.
    pub fn list(&self) {
        let mut command = endpoint();
        command
            .arg("list")
            .env("HOME", self.path("home"))
            .env("XDG_RUNTIME_DIR", self.path("run"));
        let (output, said) = run(command);
        assert!(output.status.success(), "{said}");
    }

    /// Starts the server, and waits until it prints its address.
    pub fn start(&self) -> Result<Running, Finding> {
        let mut command = serve();
        let adapters = target().join("test-adapters");
        command
            .env("HOME", self.path("home"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("XDG_CACHE_HOME", self.cache())
            .env_remove("XDG_CONFIG_HOME")
            .arg("--config")
            .arg(self.path("config/endpoint.toml"))
            .args(["--adapter", "scenario", "--set", "file=/scenario/s.json"])
            .arg("--dir")
            .arg(grant(&self.path("work"), "/scenario:ro"))
            .arg("--adapters-dir")
            .arg(adapters)
            .args(["--listen", "127.0.0.1:0", "--json", "--drain", "1"]);
        if let Some(shim) = shim() {
            command
                .env("LD_PRELOAD", shim)
                .env("STATEFUL_CONTROL", self.path("control"));
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A process group of its own, to check that nothing of it is left at the end.
            .process_group(0);
        let mut child = command.spawn().expect("the runtime starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let stderr = child.stderr.take().expect("stderr is piped");
        let lines = log.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lines.lock().expect("the log").push(line);
            }
        });
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut line = String::new();
        let _ = stdout.read_line(&mut line);
        // Its output must never fill the pipe.
        std::thread::spawn(move || stdout.read_to_end(&mut Vec::new()));
        let mut running = Running {
            child,
            address: String::new(),
            token: String::new(),
            session: String::new(),
            log,
        };
        let started: Value = serde_json::from_str(&line).unwrap_or_default();
        let text = |name: &str| started[name].as_str().map(str::to_owned);
        let token = text("tokenFile").and_then(|file| fs::read_to_string(file).ok());
        let (Some(address), Some(token), Some(session)) = (text("address"), token, text("session"))
        else {
            let code = running.wait();
            return broken(
                "the server starts",
                format!("it ended with {code:?}: {}", running.log_tail()),
            );
        };
        running.address = address;
        running.token = token;
        running.session = session;
        Ok(running)
    }

    /// Whether the disk stores writes.
    pub fn disk_keeps(&self) -> bool {
        matches!(self.disk, Disk::Healthy | Disk::Slow)
    }

    /// Whether nothing at all can be written.
    pub fn disk_refuses_all(&self) -> bool {
        self.disk == Disk::Broken
    }

    /// Puts the disk into this state, as far as this machine can.
    pub fn set_disk(&mut self, disk: Disk) {
        self.disk = disk;
        if let Some(filler) = self.filler.take() {
            fs::remove_file(filler).expect("the filler goes");
        }
        let mut shim = disk as i64;
        if let (Disk::Full, Some(small)) = (disk, &self.small) {
            // A really full disk, not one that only reports it.
            let filler = small.0.join("filler");
            let mut file = File::create(&filler).expect("a file");
            // The copy ends with the expected error.
            let _ = std::io::copy(&mut std::io::repeat(1), &mut file);
            self.filler = Some(filler);
            shim = 0;
        }
        match &self.control {
            Some(control) => control.set(1, shim),
            None if self.filler.is_none() => self.disk = Disk::Healthy,
            None => {}
        }
    }

    pub fn set_clock(&self, seconds: i64) {
        if let Some(control) = &self.control {
            control.set(0, seconds);
        }
    }
}

fn grant(folder: &Path, guest: &str) -> String {
    format!("{}={guest}", folder.display())
}

/// Six instances, and plug-ins that log, change data, fail, wait, ignore a cancel, and crash on
/// request.
fn scenario() -> Value {
    let created =
        (0..6).map(|n| json!({"create": format!("i{n}"), "data": {"family": "a", "bad": n == 5}}));
    let steps = |n: u64| json!([{"log": "info", "message": format!("looking {n}")}, {"sleep": 1}, {"set": {format!("seen{n}"): n}}]);
    json!({"plugins": [
        {"name": "Collect", "order": 0, "context": created.collect::<Value>()},
        {"name": "Validate0", "order": 1, "families": ["a"], "instance": steps(0)},
        {"name": "Validate1", "order": 1, "families": ["a"], "instance": steps(1)},
        {"name": "Flaky", "order": 1, "optional": true, "families": ["a"],
            "instance": [{"fail": "It is bad: mend it", "when": {"bad": true}}],
            "repairInstance": [{"set": {"bad": false}}],
            "actions": [{"id": "mend", "label": "Mend", "steps": [{"set": {"mended": true}}]}]},
        {"name": "Slow", "order": 2, "context": [{"progress": 0.5, "message": "half"}, {"sleep": 150}]},
        {"name": "Deaf", "order": 2, "context": [{"sleep": 60, "deaf": true}]},
        {"name": "Crash", "order": 3, "context": [{"trap": true, "when": {"crash": true}}]},
        {"name": "Remove", "order": 3, "optional": true, "active": false, "context": [{"remove": "i0"}]},
    ]})
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    pub fn kill(&mut self) {
        // It may have ended already; the caller finds that out.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end, and waits for it.
    pub fn terminate(&mut self) -> Checked {
        let pid = Pid::from_child(&self.child);
        rustix::process::kill_process(pid, Signal::TERM).expect("a signal");
        match self.wait() {
            Some(0) => Ok(()),
            code => broken(
                "the server ends when it is asked to",
                format!("it ended with {code:?}: {}", self.log_tail()),
            ),
        }
    }

    /// Waits for its exit code; none if it was killed, also for taking too long.
    fn wait(&mut self) -> Option<i32> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.kill();
        None
    }

    /// Whether processes that it started are left after its end.
    pub fn leaves_processes(&self) -> bool {
        let group = Pid::from_child(&self.child);
        rustix::process::test_kill_process_group(group).is_ok()
    }

    /// The last lines of its log.
    pub fn log_tail(&self) -> String {
        let log = self.log.lock().expect("the log");
        log[log.len().saturating_sub(12)..].join("\n")
    }

    /// Checks that no line of the log reports a crash.
    pub fn log_is_clean(&self) -> Checked {
        let log = self.log.lock().expect("the log");
        match log.iter().find(|line| line.contains("panicked at")) {
            Some(line) => broken("nothing of the server crashes", line),
            None => Ok(()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}
