//! What the tests of the whole share: the real binary as a child process, and a plain HTTP client.
//!
//! The binary and the adapters are those of `cargo xtask build`; a test that does not find them
//! says so. Every server listens on a free port of the loopback and ends with its test, by its
//! process id.

pub mod browser;
#[cfg(unix)]
pub mod farm;
mod given;
pub mod home;
pub mod hostile;
pub mod hosts;
#[cfg(unix)]
pub mod hub;
pub mod numbers;
pub mod open_metrics;
#[cfg(unix)]
pub mod postgres;
#[cfg(unix)]
pub mod qml;
pub mod raw;
#[cfg(unix)]
pub mod real;
#[cfg(unix)]
pub mod scripts;
#[cfg(unix)]
pub mod studio;
pub mod v2;
#[cfg(unix)]
pub mod window;

pub use given::{Folders, Scenario, configured, files};

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

/// How long anything may take before the test gives up; far longer than it ever does.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running `pyblish-endpoint serve`.
pub struct Server {
    /// None if something else has started it.
    child: Option<Child>,
    /// Reads what the server logs until it ends.
    log: Option<JoinHandle<Vec<String>>>,
    /// `http://127.0.0.1:PORT`
    pub address: String,
    /// The JSON that it printed when it started.
    pub started: Value,
    /// The token of every request; none with `--no-auth`.
    pub token: Option<String>,
    agent: ureq::Agent,
}

/// An answer of the server.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// Its `ETag`.
    pub tag: Option<String>,
    pub body: Value,
}

impl Answer {
    /// The body of an answer that is 200.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// The message of an answer that has this status.
    #[track_caller]
    pub fn refused(self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.body);
        let message = self.body["message"]
            .as_str()
            .expect("an error has a message");
        assert!(!message.is_empty());
        message.to_owned()
    }
}

impl Server {
    /// Starts the server with these arguments of `serve`, on a free port.
    #[track_caller]
    pub fn start<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Server {
        let mut command = serve();
        command.args(arguments);
        Server::start_with(command)
    }

    /// Starts what [`serve`] made, and waits until it answers.
    #[track_caller]
    pub fn start_with(mut command: Command) -> Server {
        command.args(["--listen", "127.0.0.1:0"]);
        Server::start_there(command)
    }

    /// The same, at the address in the command.
    #[track_caller]
    pub fn start_there(command: Command) -> Server {
        Server::start_from(command, Stdio::null())
    }

    /// The same, as a service manager does that listens already, on this socket.
    #[cfg(unix)]
    #[track_caller]
    pub fn start_activated(command: &Command, socket: std::os::fd::OwnedFd) -> Server {
        Server::start_from(activated(command), socket.into())
    }

    #[track_caller]
    fn start_from(mut command: Command, stdin: Stdio) -> Server {
        command
            .arg("--json")
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the runtime starts");
        let mut first_line = String::new();
        let stdout = child.stdout.as_mut().expect("stdout is piped");
        BufReader::new(stdout)
            .read_line(&mut first_line)
            .expect("stdout is text");
        let Ok(started) = serde_json::from_str::<Value>(&first_line) else {
            let mut said = String::new();
            let stderr = child.stderr.as_mut().expect("stderr is piped");
            stderr.read_to_string(&mut said).expect("stderr is text");
            let code = child.wait().expect("the child ends");
            panic!("the server did not start ({code}): {said}");
        };
        // Its output must never fill the pipe; a failing test shows it.
        let stderr = child.stderr.take().expect("stderr is piped");
        let log = thread::spawn(move || {
            let lines = BufReader::new(stderr).lines().map_while(Result::ok);
            lines.inspect(|line| eprintln!("server: {line}")).collect()
        });
        let mut server = Server::known(started);
        (server.child, server.log) = (Some(child), Some(log));
        server
    }

    /// A server that something else has started, as it or `list --json` tells of it.
    #[track_caller]
    pub fn known(started: Value) -> Server {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .allow_non_standard_methods(true)
            .build();
        Server {
            child: None,
            log: None,
            address: started["address"].as_str().expect("an address").to_owned(),
            token: started["tokenFile"]
                .as_str()
                .map(|file| fs::read_to_string(file).expect("a token")),
            started,
            agent: config.into(),
        }
    }

    /// Of a server that the test has started.
    fn child(&mut self) -> &mut Child {
        self.child.as_mut().expect("the test has started it")
    }

    /// `HOST:PORT`, for raw connections.
    pub fn host(&self) -> &str {
        let host = self.address.rsplit("://").next();
        host.expect("an address has an end")
    }

