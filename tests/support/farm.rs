//! A farm in small: a database, a hub, an artist's machine and workers. The artist and the workers
//! have the same files below two different paths, as machines have them that mount one share.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::hub::{API, hub_command, token, until};
use crate::postgres::Postgres;
use crate::{Answer, Server, data, endpoint, run};

/// How long a task stays with a silent worker, in seconds.
pub const LEASE: u64 = 2;

/// A database, a hub, and the folders of all machines.
pub struct Farm {
    pub postgres: Postgres,
    pub hub: Server,
    place: TempDir,
    artist: String,
    key: String,
}

/// What a command said that has ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub said: String,
}

impl Ended {
    #[track_caller]
    pub fn with(self, code: i32) -> Ended {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.said);
        self
    }

    #[track_caller]
    pub fn says(&self, part: &str) -> &Ended {
        let all = format!("{}\n{}", self.out, self.said);
        assert!(all.contains(part), "{part:?} is not in: {all}");
        self
    }

    /// The last line of JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let line = self.out.lines().last().expect("a line");
        serde_json::from_str(line).expect("JSON")
    }
}

impl Farm {
    /// A hub whose tasks are tried again at once.
    #[track_caller]
    pub fn start() -> Farm {
        Farm::start_with(&["--job-lease", &LEASE.to_string(), "--job-wait", "0"])
    }

    #[track_caller]
    pub fn start_with(hub: &[&str]) -> Farm {
        Farm::start_on(Postgres::start(), hub)
    }

    /// One on this database.
    #[track_caller]
    pub fn start_on(postgres: Postgres, hub: &[&str]) -> Farm {
        let mut hub = Server::start_with(hub_command(&postgres, hub));
        let place = tempfile::tempdir().expect("a folder");
        for folder in ["share/in", "share/out", "share/scenario", "farm"] {
            fs::create_dir_all(place.path().join(folder)).expect("a folder");
        }
        symlink(place.path().join("share"), place.path().join("farm/mount")).expect("a link");
        let artist = token(&postgres, &["--machine", "ws1"]);
        hub.token = Some(artist.clone());
        let key = hub.send("GET", &format!("{API}/jobs/key")).ok()["key"].take();
        let farm = Farm {
            key: key.as_str().expect("a key").to_owned(),
            postgres,
            hub,
            place,
            artist,
        };
        fs::write(farm.path("artist.token"), &farm.artist).expect("a token");
        farm.configure("artist", "artist.token", "share", "");
        farm
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Copies the sample inbox, without what fails in it.
    pub fn fill_inbox(&self) {
        for entry in fs::read_dir(data("inbox")).expect("the sample").flatten() {
            let name = entry.file_name();
            if !["Old Map.png", "matte.png"].contains(&name.to_str().unwrap_or_default()) {
                fs::copy(entry.path(), self.path("share/in").join(name)).expect("a copy");
            }
        }
    }

    /// Writes the configuration of a machine.
    fn configure(&self, name: &str, token: &str, share: &str, more: &str) {
        let text = format!(
            "[common]\nhub = {:?}\nhub-token-file = {:?}\n[storage]\nshow = {:?}\n{more}\n",
            self.hub.address,
            self.path(token),
            self.path(share),
        );
        fs::write(self.path(&format!("{name}.toml")), text).expect("a configuration");
    }

    /// The configuration of a worker with a token of its own, and these further lines.
    #[track_caller]
    pub fn add_worker(&self, name: &str, more: &str) {
        let worker = token(&self.postgres, &["--worker", name]);
        let file = format!("{name}.token");
        fs::write(self.path(&file), worker).expect("a token");
        let more = format!(
            "[work]\nallow-adapter = [\"folder\", \"scenario\"]\njob-key = {:?}\n{more}",
            self.key
        );
        self.configure(name, &file, "farm/mount", &more);
    }

    /// A command of this machine.
    pub fn command(&self, machine: &str, arguments: &[&str]) -> Command {
        let mut command = endpoint();
        command
            .args(arguments)
            .env(
                "PYBLISH_ENDPOINT_CONFIG",
                self.path(&format!("{machine}.toml")),
            )
            .env("XDG_DATA_HOME", self.path(&format!("data-{machine}")))
            .env("XDG_RUNTIME_DIR", self.path(&format!("run-{machine}")))
            .current_dir(self.place.path());
        command
    }

    /// Runs it until it ends.
    pub fn run(&self, machine: &str, arguments: &[&str]) -> Ended {
        ended(self.command(machine, arguments))
    }

    /// The command with which the artist hands over what is in the inbox.
    pub fn hand_over(&self, more: &[&str]) -> Command {
        let folder = |name: &str, guest: &str| {
            format!("{}={guest}", self.path(&format!("share/{name}")).display())
        };
        let (inbox, root) = (folder("in", "/inbox:ro"), folder("out", "/publish"));
        let arguments = [
            "publish",
            "--adapter",
            "folder",
            "--dir",
            &inbox,
            "--dir",
            &root,
        ];
        let mut command = self.command("artist", &arguments);
        command.args(more);
        if !more.iter().any(|word| word.starts_with("--farm")) {
            command.arg("--farm");
        }
        command
    }

    /// The same for a scenario with these plug-ins.
    pub fn hand_over_scenario(&self, plugins: &Value, more: &[&str]) -> Command {
        let mut command = self.with_scenario("publish", plugins, more);
        if !more.iter().any(|word| word.starts_with("--farm")) {
            command.arg("--farm");
        }
        command
    }

    /// A server on the artist's machine, with a scenario with these plug-ins.
    #[track_caller]
    pub fn serve_scenario(&self, plugins: &Value, more: &[&str]) -> Server {
        Server::start_with(self.with_scenario("serve", plugins, more))
    }

    /// A command of the artist's machine, with a scenario with these plug-ins.
    fn with_scenario(&self, name: &str, plugins: &Value, more: &[&str]) -> Command {
        let text = json!({"plugins": plugins}).to_string();
        fs::write(self.path("share/scenario/scenario.json"), text).expect("a scenario");
        let folder = format!("{}=/scenario:ro", self.path("share/scenario").display());
        let file = "file=/scenario/scenario.json";
        let arguments = [
            name,
            "--adapter",
            "scenario",
            "--set",
            file,
            "--dir",
            &folder,
        ];
        let mut command = self.command("artist", &arguments);
        command.args(more);
        command
    }

    /// Runs such a command with `--json`, and returns the id of the job.
    #[track_caller]
    pub fn job(&self, mut command: Command) -> i64 {
        command.arg("--json");
        let made = ended(command).with(0);
        made.json()["job"]["id"].as_i64().expect("an id")
    }

    /// Waits until the artist has handed this job over.
    #[track_caller]
    pub fn until_there(&self, job: i64) {
        let path = format!("{API}/jobs/{job}");
        until("the job is handed over", || {
            self.hub.send("GET", &path).status == 200
        });
    }

    /// The job, as the API has it.
    #[track_caller]
    pub fn read(&self, job: i64) -> Value {
        self.hub.send("GET", &format!("{API}/jobs/{job}")).ok()
    }

    /// A request with the token of this machine.
    #[track_caller]
    pub fn ask(&self, token: &str, method: &str, path: &str, body: &Value) -> Answer {
        let mut client = Server::known(json!({"address": self.hub.address}));
        client.token = Some(token.to_owned());
        client.send_json(method, &format!("{API}{path}"), body, &[])
    }

    /// A token of this name, as it lies in its file.
    pub fn token_of(&self, machine: &str) -> String {
        fs::read_to_string(self.path(&format!("{machine}.token"))).expect("a token")
    }

    /// Starts `work` on this machine, with events as JSON.
    #[track_caller]
    pub fn work(&self, machine: &str, more: &[&str]) -> Working {
        let mut command = self.command(machine, &["work", "--json"]);
        command.args(more);
        Working::start(command)
    }

    /// The versions in the publish root: `FAMILY/NAME/VERSION`, with the content of `publish.json`.
    pub fn versions(&self) -> Vec<(String, Value)> {
        let mut found = Vec::new();
        for family in folders(&self.path("share/out")) {
            for thing in folders(&family) {
                for version in folders(&thing) {
                    let text = fs::read_to_string(version.join("publish.json"));
                    let text = text.unwrap_or_else(|_| panic!("half a version: {version:?}"));
                    let name = version
                        .strip_prefix(self.path("share/out"))
                        .expect("beneath");
                    let json = serde_json::from_str(&text).expect("JSON");
                    found.push((name.display().to_string(), json));
                }
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }
}

/// The folders in this one that are not hidden.
fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).expect("a folder").flatten();
    let folders = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir());
    let is_hidden = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|it| it.to_string_lossy().starts_with('.'))
    };
    folders.filter(|path| !is_hidden(path)).collect()
}

