//! `pyblish-endpoint qml`, with a mock of QML that a test controls.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::hosts::python;
use crate::{PATIENCE, Server, data, endpoint};

/// The command, and the mock that it started.
pub struct Qml {
    child: Child,
    log: Option<JoinHandle<String>>,
    lines: BufReader<TcpStream>,
    /// The arguments of the mock.
    pub arguments: Vec<String>,
    /// The payloads of the commands to QML.
    pub told: Vec<Value>,
    /// How often it got a heartbeat.
    pub pulses: usize,
    _place: TempDir,
}

/// `pyblish-endpoint qml` for this server, whatever other servers run.
pub fn command(server: &Server) -> Command {
    let mut command = endpoint();
    command.args(["qml", "--url", &server.address]);
    command
}

/// An executable that is this script of `data/qml`, in a Python.
pub fn script(place: &TempDir, python: &Path, name: &str) -> PathBuf {
    let text = fs::read_to_string(data("qml").join(name)).expect("a script");
    let path = place.path().join(name);
    fs::write(&path, format!("#!{}\n{text}", python.display())).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("it is ours");
    path
}

impl Qml {
    #[track_caller]
    pub fn start(server: &Server) -> Qml {
        Qml::start_with(command(server))
    }

    /// Starts the command, and waits until the mock is there and was asked to show its window.
    #[track_caller]
    pub fn start_with(mut command: Command) -> Qml {
        let place = tempfile::tempdir().expect("a folder");
        let mock = script(&place, &python(), "mock_qml.py");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let port = listener.local_addr().expect("an address").port();
        command
            .arg("--python")
            .arg(mock)
            .env("MOCK_QML", port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let mut stderr = child.stderr.take().expect("stderr is piped");
        let log = thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).expect("stderr is text");
            text
        });
        let began = Instant::now();
        let stream = loop {
            match listener.accept() {
                Ok((stream, _)) => break stream,
                Err(_) if child.try_wait().expect("a child").is_some() => {
                    panic!("it ended: {}", log.join().expect("a log"));
                }
                Err(_) => assert!(began.elapsed() < PATIENCE, "no mock was started"),
            }
            // Both are checked again and again: there is no event for either.
            thread::sleep(Duration::from_millis(5));
        };
        stream.set_nonblocking(false).expect("a socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let mut qml = Qml {
            child,
            log: Some(log),
            lines: BufReader::new(stream),
            arguments: Vec::new(),
            told: Vec::new(),
            pulses: 0,
            _place: place,
        };
        let first = qml.line().expect("what it was started with");
        qml.arguments = serde_json::from_value(first["arguments"].clone()).expect("arguments");
        while qml.told.is_empty() {
            qml.listen();
        }
        qml
    }

    /// The error of a command that ends before QML starts.
    #[track_caller]
    pub fn refused(mut command: Command) -> String {
        let place = tempfile::tempdir().expect("a folder");
        let mock = script(&place, &python(), "mock_qml.py");
        command.arg("--python").arg(mock);
        let (output, said) = crate::run(command);
        assert_eq!(output.status.code(), Some(1), "{said}");
        said
    }

    fn line(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line in time");
        (!line.is_empty()).then(|| {
            assert!(line.is_ascii(), "{line}");
            serde_json::from_str(&line).expect("a line of JSON")
        })
    }

    /// Takes one line; the payload if it is an answer.
    fn listen(&mut self) -> Option<Value> {
        let mut line = self.line().expect("its host is there");
        match line["header"].as_str().expect("a header") {
            "pyblish-qml:popen.response" => return Some(line["payload"].take()),
            "pyblish-qml:popen.parent" => self.told.push(line["payload"].take()),
            "pyblish-qml:server.pulse" => self.pulses += 1,
            other => panic!("{other}"),
        }
        None
    }

    /// Has the mock print this.
    pub fn print(&mut self, text: &str) {
        let stream = self.lines.get_mut();
        stream.write_all(text.as_bytes()).expect("the mock listens");
    }

    /// Waits for the answer to a request.
    #[track_caller]
    pub fn answer(&mut self) -> Value {
        loop {
            if let Some(answer) = self.listen() {
                return answer;
            }
        }
    }

    /// Asks as QML does.
    #[track_caller]
    pub fn ask(&mut self, name: &str, args: Value, kwargs: Value) -> Value {
        let request = json!({
            "header": "pyblish-qml:popen.request",
            "payload": {"name": name, "args": args, "kwargs": kwargs},
        });
        self.print(&format!("\n{request}\n"));
        self.answer()
    }

    #[track_caller]
    pub fn call(&mut self, name: &str, args: Value) -> Value {
        self.ask(name, args, json!({}))
    }

    #[track_caller]
    pub fn emit(&mut self, signal: &str, kwargs: Value) {
        assert_eq!(self.call("emit", json!([signal, kwargs])), Value::Null);
    }

    /// Why a publish would stop now.
    #[track_caller]
    pub fn test(&mut self, next_order: f64) -> Value {
        let of = json!({"nextOrder": next_order, "ordersWithError": []});
        self.ask("test", json!([]), of)
    }

    #[track_caller]
    pub fn discover(&mut self) -> Vec<Value> {
        match self.call("discover", json!([])) {
            Value::Array(plugins) => plugins,
            other => panic!("{other}"),
        }
    }

    #[track_caller]
    pub fn plugin(&mut self, name: &str) -> Value {
        let plugins = self.discover();
        let found = plugins.into_iter().find(|plugin| plugin["name"] == name);
        found.unwrap_or_else(|| panic!("no plug-in {name}"))
    }

    #[track_caller]
    pub fn instances(&mut self) -> Vec<Value> {
        match self.call("context", json!([]))["children"].take() {
            Value::Array(instances) => instances,
            other => panic!("{other}"),
        }
    }

    #[track_caller]
    pub fn instance(&mut self, name: &str) -> Value {
        let instances = self.instances();
        let mut all = instances.iter();
        let found = all.find(|instance| instance["name"] == name);
        found
            .unwrap_or_else(|| panic!("no {name} in {instances:?}"))
            .clone()
    }

    /// Resets, and runs the collectors, as QML does.
    #[track_caller]
    pub fn reset(&mut self) {
        assert_eq!(self.call("reset", json!([])), Value::Null);
        self.call("context", json!([]));
        for plugin in self.discover() {
            if plugin["order"].as_f64() < Some(0.5) {
                assert_eq!(self.test(0.0), Value::Null);
                let result = self.call("process", json!([plugin, null, null]));
                assert_eq!(result["success"], true, "{result:#}");
                self.call("context", json!([]));
            }
        }
    }

    /// Runs a plug-in on an instance, by their names.
    #[track_caller]
    pub fn process(&mut self, plugin: &str, instance: &str) -> Value {
        let plugin = self.plugin(plugin);
        let instance = self.instance(instance);
        self.call("process", json!([plugin, instance, null]))
    }

    /// Closes its window. Returns how the command ended, and its log.
    #[track_caller]
    pub fn close(mut self) -> (i32, String) {
        self.emit("pyblishQmlClose", json!({}));
        self.ended()
    }

    /// How the command ended by itself, and its log.
    #[track_caller]
    pub fn ended(mut self) -> (i32, String) {
        let status = self.child.wait().expect("it ends");
        let log = self.log.take().expect("it is read once");
        let log = log.join().expect("a log");
        (status.code().expect("it was not killed"), log)
    }

    /// Ends it as Ctrl-C does.
    #[track_caller]
    pub fn interrupt(&self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status();
        assert!(sent.expect("kill runs").success());
    }
}

impl Drop for Qml {
    fn drop(&mut self) {
        // It may have ended already, which is fine, too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
