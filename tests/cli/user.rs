//! A user with their own data folders, and the commands that this user runs.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use pyblish_endpoint_tests::{Folders, Scenario, endpoint};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A user of one test.
pub struct User(TempDir);

/// A command that has ended.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub said: String,
}

/// A command that is still running.
pub struct Running {
    pub child: Child,
    pub out: BufReader<ChildStdout>,
}

impl User {
    pub fn new() -> User {
        User(tempfile::tempdir().unwrap())
    }

    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = endpoint();
        command
            .args(arguments)
            .env("XDG_DATA_HOME", self.0.path().join("data"))
            .env("XDG_RUNTIME_DIR", self.0.path().join("run"))
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ended {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended {
            code: output.status.code(),
            out: text(output.stdout),
            said: text(output.stderr),
        }
    }

    /// `publish` with the arguments that name a host, and more.
    pub fn publish(&self, host: &[String], more: &[&str]) -> Ended {
        self.run(arguments("publish", host, more))
    }

    pub fn start(&self, command: &str, host: &[String], more: &[&str]) -> Running {
        let mut child = self
            .command(arguments(command, host, more))
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Running { child, out }
    }

    /// The JSON that a command prints.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let ended = self.run(arguments);
        assert_eq!(ended.code, Some(0), "{}", ended.said);
        serde_json::from_str(&ended.out).unwrap()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

pub fn arguments(command: &str, host: &[String], more: &[&str]) -> Vec<String> {
    let more = more.iter().map(|text| (*text).to_owned());
    [command.to_owned()]
        .into_iter()
        .chain(host.iter().cloned())
        .chain(more)
        .collect()
}

impl Ended {
    /// Its lines of JSON.
    pub fn lines(&self) -> Vec<Value> {
        let lines = self.out.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[track_caller]
    pub fn with(self, code: i32) -> Ended {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.said);
        self
    }

    #[track_caller]
    pub fn says(&self, parts: &[&str]) {
        for part in parts {
            assert!(
                self.said.contains(part),
                "{part:?} is not in: {}",
                self.said
            );
        }
    }

    #[track_caller]
    pub fn prints(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.out.contains(part), "{part:?} is not in: {}", self.out);
        }
    }
}

impl Running {
    /// The next line of JSON; none at the end.
    pub fn line(&mut self) -> Option<Value> {
        let mut line = String::new();
        let length = self.out.read_line(&mut line).unwrap();
        (length > 0).then(|| serde_json::from_str(&line).unwrap())
    }

    /// Reads lines until this event.
    #[track_caller]
    pub fn until(&mut self, event: &str) -> Value {
        while let Some(line) = self.line() {
            if line["name"] == event {
                return line;
            }
        }
        let said = self.said();
        panic!("there was no {event}: {said}");
    }

    pub fn said(&mut self) -> String {
        let mut said = String::new();
        let stderr = self.child.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        said
    }

    #[cfg(unix)]
    pub fn interrupt(&self) {
        self.signal("-INT");
    }

    #[cfg(unix)]
    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    pub fn code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, which is fine, too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An inbox without errors.
pub fn good_folders() -> Folders {
    let folders = Folders::sample();
    for name in ["Old Map.png", "matte.png"] {
        fs::remove_file(folders.inbox().join(name)).unwrap();
    }
    folders
}

/// One instance, and one plug-in for each other stage, with these steps.
pub fn stages(validate: Value, extract: Value) -> Scenario {
    Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": [
            {"create": "hero", "data": {"family": "a"}}, {"create": "extra", "data": {"family": "a"}},
        ]},
        {"name": "Validate", "order": 1, "instance": validate},
        {"name": "Extract", "order": 2, "instance": extract},
        {"name": "Integrate", "order": 3, "context": []},
    ]))
}

pub fn plugins_that_ran(lines: &[Value]) -> Vec<&str> {
    let results = lines.iter().filter(|line| line["name"] == "result");
    results
        .map(|line| line["body"]["result"]["plugin"].as_str().unwrap())
        .collect()
}