/// Runs a command until it ends.
pub fn ended(command: Command) -> Ended {
    let (output, said) = run(command);
    Ended {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        said,
    }
}

/// A command that is running.
pub struct Working {
    child: Child,
    out: BufReader<ChildStdout>,
    log: Option<JoinHandle<String>>,
}

impl Working {
    #[track_caller]
    pub fn start(mut command: Command) -> Working {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let out = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut stderr = child.stderr.take().expect("stderr is piped");
        // Its output must never fill the pipe.
        let log = thread::spawn(move || {
            let mut said = String::new();
            let _ = stderr.read_to_string(&mut said);
            said
        });
        Working {
            child,
            out,
            log: Some(log),
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Reads events until this is so of one.
    #[track_caller]
    pub fn until(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        let mut line = String::new();
        while self.out.read_line(&mut line).expect("text") > 0 {
            let event = serde_json::from_str(&line).unwrap_or_default();
            if is_it(&event) {
                return event;
            }
            line.clear();
        }
        panic!("it ended before: {}", self.said());
    }

    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Ends it as a power failure does.
    pub fn kill(mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it ends");
    }

    fn said(&mut self) -> String {
        let log = self.log.take().expect("it is read once");
        log.join().expect("the log is text")
    }

    /// Waits for its end. Returns how it ended, with its log.
    pub fn end(mut self) -> Ended {
        let mut out = String::new();
        self.out.read_to_string(&mut out).expect("text");
        let code = self.child.wait().expect("it ends").code();
        Ended {
            code,
            out,
            said: self.said(),
        }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        // It may have ended already, which is fine, too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
