//! What an artist does with the program for Windows, one after the other.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::child;
use crate::scene::{Scene, Served};
use crate::wine::{TRIPLE, Wine, of_windows};

/// How long something may take that takes a second: a machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// A Windows with the program, and something to publish.
pub struct Studio<'a> {
    pub wine: &'a Wine,
    /// The program, with its adapters beside it.
    pub program: PathBuf,
    pub scene: Scene,
}

/// Something that an artist does.
pub struct Act {
    /// What it shows.
    pub what: &'static str,
    pub play: fn(&Studio<'_>) -> Result<()>,
}

/// All of them. A later one may need what an earlier one has left.
pub const ACTS: [Act; 10] = [
    Act {
        what: "the program says its version and its target",
        play: version,
    },
    Act {
        what: "the adapters beside it are listed",
        play: adapters,
    },
    Act {
        what: "the sample is published (v001), and its adapter compiled",
        play: first_publish,
    },
    Act {
        what: "the next start takes the compiled code from the cache",
        play: from_cache,
    },
    Act {
        what: "endpoint.toml with CRLF and backslashes is read",
        play: settings,
    },
    Act {
        what: "a server answers and publishes, and others cannot read its token",
        play: serve,
    },
    Act {
        what: "Ctrl-C ends a server well",
        play: ctrl_c,
    },
    Act {
        what: "--exit-with ends a server with the other process",
        play: exit_with,
    },
    Act {
        what: "what a server was told before it was killed is in the history, and it goes on",
        play: kill,
    },
    Act {
        what: "a host is set up in the user's profile, doctor finds no problem, and it is removed",
        play: host,
    },
];

impl Studio<'_> {
    /// A command of the program.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.wine.command(&self.program);
        self.scene.user(command.args(arguments));
        command
    }

    /// What the program prints.
    fn says(&self, arguments: &[&str]) -> Result<String> {
        child::quietly(&mut self.command(arguments))
    }

    fn says_json(&self, arguments: &[&str]) -> Result<Value> {
        let said = self.says(arguments)?;
        serde_json::from_str(&said).with_context(|| format!("this is no JSON: {said}"))
    }

    /// Publishes this scene, and returns what it logs and prints.
    fn publish(&self, scene: &Scene) -> Result<String> {
        let mut command = self.command(&["publish", "--log", "info"]);
        let output = child::output(command.args(scene.grants()))?;
        let said = words(&output);
        ensure!(
            output.status.success(),
            "it ended with {}: {said}",
            output.status
        );
        Ok(said)
    }

    /// The same inbox, with nothing published from it: the adapter makes no version of what has not
    /// changed.
    fn fresh(&self, name: &str) -> Result<Scene> {
        let publish = self.scene.home.join(name);
        fs::create_dir_all(&publish)?;
        Ok(Scene {
            home: self.scene.home.clone(),
            inbox: self.scene.inbox.clone(),
            publish,
            named: of_windows,
        })
    }

    /// A server of this scene.
    fn server(&self, scene: &Scene, arguments: &[&str]) -> Result<Served> {
        let mut command = self.command(&[]);
        scene.serve(&mut command);
        Served::start_in(command.args(arguments).stdin(Stdio::null()), |path| {
            self.wine.here(path)
        })
    }
}

fn words(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}

fn version(studio: &Studio<'_>) -> Result<()> {
    let version = studio.says_json(&["--version", "--json"])?;
    ensure!(
        version["target"] == TRIPLE,
        "it is for {}",
        version["target"]
    );
    Ok(())
}

fn adapters(studio: &Studio<'_>) -> Result<()> {
    let listed = studio.says(&["adapters", "list"])?;
    for name in ["blender", "folder", "python"] {
        ensure!(listed.contains(name), "{name} is not listed:\n{listed}");
    }
    Ok(())
}

/// What the log says when an adapter is compiled.
const COMPILED: &str = "compiled ";

fn first_publish(studio: &Studio<'_>) -> Result<()> {
    let said = studio.publish(&studio.scene)?;
    ensure!(said.contains(COMPILED), "nothing was compiled:\n{said}");
    studio.scene.has_version("v001")
}

fn from_cache(studio: &Studio<'_>) -> Result<()> {
    let said = studio.publish(&studio.scene)?;
    for word in [COMPILED, "compiling again"] {
        ensure!(!said.contains(word), "it was compiled again:\n{said}");
    }
    Ok(())
}