    /// The header with the token, as a line.
    pub fn authorization(&self) -> String {
        let token = self.token.as_deref().expect("a token");
        format!("authorization: Bearer {token}")
    }

    pub fn pid(&self) -> u32 {
        let pid = self.started["pid"].as_u64();
        pid.and_then(|pid| u32::try_from(pid).ok()).expect("a pid")
    }

    /// A request without a body.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str) -> Answer {
        self.request(method, path, None, Vec::new())
    }

    /// A request with a body of this media type.
    #[track_caller]
    pub fn send_body(&self, method: &str, path: &str, media_type: &str, body: &str) -> Answer {
        self.request(method, path, Some(media_type), body.as_bytes().to_vec())
    }

    #[track_caller]
    fn request(&self, method: &str, path: &str, media_type: Option<&str>, body: Vec<u8>) -> Answer {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address));
        if let Some(media_type) = media_type {
            request = request.header("content-type", media_type);
        }
        self.answered(request.body(body).expect("a request"))
    }

    #[track_caller]
    fn answered(&self, mut request: ureq::http::Request<Vec<u8>>) -> Answer {
        if let Some(token) = &self.token {
            let value = format!("Bearer {token}").parse().expect("a header");
            request.headers_mut().insert("authorization", value);
        }
        let mut response = self.agent.run(request).expect("an answer");
        // A picture is no text; the ASCII letters in it are enough.
        let bytes = response.body_mut().read_to_vec().expect("a body");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        let tag = response.headers().get("etag");
        Answer {
            status: response.status().as_u16(),
            tag: tag.map(|tag| tag.to_str().expect("a tag").to_owned()),
            body,
        }
    }

    /// A request with a JSON body and these further headers.
    #[track_caller]
    pub fn send_json(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        more: &[(&str, &str)],
    ) -> Answer {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("content-type", "application/json");
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        self.answered(
            request
                .body(body.to_string().into_bytes())
                .expect("a request"),
        )
    }

    /// Listens to server-sent events, from after the event of this number if there is one.
    #[track_caller]
    pub fn listen(&self, path: &str, last: Option<u64>) -> Events {
        let mut request = self.agent.get(format!("{}{path}", self.address));
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = request.call().expect("an answer");
        assert_eq!(response.status(), 200);
        Events {
            stream: BufReader::new(Box::new(response.into_body().into_reader())),
            behind: Vec::new(),
            gaps: Vec::new(),
        }
    }

    /// `GET /pyblish/v1/state`
    #[track_caller]
    pub fn state(&self) -> Value {
        self.send("GET", "/pyblish/v1/state").ok()["state"].take()
    }

    /// `PUT /pyblish/v1/state`: runs a plug-in. Returns its result.
    #[track_caller]
    pub fn run(&self, arguments: Value) -> Value {
        let body = arguments.to_string();
        self.send_body("PUT", "/pyblish/v1/state", "application/json", &body)
            .ok()["result"]
            .take()
    }

    /// Runs a plug-in that must succeed.
    #[track_caller]
    pub fn succeed(&self, plugin: &str, instance: Option<&str>) -> Value {
        let result = self.run(json!({"plugin": plugin, "instance": instance}));
        assert_eq!(result["success"], true, "{result:#}");
        result
    }

    /// Runs a plug-in that must fail. Returns its message.
    #[track_caller]
    pub fn fail(&self, plugin: &str, instance: Option<&str>) -> String {
        let result = self.run(json!({"plugin": plugin, "instance": instance}));
        assert_eq!(result["success"], false, "{result:#}");
        result["error"]["message"]
            .as_str()
            .expect("a message")
            .to_owned()
    }

    /// Ends it as Ctrl-C does, if it has not ended yet. Returns its log.
    #[cfg(unix)]
    pub fn log(mut self) -> String {
        if let Ok(None) = self.child().try_wait() {
            self.interrupt();
        }
        let log = self.log.take().expect("the log is read once");
        log.join().expect("the log is text").join("\n")
    }

    /// Asks it to end as Ctrl-C does, and waits for its exit code.
    #[cfg(unix)]
    pub fn interrupt(&mut self) -> Option<i32> {
        let pid = self.child().id().to_string();
        let sent = Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .expect("kill runs");
        assert!(sent.success());
        self.wait()
    }

    /// Waits for its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        self.child().wait().expect("the child ends").code()
    }
}

/// A stream of server-sent events.
pub struct Events {
    stream: BufReader<Box<dyn Read + Send>>,
    /// The data of `behind`, which is no event of the session.
    pub behind: Vec<Value>,
    /// The same, of `gap`.
    pub gaps: Vec<Value>,
}

/// One event of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: u64,
    pub name: String,
    pub data: Value,
}

