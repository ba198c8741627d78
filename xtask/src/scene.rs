//! An artist's afternoon with the program, however it was installed: publish a folder, serve it,
//! publish through the server.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::child;
use crate::workspace::Workspace;

/// Files of the sample inbox without a mistake in them.
const FILES: [&str; 3] = ["hero.1001.png", "hero.1002.png", "plate.exr"];

/// A home, an inbox and a folder to publish into.
pub struct Scene {
    pub home: PathBuf,
    pub inbox: PathBuf,
    pub publish: PathBuf,
    /// How the program names a path of this machine: another one under wine.
    pub named: fn(&Path) -> String,
}

impl Scene {
    pub fn new(workspace: &Workspace, folder: &Path) -> Result<Self> {
        let scene = Self {
            home: folder.join("home"),
            inbox: folder.join("in"),
            publish: folder.join("out"),
            named: |path| path.display().to_string(),
        };
        for made in [&scene.home, &scene.inbox, &scene.publish] {
            fs::create_dir_all(made).with_context(|| format!("cannot make {}", made.display()))?;
        }
        for name in FILES {
            let from = workspace.root.join("tests/data/inbox").join(name);
            fs::copy(&from, scene.inbox.join(name))
                .with_context(|| format!("cannot copy {}", from.display()))?;
        }
        Ok(scene)
    }

    /// A command of the program for this user, who has no settings of any other.
    pub fn user<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("PYBLISH_ENDPOINT_") || text.starts_with("XDG_") {
                command.env_remove(&name);
            }
        }
        command.env("HOME", &self.home)
    }

    /// Writes the adapter and its grants into the user's configuration, as the units of systemd want
    /// it.
    pub fn settle(&self) -> Result<()> {
        let folder = self.home.join(".config/pyblish-endpoint");
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let text = format!(
            "[serve]\nadapter = \"folder\"\n\n[adapters.folder]\ndir = [\"{}=/inbox\", \
             \"{}=/publish\"]\n",
            self.inbox.display(),
            self.publish.display()
        );
        fs::write(folder.join("endpoint.toml"), text).context("cannot write endpoint.toml")
    }

    /// The arguments for the adapter and its folders.
    pub fn grants(&self) -> [String; 6] {
        [
            "--adapter".into(),
            "folder".into(),
            "--dir".into(),
            format!("{}=/inbox", (self.named)(&self.inbox)),
            "--dir".into(),
            format!("{}=/publish", (self.named)(&self.publish)),
        ]
    }

    /// Publishes the inbox with this program, and checks that it is there.
    pub fn publishes(&self, mut program: Command) -> Result<()> {
        let command = program.arg("publish").args(self.grants());
        child::quietly(self.user(command))?;
        self.has_version("v001")
    }

    /// Checks that the sequence was published as this version.
    pub fn has_version(&self, version: &str) -> Result<()> {
        let file = self
            .publish
            .join("imagesequence/hero")
            .join(version)
            .join("publish.json");
        if !file.is_file() {
            bail!("the program succeeded, and there is no {}", file.display());
        }
        Ok(())
    }

    /// Makes a command of the program one that serves the inbox.
    pub fn serve(&self, program: &mut Command) {
        program.arg("serve").args(self.grants());
        program.args(["--listen", "127.0.0.1:0", "--json"]);
        self.user(program);
    }

    /// Serves the inbox with this program, publishes through the server, and ends it.
    pub fn serves(&self, mut program: Command) -> Result<()> {
        self.serve(&mut program);
        let served = Served::start(&mut program)?;
        served.publishes()?;
        served.end()
    }
}

/// A running server, which is ended with its proof.
pub struct Served {
    pub child: Child,
    address: String,
    token: String,
    /// Its number in its own system.
    pub pid: u64,
    pub token_file: PathBuf,
}

impl Served {
    /// Starts it, and waits until it says where it is.
    pub fn start(command: &mut Command) -> Result<Self> {
        Self::start_in(command.stdin(Stdio::null()), |path| path.into())
    }

    /// Starts one whose paths are others here.
    pub fn start_in(command: &mut Command, here: impl Fn(&str) -> PathBuf) -> Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| crate::step::cannot_start(command))?;
        let mut line = String::new();
        let stdout = child.stdout.take().context("stdout is piped")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line)
            .with_context(|| format!("the server said no JSON, but {line:?}"))?;
        let text = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
        let token_file = here(&text("tokenFile"));
        let token = fs::read_to_string(&token_file).context("the server has no token")?;
        Ok(Self {
            child,
            address: text("address"),
            token,
            pid: said["pid"].as_u64().context("the server has no number")?,
            token_file,
        })
    }

    /// Publishes with a client of the REST API.
    pub fn publishes(&self) -> Result<()> {
        publishes(&self.address, &self.token)
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn token(&self) -> &str {
        self.token.trim()
    }

    /// Asks it to end, and expects that it ends well.
    pub fn end(mut self) -> Result<()> {
        interrupt(&self.child)?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the server ended with {status}");
        }
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It has usually ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
pub fn interrupt(child: &Child) -> Result<()> {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).context("cannot interrupt")
}

#[cfg(not(unix))]
pub fn interrupt(_: &Child) -> Result<()> {
    bail!("releases are proven on Linux")
}

/// A frontend in a few lines of Python: starts a run, waits until it has ended, and takes the
/// outcome from its report.
const FRONTEND: &str = r#"
import json, sys, time, urllib.request
address, token = sys.argv[1:]

def ask(method, path, body=None):
    request = urllib.request.Request(address + path, method=method)
    request.add_header("Authorization", "Bearer " + token)
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, data, timeout=120) as answer:
        return json.load(answer)

session = ask("GET", "/pyblish/v2/sessions")["items"][0]["id"]
base = "/pyblish/v2/sessions/" + session + "/runs"
run = ask("POST", base, {})
while run["state"] == "running":
    time.sleep(0.1)
    run = ask("GET", base + "/" + str(run["id"]))
print(run["state"])
sys.exit(run["state"] != "succeeded")
"#;

fn publishes(address: &str, token: &str) -> Result<()> {
    let mut command = Command::new("python3");
    command.args(["-I", "-c", FRONTEND, address, token.trim()]);
    child::quietly(&mut command).map(drop)
}
