//! Hosts with the bridge, as processes, and the run folder through which they and the runtime meet.
//!
//! Each test has a run folder of its own, and ends its hosts by their process ids.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::v2::{self, session};
use crate::{Events, PATIENCE, Server, endpoint};

/// A user's run folder, data, and a folder of plug-ins, all of one test.
pub struct Place(TempDir);

impl Place {
    /// A place with these plug-ins, the text of a Python file.
    pub fn with(plugins: &str) -> Place {
        let place = Place(tempfile::tempdir().expect("a folder"));
        for folder in ["plugins", "published"] {
            fs::create_dir(place.path(folder)).expect("a folder");
        }
        private_folder(&place.path("run"));
        fs::write(place.path("plugins/plugins.py"), plugins).expect("plug-ins");
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The files in the run folder.
    pub fn met(&self, name: &str) -> PathBuf {
        self.path("run").join("pyblish-endpoint").join(name)
    }

    /// A command that finds this run folder, with the whole folder in `PLACE`.
    pub fn command(&self, mut command: Command) -> Command {
        command
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("PLACE", self.0.path());
        command
    }

    /// A plain Python as a host, with the plug-ins.
    #[track_caller]
    pub fn python(&self) -> Host {
        Host::start(self.python_command())
    }

    /// The command that starts one.
    pub fn python_command(&self) -> Command {
        let mut command = Command::new(python());
        command.arg(bridge()).args(["--host", "python", "--paths"]);
        command.arg(self.path("plugins"));
        // Bytecode caches compare times in seconds, so they would miss a changed plug-in.
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        self.command(command)
    }

    /// `pyblish-endpoint serve --host HOST` and these arguments.
    pub fn serve_command(&self, host: &str, arguments: &[&str]) -> Command {
        let mut command = endpoint();
        command.args(["serve", "--host", host]).args(arguments);
        self.command(command)
    }

    /// The runtime for a plain Python.
    #[track_caller]
    pub fn serve(&self) -> Session {
        self.serve_host("python", &[])
    }

    #[track_caller]
    pub fn serve_host(&self, host: &str, arguments: &[&str]) -> Session {
        let server = Server::start_with(self.serve_command(host, arguments));
        let path = session(&server);
        Session { server, path }
    }

    /// The runtime with the plug-ins in the sandbox, with one more folder to work in.
    #[track_caller]
    pub fn serve_sandbox(&self) -> Session {
        let mut command = endpoint();
        command.args(["serve", "--adapter", "pyplugins"]);
        for (folder, granted) in [("plugins", "/plugins:ro"), ("published", "/work")] {
            let folder = self.path(folder);
            command.arg("--dir");
            command.arg(format!("{}={granted}", folder.display()));
        }
        let server = Server::start_with(self.command(command));
        let path = session(&server);
        Session { server, path }
    }

    /// The error of a runtime that does not start.
    #[track_caller]
    pub fn refused(&self, host: &str, arguments: &[&str]) -> String {
        let mut command = self.serve_command(host, arguments);
        command.args(["--listen", "127.0.0.1:0"]);
        let (output, said) = crate::run(command);
        assert_eq!(output.status.code(), Some(1), "{said}");
        said
    }

    /// The text that plug-ins wrote to this file; empty if there is none.
    pub fn written(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Makes the file that a plug-in waits for.
    pub fn open_gate(&self) {
        fs::write(self.path("gate"), "").expect("a gate");
    }
}

/// A server, and its one session.
pub struct Session {
    pub server: Server,
    /// Where the session is.
    pub path: String,
}

impl Session {
    #[track_caller]
    pub fn get(&self, what: &str) -> Value {
        self.server
            .send("GET", &format!("{}{what}", self.path))
            .ok()
    }

    #[track_caller]
    pub fn post(&self, what: &str, body: &Value) -> crate::Answer {
        let path = format!("{}{what}", self.path);
        self.server.send_json("POST", &path, body, &[])
    }

    #[track_caller]
    pub fn patch(&self, what: &str, body: &Value) -> crate::Answer {
        let path = format!("{}{what}", self.path);
        self.server.send_json("PATCH", &path, body, &[])
    }

    /// Its events, from the first on.
    #[track_caller]
    pub fn events(&self) -> Events {
        let path = format!("{}/events?after=0", self.path);
        self.server.listen(&path, None)
    }

    /// The session, once it is doing this: readers see it a little later than the events.
    #[track_caller]
    pub fn doing(&self, what: &str) -> Value {
        let began = Instant::now();
        loop {
            let now = self.get("");
            if now["doing"] == what {
                return now;
            }
            assert!(began.elapsed() < PATIENCE, "it does not do {what}: {now}");
        }
    }

    /// Starts a run. Returns its path.
    #[track_caller]
    pub fn start(&self, request: Value) -> String {
        v2::start(&self.server, &self.path, request)
    }

    /// Starts a run and waits for its end.
    #[track_caller]
    pub fn run(&self, request: Value) -> Value {
        let run = self.start(request);
        v2::end(&self.server, &self.path, &run)
    }

    /// Cancels a run with so many seconds of grace.
    #[track_caller]
    pub fn cancel(&self, run: &str, grace: f64) {
        let path = format!("{run}/cancel?grace={}", grace * 1e3);
        assert_eq!(self.server.send("POST", &path).status, 202);
    }

    /// The id of the plug-in of this name.
    #[track_caller]
    pub fn plugin(&self, name: &str) -> Value {
        let plugins = self.get("/plugins");
        let mut all = plugins["items"].as_array().expect("plug-ins").iter();
        let found = all.find(|plugin| plugin["name"] == name);
        found.unwrap_or_else(|| panic!("no plug-in {name} in {plugins:#}"))["id"].clone()
    }

    /// The names of its instances.
    #[track_caller]
    pub fn instances(&self) -> Vec<String> {
        let page = self.get("/instances");
        let all = page["items"].as_array().expect("instances").iter();
        let name = |instance: &Value| instance["name"].as_str().expect("a name").to_owned();
        all.map(name).collect()
    }

    /// Each result of an ended run: plug-in and instance, and the message of its failure.
    #[track_caller]
    pub fn results(&self, run: &str) -> Vec<(String, String, Option<String>)> {
        let id = run.rsplit('/').next().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut results = Vec::new();
        for event in self.events() {
            match event.name.as_str() {
                "result" if event.data["runId"] == id => {
                    let result = &event.data["result"];
                    let failure = result["error"]["message"].as_str().map(str::to_owned);
                    results.push((text(&result["plugin"]), text(&result["instance"]), failure));
                }
                "runEnded" if event.data["id"] == id => break,
                _ => {}
            }
        }
        results
    }
}

/// A process with the bridge in it.
pub struct Host {
    child: Child,
    /// Where its bridge listens.
    pub address: String,
    /// Its host file.
    pub file: PathBuf,
    /// The screen of its window, which ends after it.
    pub screen: Option<Running>,
}

/// A program that ends when this is dropped.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, which is fine, too.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Host {
    /// Starts it, and waits until its bridge has said where it listens.
    #[track_caller]
    pub fn start(mut command: Command) -> Host {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the host starts");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let (told, listening) = mpsc::channel();
        // Its output must never fill the pipe; a failing test shows it.
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                eprintln!("host: {line}");
                if line.starts_with(r#"{"address""#) {
                    let _ = told.send(line);
                }
            }
        });
        let line = listening.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            let _ = child.kill();
            panic!("the host did not say where its bridge listens: {command:?}")
        });
        let said: Value = serde_json::from_str(&line).expect("a line of JSON");
        let text = |name: &str| said[name].as_str().expect("a text").to_owned();
        Host {
            address: text("address"),
            file: text("file").into(),
            child,
            screen: None,
        }
    }

    /// Starts a program that does not say where its bridge listens, and waits for its host file.
    #[track_caller]
    pub fn start_and_find(mut command: Command, place: &Place, host: &str) -> Host {
        let mut child = command
            .stdin(Stdio::null())
            .spawn()
            .expect("the host starts");
        let folder = place.met("hosts");
        let began = Instant::now();
        loop {
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
            let mut files = entries.map(|entry| entry.path());
            // A killed host has left its file.
            let mine = format!("{host}-{}.json", child.id());
            if let Some(file) = files.find(|path| path.ends_with(&mine)) {
                let text = fs::read_to_string(&file).expect("a host file");
                let said: Value = serde_json::from_str(&text).expect("JSON");
                let address = said["address"].as_str().expect("an address").to_owned();
                return Host {
                    child,
                    address,
                    file,
                    screen: None,
                };
            }
            let ended = child.try_wait().expect("a child");
            assert!(ended.is_none(), "{host} ended ({ended:?}): {command:?}");
            if began.elapsed() > 2 * PATIENCE {
                let _ = child.kill();
                panic!("{host} did not start its bridge: {command:?}");
            }
            // No event tells that a file appears.
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it, and returns when it is gone.
    pub fn kill(mut self) {
        self.end();
    }

    /// Kills it without waiting for it, like a parent that has other work: a zombie stays.
    pub fn kill_unnoticed(&mut self) {
        self.child.kill().expect("it is killed");
    }

    fn end(&mut self) {
        // It may have ended already, which is fine, too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.end();
    }
}

/// Makes a private folder, as run folders are.
pub fn private_folder(path: &Path) {
    let mut maker = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
    maker.recursive(true).create(path).expect("a folder");
}

/// The parity Python, which has pyblish-base 1.8.12.
#[track_caller]
pub fn python() -> PathBuf {
    crate::python("parity-python")
}

/// The bridge, as hosts get it.
#[track_caller]
pub fn bridge() -> PathBuf {
    let file = crate::target().join("pyblish_endpoint_bridge.py");
    let path = file.display();
    assert!(file.is_file(), "{path} is missing: run `cargo xtask test`");
    file
}

/// A host's start-up file.
pub fn startup(host: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bridge/startup");
    folder.join(host).with_extension("py")
}