impl Iterator for Events {
    type Item = Event;

    /// The next event; none when the stream ends.
    fn next(&mut self) -> Option<Event> {
        let (mut id, mut name, mut data) = (None, String::new(), Value::Null);
        loop {
            let mut line = String::new();
            // A killed server breaks off the stream.
            if self.stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("id", number)) => id = Some(number.parse().expect("a number")),
                Some(("event", text)) => name = text.to_owned(),
                Some(("data", json)) => data = serde_json::from_str(json).ok()?,
                // A comment says that the server lives.
                Some(_) => {}
                None => {
                    if let Some(id) = id {
                        return Some(Event { id, name, data });
                    }
                    match name.as_str() {
                        "behind" => self.behind.push(std::mem::take(&mut data)),
                        "gap" => self.gaps.push(std::mem::take(&mut data)),
                        _ => {}
                    }
                }
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, which is fine, too.
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// `pyblish-endpoint serve` of this build, with a compile cache of the tests' own.
pub fn serve() -> Command {
    let mut command = endpoint();
    command.arg("serve");
    command
}

/// `pyblish-endpoint` of this build.
pub fn endpoint() -> Command {
    let mut command = Command::new(binary());
    command
        .env("XDG_CACHE_HOME", cache())
        .env("XDG_DATA_HOME", data_home())
        .env("XDG_RUNTIME_DIR", data_home())
        .env_remove("PYBLISH_ENDPOINT_ADAPTERS");
    command
}

/// The same command, which gets its stdin as the socket of a service manager, as sd_listen_fds(3)
/// says. The shell passes its own process id on.
#[cfg(unix)]
pub fn activated(command: &Command) -> Command {
    let script = r#"exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$0" "$@""#;
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(command.get_program());
    shell.args(command.get_args());
    with_environment_of(command, &mut shell);
    shell
}

/// A program as the author of an adapter starts it: with the caches of `endpoint`, and without the
/// variables that cargo gives to a test.
pub fn author(program: &str) -> Command {
    let mut command = Command::new(program);
    with_environment_of(&endpoint(), &mut command);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO")) {
        if name != "CARGO_HOME" {
            command.env_remove(name);
        }
    }
    command
}

fn with_environment_of(command: &Command, other: &mut Command) {
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => other.env(name, value),
            None => other.env_remove(name),
        };
    }
}

/// Runs a command that ends by itself.
pub fn run(mut command: Command) -> (Output, String) {
    let output = command
        .stdin(Stdio::null())
        .output()
        .expect("the command starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, said)
}

fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(tested) = tested() {
            return tested;
        }
        let name = format!("pyblish-endpoint{}", env::consts::EXE_SUFFIX);
        let path = target().join(name);
        assert!(
            path.is_file(),
            "{} is missing: run `cargo xtask test`",
            path.display()
        );
        path
    })
}

/// A program to test in place of the one that was built for tests: `cargo xtask dist --prove` names
/// that of an archive. Its adapters lie beside it.
fn tested() -> Option<PathBuf> {
    env::var_os("PYBLISH_ENDPOINT_TESTED").map(PathBuf::from)
}

/// The folder of histories of servers by default: one for each test binary.
fn data_home() -> &'static Path {
    static DATA: OnceLock<PathBuf> = OnceLock::new();
    DATA.get_or_init(|| {
        let test = env::current_exe().expect("a test knows where it is");
        let name = test.file_name().expect("a test has a name");
        let folder = target().join("test-data").join(name);
        // Remove what a former run of the same test left.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        folder
    })
}

fn cache() -> PathBuf {
    target().join("test-cache")
}

/// Where cargo puts what it builds: a test's own binary is in its `deps`.
pub fn target() -> PathBuf {
    let test = env::current_exe().expect("a test knows where it is");
    let folder = test.parent().and_then(Path::parent);
    folder.expect("a test is two folders below").to_path_buf()
}

/// A Python that xtask made, by the name of its folder (`xtask/src/pythons.rs`).
#[track_caller]
pub fn python(folder: &str) -> PathBuf {
    let inside = match cfg!(windows) {
        true => "Scripts/python.exe",
        false => "bin/python",
    };
    let python = target().with_file_name(folder).join(inside);
    let path = python.display();
    assert!(python.exists(), "{path} is missing: run `cargo xtask test`");
    python
}

/// An adapter that xtask built.
pub fn adapter(name: &str) -> PathBuf {
    let beside = tested().and_then(|program| Some(program.parent()?.to_owned()));
    let folder = beside.unwrap_or_else(target);
    folder.join("adapters").join(name).with_extension("wasm")
}

/// A folder of this one's `data`.
pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(name)
}
