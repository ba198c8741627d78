//! A running `pyblish-endpoint serve` that plays a scenario, with its own history.
//!
//! Policy: all measurements go through the REST API, like the requests of a frontend. A run ends
//! when a reader can see its end, which is when its events are on disk. The run's own `ended` is
//! earlier, by the delay of the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use super::child::Talker;
use super::http::{self, Answer};
use super::measure::same;
use super::place::{Folder, Place};
use super::play::Play;
use crate::componentize;

/// The time limit of a run, far longer than any needs.
const PATIENCE: Duration = Duration::from_secs(300);

/// The shortest time between two reads of a run.
const LOOK: Duration = Duration::from_micros(200);

/// The first line of the server; other fields are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Greeting {
    address: String,
    token_file: PathBuf,
    session: String,
}

pub struct Server {
    talker: Talker,
    /// `HOST:PORT`
    pub address: String,
    pub token_file: PathBuf,
    /// The token for every request.
    pub token: String,
    /// The path of its session.
    pub session: String,
    /// None if it works with a real host.
    scenario: Option<Folder>,
    /// Removed after the server has ended: fields are dropped in order.
    _history: Folder,
    play: Play,
    /// How many pairs a run has besides those of the play: the collectors.
    besides: u64,
}

/// The arguments with which `serve` and `publish` play the scenario in this folder.
pub fn arguments(scenario: &Path, history: &Path) -> Vec<String> {
    let grant = format!("{}=/scenario:ro", scenario.display());
    let history = history.display().to_string();
    let words = [
        "--adapter",
        "scenario",
        "--set",
        "file=scenario.json",
        "--dir",
        &grant,
    ];
    let more = ["--history-dir", &history, "--log", "warn"];
    words
        .iter()
        .chain(&more)
        .map(|word| (*word).to_owned())
        .collect()
}

impl Server {
    /// Starts it, and waits until it answers. It ends with this process, however that ends.
    pub fn start(place: &Place, play: Play) -> Result<Self> {
        Server::start_beside(place, play, "")
    }

    /// The same, with this `endpoint.toml`, which has the grants of the server's other sessions.
    pub fn start_beside(place: &Place, play: Play, config: &str) -> Result<Self> {
        let (scenario, history) = (place.folder("scenario")?, place.folder("history")?);
        play.write(&scenario)?;
        // The server reads it only at its start.
        let folder = place.folder("config")?;
        let file = folder.join("endpoint.toml");
        super::place::write(&file, config.as_bytes())?;
        let mut arguments = arguments(&scenario, &history);
        arguments.extend(["--config".to_owned(), file.display().to_string()]);
        Server::serve(place, &arguments, Some(scenario), history, play)
    }

    /// The same, with a running host with the bridge, which has the play's plug-ins.
    pub fn start_in_host(place: &Place, host: &str, play: Play) -> Result<Self> {
        let history = place.folder("history")?;
        let folder = history.display().to_string();
        let arguments = ["--host", host, "--history-dir", &folder, "--log", "warn"];
        let arguments = arguments.map(str::to_owned);
        let mut server = Server::serve(place, &arguments, None, history, play)?;
        server.count_besides()?;
        Ok(server)
    }

    /// The same, with the plug-ins of this folder in the sandbox.
    pub fn start_in_sandbox(place: &Place, plugins: &Path, play: Play) -> Result<Self> {
        let mut server = Server::start_in_sandbox_with(place, plugins, play, &[])?;
        server.count_besides()?;
        Ok(server)
    }

    /// The same, with more arguments.
    pub fn start_in_sandbox_with(
        place: &Place,
        plugins: &Path,
        play: Play,
        arguments: &[&str],
    ) -> Result<Self> {
        let history = place.folder("history")?;
        let folder = history.display().to_string();
        let grant = format!("{}=/plugins:ro", plugins.display());
        let words = ["--adapter", componentize::NAME, "--dir", &grant];
        let more = ["--history-dir", &folder, "--log", "warn"];
        let all = words.iter().chain(&more).chain(arguments);
        let arguments: Vec<String> = all.map(|&it| it.to_owned()).collect();
        Server::serve(place, &arguments, None, history, play)
    }