fn settings(studio: &Studio<'_>) -> Result<()> {
    let folder = studio
        .wine
        .profile()?
        .join(r"AppData/Roaming/pyblish-endpoint/config");
    fs::create_dir_all(&folder)?;
    let file = folder.join("endpoint.toml");
    let scene = studio.fresh("of-settings")?;
    let dir = |path: &Path, inside: &str| format!("'{}={inside}'", of_windows(path));
    let text = format!(
        "[adapters.folder]\r\ndir = [{}, {}]\r\n",
        dir(&scene.inbox, "/inbox"),
        dir(&scene.publish, "/publish")
    );
    fs::write(&file, text).context("cannot write endpoint.toml")?;
    studio.says(&["publish", "--adapter", "folder"])?;
    fs::remove_file(&file)?;
    scene.has_version("v001")
}

fn serve(studio: &Studio<'_>) -> Result<()> {
    let scene = studio.fresh("served")?;
    let served = studio.server(&scene, &[])?;
    let mode = fs::metadata(&served.token_file)?.permissions().mode();
    // wine keeps an access list as a mode.
    ensure!(
        mode & 0o007 == 0,
        "its token can be read by others (mode {mode:o})"
    );
    let run = served.token_file.parent().context("a file in no folder")?;
    let mode = fs::metadata(run)?.permissions().mode();
    ensure!(
        mode & 0o007 == 0,
        "its folder can be entered by others (mode {mode:o})"
    );
    served.publishes()?;
    let listed = studio.says(&["list"])?;
    ensure!(
        listed.contains(served.address()),
        "`list` does not have it:\n{listed}"
    );
    scene.has_version("v001")
}

/// Waits for a process to end.
fn ended(child: &mut Child) -> Result<ExitStatus> {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() > end {
            bail!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn exit_with(studio: &Studio<'_>) -> Result<()> {
    let mut host = studio.server(&studio.fresh("host")?, &[])?;
    let pid = host.pid.to_string();
    let mut served = studio.server(&studio.fresh("with-host")?, &["--exit-with", &pid])?;
    host.child.kill()?;
    let status = ended(&mut served.child)?;
    ensure!(status.success(), "it ended with {status}");
    Ok(())
}

/// wine makes Ctrl-C of the signal that a terminal sends for it.
fn ctrl_c(studio: &Studio<'_>) -> Result<()> {
    let served = studio.server(&studio.fresh("interrupted")?, &[])?;
    let token = served.token_file.clone();
    served.end()?;
    ensure!(!token.exists(), "it left its token in {}", token.display());
    Ok(())
}

fn runs(studio: &Studio<'_>) -> Result<usize> {
    let sessions = studio.says_json(&["history", "list", "--json"])?;
    let sessions = sessions.as_array().context("no list of sessions")?;
    let runs = sessions
        .iter()
        .map(|it| it["runs"].as_array().map_or(0, Vec::len));
    Ok(runs.sum())
}

fn kill(studio: &Studio<'_>) -> Result<()> {
    let (before, scene) = (runs(studio)?, studio.fresh("killed")?);
    for nth in 1..=2 {
        let mut served = studio.server(&scene, &[])?;
        served.publishes()?;
        served.child.kill()?;
        served.child.wait()?;
        let now = runs(studio)?;
        ensure!(
            now == before + nth,
            "the history has {now} runs, not {}",
            before + nth
        );
    }
    Ok(())
}

fn host(studio: &Studio<'_>) -> Result<()> {
    let profile = studio.wine.profile()?;
    let blender = profile.join("AppData/Roaming/Blender Foundation/Blender/4.2");
    fs::create_dir_all(&blender)?;
    studio.says(&["host", "install", "blender"])?;
    let own = blender.join("scripts/startup/pyblish_endpoint_startup");
    ensure!(
        own.join("__init__.py").is_file(),
        "there is no start-up file"
    );
    let findings = studio.command(&["doctor", "--json"]);
    let output = child::output(&mut { findings })?;
    let found: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("doctor: {}", words(&output)))?;
    let found = found.as_array().context("no list of findings")?;
    let problems: Vec<_> = found.iter().filter(|it| it["state"] == "problem").collect();
    ensure!(problems.is_empty(), "doctor finds {problems:?}");
    ensure!(
        output.status.success(),
        "doctor ended with {}",
        output.status
    );
    studio.says(&["host", "remove", "blender"])?;
    ensure!(!own.exists(), "its removal left {}", own.display());
    Ok(())
}