    /// Counts the plug-ins besides those of the play: the bridge's own collectors.
    fn count_besides(&mut self) -> Result<()> {
        let found = self.get(&format!("{}/plugins", self.session))?;
        let found: Value = serde_json::from_slice(&found.body).context("plug-ins are not JSON")?;
        let all = found["items"].as_array().map_or(0, Vec::len) as u64;
        self.besides = all.saturating_sub(self.play.plugins);
        Ok(())
    }

    fn serve(
        place: &Place,
        arguments: &[String],
        scenario: Option<Folder>,
        history: Folder,
        play: Play,
    ) -> Result<Self> {
        let mut command = place.endpoint();
        command
            .args(["serve", "--json", "--listen", "127.0.0.1:0"])
            .args(["--exit-with", &std::process::id().to_string()])
            .args(arguments);
        let mut talker = Talker::start("the server", command)?;
        let Greeting {
            address,
            token_file,
            session,
        } = talker.hear()?;
        let token = fs::read_to_string(&token_file)
            .with_context(|| format!("no token in {}", token_file.display()))?;
        let address = address.strip_prefix("http://").map(str::to_owned);
        Ok(Server {
            talker,
            address: address.context("the server's address does not begin with http://")?,
            token_file,
            token,
            session: format!("/pyblish/v2/sessions/{session}"),
            scenario,
            _history: history,
            play,
            besides: 1,
        })
    }

    pub fn pid(&self) -> u32 {
        self.talker.pid()
    }

    /// The address of all instances of the session.
    pub fn instances(&self) -> String {
        format!("{}/instances?limit=10000", self.session)
    }

    /// Makes it play something else from the next reset on.
    pub fn play(&mut self, play: Play) -> Result<()> {
        if let Some(scenario) = &self.scenario {
            play.write(scenario)?;
        }
        self.play = play;
        Ok(())
    }

    pub fn get(&self, path: &str) -> Result<Answer> {
        http::send(&self.address, Some(&self.token), "GET", path, None)
    }

    /// Sends another request, to this session or another.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        http::ask(&self.address, &self.token, method, path, body)
    }

    /// Reads the session.
    pub fn look(&self) -> Result<Value> {
        self.ask("GET", &self.session, None)
    }

    /// Resets to an empty context.
    pub fn reset(&self) -> Result<()> {
        let path = format!("{}/reset", self.session);
        self.ask("POST", &path, None).map(drop)
    }

    /// Resets and publishes everything; returns the seconds of the run, without the reset.
    pub fn publish(&self) -> Result<f64> {
        self.reset()?;
        let begin = Instant::now();
        let id = self.begin(&json!({}))?;
        let run = self.end(&id, begin)?;
        let seconds = begin.elapsed().as_secs_f64();
        self.check(&run, self.play.pairs() + self.besides)?;
        Ok(seconds)
    }

    /// Resets and collects, so that the instances exist but were not processed.
    pub fn collect(&self) -> Result<()> {
        self.reset()?;
        let id = self.begin(&json!({"until": "collect"}))?;
        let run = self.end(&id, Instant::now())?;
        self.check(&run, 1)
    }

    /// Starts a run, and returns its id.
    pub fn begin(&self, request: &Value) -> Result<String> {
        let path = format!("{}/runs", self.session);
        let run = self.ask("POST", &path, Some(request))?;
        Ok(run["id"]
            .as_str()
            .context("the run that was started has no id")?
            .to_owned())
    }

    /// Waits until a reader sees that the run has ended, and returns it. It reads again after a
    /// hundredth of the time since the start, so that reading costs little and the error is at most
    /// 1%.
    pub fn end(&self, id: &str, begin: Instant) -> Result<Value> {
        while begin.elapsed() < PATIENCE {
            if let Some(run) = self.ended(id)? {
                return Ok(run);
            }
            thread::sleep((begin.elapsed() / 100).max(LOOK));
        }
        bail!("the run {id} has not ended after {PATIENCE:?}");
    }

    /// The run, if it has ended.
    pub fn ended(&self, id: &str) -> Result<Option<Value>> {
        let mut session = self.look()?;
        let run = session["run"].take();
        Ok((run["id"] == id && run["state"] != "running").then_some(run))
    }

    /// Checks that the run did what was requested.
    pub fn check(&self, run: &Value, pairs: u64) -> Result<()> {
        let count = |name: &str| run[name].as_u64().unwrap_or(u64::MAX);
        same("pairs of the runtime's run that failed", 0, count("failed"))?;
        same("pairs of the runtime's run", pairs, count("succeeded"))
    }
}
