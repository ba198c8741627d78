//! `publish --remote`: a running server does the work, in one of its sessions. This command asks for
//! it, shows what happens, and makes the reports, as it would with an adapter of its own.
//!
//! The client blocks, so all of this is on a thread of its own. Everything that can go wrong between
//! here and the server is a [`RemoteError`].

use std::collections::HashSet;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::live::Live;
use super::stop::{GRACE, StopSignal};
use super::work::{PublishRequest, behind_collectors, expect_plugins, named_instances};
use crate::remote_error::RemoteError;
use crate::running::{self, RunningServer, read_token};
use crate::stderr::Error;
use pyblish_client::{Client, ClientError};
use pyblish_history::StoredEvent;
use pyblish_model::{
    BrokenPlugin, Context, Data, Failure, Instance, InstanceId, LeftOutPlugin, PairResult, Plugin,
    PluginSet, RunId, RunInfo, seconds,
};
use pyblish_report::Report;
use pyblish_rules::{Stage, Until};

/// How long a read may take: the server never waits for the host with one.
const READ: Option<Duration> = Some(Duration::from_secs(30));

/// How many items of a collection are read at a time: the most that a server answers.
const PAGE: usize = 10_000;

/// How often in a row the stream of events is opened again without any event.
const TRIES: usize = 10;

/// Which server and session are meant.
#[derive(Debug, Args)]
pub struct RemoteOptions {
    /// Publish through a server that is running already, in one of its sessions, which is reset
    /// first: its address, or auto for the one that this user runs
    #[arg(
        long,
        value_name = "URL|auto",
        group = "what",
        conflicts_with_all = ["pid", "settings", "folders", "addresses", "networks", "bridges",
            "environment", "limits", "adapters_dir", "batch"]
    )]
    remote: Option<RemoteAddress>,

    /// The session of the running server, if there are several; `pyblish-endpoint list` shows them
    #[arg(long, value_name = "ID", requires = "remote", conflicts_with_all = ["adapter", "host"])]
    session: Option<String>,

    /// The file with the token of the running server, if it is not one of this user
    #[arg(long, value_name = "FILE", requires = "remote", conflicts_with_all = ["adapter", "host"])]
    token_file: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum RemoteAddress {
    /// The server that runs.
    Auto,
    /// `http://HOST:PORT` or `unix:PATH`
    At(String),
}

impl FromStr for RemoteAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(RemoteAddress::Auto),
            _ if text.starts_with("http://") || text.starts_with("unix:") => {
                Ok(RemoteAddress::At(text.trim_end_matches('/').to_owned()))
            }
            _ if text.starts_with("https://") => Err(
                "this command speaks no TLS: run it on the server's machine, or use the Python \
                 client"
                    .into(),
            ),
            _ => Err("write http://ADDRESS:PORT, unix:PATH, or auto".into()),
        }
    }
}

/// What a publish came to: its report, and what there is in the session now.
pub struct RemoteDone {
    pub report: Report,
    pub context: Context,
}

impl RemoteOptions {
    /// Whether a running server is to do the work.
    pub fn is_wanted(&self) -> bool {
        self.remote.is_some()
    }

    /// Publishes through the running server; none if the user stopped it before it began.
    pub async fn publish(
        self,
        stop: &StopSignal,
        live: Live,
        request: PublishRequest,
    ) -> Result<Option<RemoteDone>, Error> {
        let prepared = tokio::task::spawn_blocking(move || {
            let mut session = self.find()?;
            // The host may still hold what an earlier run collected.
            session.send("POST", "/reset", None, None)?;
            Ok::<_, RemoteError>(session)
        });
        let Ok(prepared) = stop.or(prepared).await else {
            return Ok(None);
        };
        let session = prepared??;
        if stop.is_wanted() {
            return Ok(None);
        }
        let stop = stop.clone();
        let work = move || RemoteWork::new(session, stop, live).publish(&request);
        tokio::task::spawn_blocking(work).await?.map(Some)
    }

    /// Finds the session.
    fn find(&self) -> Result<RemoteSession, RemoteError> {
        let (mut found, mut trouble) = (Vec::new(), None);
        for server in self.servers()? {
            match server.sessions() {
                Ok(sessions) => found.extend(sessions),
                Err(error) => trouble = Some(error),
            }
        }
        let known: Vec<String> = found.iter().map(RemoteSession::words).collect();
        if let Some(id) = &self.session {
            found.retain(|session| session.id == *id);
        }
        let there = match known.as_slice() {
            [] => "no session is open".to_owned(),
            known => format!("there are {}", known.join(", ")),
        };
        match (found.len(), &self.session, trouble) {
            (1, ..) => Ok(found.remove(0)),
            (0, _, Some(error)) => Err(error),
            (0, Some(id), None) => Err(RemoteError::NotFound(format!(
                "no running server has the session {id:?}; {there}"
            ))),
            (0, None, None) => Err(RemoteError::NotFound(
                "the running server has no open session: open one from its host, or start \
                 `pyblish-endpoint serve`"
                    .into(),
            )),
            _ => Err(RemoteError::Choice(format!(
                "several sessions are open, choose one with --session: {there}"
            ))),
        }
    }

    /// The servers that may be meant, each with its token.
    fn servers(&self) -> Result<Vec<RemoteServer>, RemoteError> {
        let unknown = |error: Error| RemoteError::NotFound(error.to_string());
        let running = running::running().map_err(unknown)?;
        let token = |file: Option<&PathBuf>| {
            let read = file.map(|file| read_token(file)).transpose();
            read.map_err(|error| RemoteError::Choice(format!("the token cannot be read: {error}")))
        };
        let own = |server: RunningServer| {
            let token = token(self.token_file.as_ref().or(server.token_file.as_ref()))?;
            Ok::<_, RemoteError>(RemoteServer {
                address: server.address,
                token,
            })
        };
        match &self.remote {
            Some(RemoteAddress::At(address)) => {
                let known = running.into_iter().find(|it| it.address == *address);
                match known {
                    Some(server) => Ok(vec![own(server)?]),
                    None => Ok(vec![RemoteServer {
                        address: address.clone(),
                        token: token(self.token_file.as_ref())?,
                    }]),
                }
            }
            _ if running.is_empty() => Err(RemoteError::NotFound(
                "no server is running: choose Publish in a host's menu, start one with \
                 `pyblish-endpoint serve`, or name an --adapter"
                    .into(),
            )),
            _ => running.into_iter().map(own).collect(),
        }
    }
}

/// A running server.
#[derive(Clone)]
struct RemoteServer {
    address: String,
    token: Option<String>,
}

impl RemoteServer {
    fn client(&self) -> Result<Client, RemoteError> {
        Ok(Client::new(&self.address, self.token.clone())?)
    }

    /// Its open sessions.
    fn sessions(&self) -> Result<Vec<RemoteSession>, RemoteError> {
        #[derive(Deserialize)]
        struct Open {
            id: String,
            adapter: String,
            hosts: Vec<String>,
        }
        let mut reader = RemoteSession {
            client: self.client()?,
            server: self.clone(),
            id: String::new(),
            path: "/pyblish/v2".into(),
            adapter: String::new(),
            host: String::new(),
        };
        let open: Vec<Open> = reader.all("/sessions")?;
        let sessions = open.into_iter().map(|open| {
            Ok(RemoteSession {
                client: self.client()?,
                server: self.clone(),
                // Ids are names of files, and need no escapes in a path.
                path: format!("/pyblish/v2/sessions/{}", open.id),
                id: open.id,
                adapter: open.adapter,
                host: open.hosts.join(", "),
            })
        });
        sessions.collect()
    }
}

/// A session of a running server.
struct RemoteSession {
    client: Client,
    server: RemoteServer,
    id: String,
    path: String,
    adapter: String,
    host: String,
}

/// A page of a collection.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    items: Vec<T>,
    next: Option<u64>,
    #[serde(default)]
    broken: Vec<BrokenFile>,
    #[serde(default)]
    left_out: Vec<LeftOutPlugin>,
    #[serde(default)]
    targets: Vec<String>,
}

#[derive(Deserialize)]
struct BrokenFile {
    file: String,
    message: String,
}

impl RemoteSession {
    /// Its id, and what tells users which one it is.
    fn words(&self) -> String {
        let what = if self.host.is_empty() {
            &self.adapter
        } else {
            &self.host
        };
        format!("{} ({what}, at {})", self.id, self.server.address)
    }

    /// Sends a request, and returns the JSON of its answer.
    fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        patience: Option<Duration>,
    ) -> Result<Value, RemoteError> {
        let path = format!("{}{path}", self.path);
        let body = body.map(Value::to_string);
        let mut send = || self.client.send(method, &path, body.as_deref(), patience);
        let answer = match send() {
            // The server may have closed an idle connection; repeating a read is safe.
            Err(ClientError::Disconnected(..)) if method == "GET" => send()?,
            answer => answer?,
        };
        let read: Result<Value, _> = match answer.body.as_slice() {
            [] => Ok(Value::Null),
            body => serde_json::from_slice(body),
        };
        if (200..300).contains(&answer.status) {
            return read.map_err(|error| self.strange(path, error));
        }
        let problem = read.unwrap_or_default();
        let detail = problem["detail"].as_str().map(str::to_owned);
        let detail = detail.unwrap_or_else(|| format!("it answered {}", answer.status));
        Err(RemoteError::Refused {
            address: self.server.address.clone(),
            status: answer.status,
            detail: match answer.status {
                401 => format!("it needs its token, give it with --token-file FILE ({detail})"),
                _ => detail,
            },
        })
    }

    fn strange(&self, path: String, error: serde_json::Error) -> RemoteError {
        RemoteError::Strange(self.server.address.clone(), path, error)
    }

    fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, RemoteError> {
        let answer = self.send("GET", path, None, READ)?;
        serde_json::from_value(answer).map_err(|error| self.strange(path.into(), error))
    }

    /// A collection: its first page, with the items of all pages.
    fn whole<T: DeserializeOwned>(&mut self, path: &str) -> Result<Page<T>, RemoteError> {
        let mut whole: Page<T> = self.get(&format!("{path}?limit={PAGE}"))?;
        while let Some(after) = whole.next {
            let page: Page<T> = self.get(&format!("{path}?limit={PAGE}&after={after}"))?;
            whole.items.extend(page.items);
            whole.next = page.next;
        }
        Ok(whole)
    }

    fn all<T: DeserializeOwned>(&mut self, path: &str) -> Result<Vec<T>, RemoteError> {
        Ok(self.whole(path)?.items)
    }

    /// What was discovered.
    fn discovered(&mut self) -> Result<PluginSet, RemoteError> {
        let mut page: Page<Value> = self.whole("/plugins")?;
        for plugin in &mut page.items {
            // Only the host needs the name of the base class.
            plugin["base"] = "".into();
        }
        let plugins: Result<Vec<Plugin>, _> =
            page.items.into_iter().map(serde_json::from_value).collect();
        let plugins = plugins.map_err(|error| self.strange("/plugins".into(), error))?;
        let broken = page.broken.into_iter().map(|broken| BrokenPlugin {
            file: broken.file,
            failure: Failure::new("", broken.message),
        });
        Ok(PluginSet {
            plugins: plugins.into(),
            broken: broken.collect(),
            left_out: page.left_out.into(),
            targets: page.targets.into(),
        })
    }

    fn context(&mut self) -> Result<Context, RemoteError> {
        #[derive(Deserialize)]
        struct Own {
            data: Data,
        }
        let own: Own = self.get("/context")?;
        let instances: Vec<Instance> = self.all("/instances")?;
        Ok(Context {
            data: Arc::new(own.data),
            instances: instances.into_iter().map(Arc::new).collect(),
        })
    }

    /// The number of its latest event.
    fn sequence(&mut self) -> Result<u64, RemoteError> {
        #[derive(Deserialize)]
        struct Now {
            sequence: u64,
        }
        Ok(self.get::<Now>("")?.sequence)
    }
}

/// A run that ended, with its results.
struct Ended {
    run: RunInfo,
    results: Vec<Arc<PairResult>>,
}

/// A publish in progress.
struct RemoteWork {
    session: RemoteSession,
    stop: StopSignal,
    live: Live,
    discovered: PluginSet,
}

impl RemoteWork {
    fn new(session: RemoteSession, stop: StopSignal, live: Live) -> Self {
        RemoteWork {
            session,
            stop,
            live,
            discovered: PluginSet::default(),
        }
    }

    /// Publishes.
    fn publish(mut self, request: &PublishRequest) -> Result<RemoteDone, Error> {
        self.discovered = self.session.discovered()?;
        expect_plugins(&self.discovered, &self.session.adapter, &request.targets)?;
        let done = match request.instances.is_empty() {
            true => self.run(request, request.until, None)?,
            false => self.publish_some(request)?,
        };
        self.live.end(&done.run);
        self.stop.watch_over(None);
        // Plug-ins may have changed others.
        let discovered = self.session.discovered()?;
        let context = self.session.context()?;
        let report = Report {
            session: self.session.id,
            adapter: self.session.adapter,
            host: self.session.host,
            run: done.run,
            discovered,
            results: done.results,
        };
        Ok(RemoteDone { report, context })
    }

    /// Collects, and publishes the instances with these names.
    fn publish_some(&mut self, request: &PublishRequest) -> Result<Ended, Error> {
        let collect = Until::UpTo(Stage::Collect);
        let collected = self.run(request, collect, None)?;
        if collected.results.iter().any(|result| !result.success()) || self.stop.is_wanted() {
            return Ok(collected);
        }
        let chosen = named_instances(&self.session.context()?, &request.instances)?;
        if request.until == collect {
            return Ok(collected);
        }
        self.run(request, request.until, Some(chosen))
    }

    /// Does one run to its end. With instances, it processes only these and does not collect.
    fn run(
        &mut self,
        request: &PublishRequest,
        until: Until,
        instances: Option<HashSet<InstanceId>>,
    ) -> Result<Ended, Error> {
        #[derive(Deserialize)]
        struct Started {
            id: RunId,
        }
        let until = request.demands.limit(until, self.discovered.broken.len());
        let mut body = Map::new();
        match until {
            Until::All => {}
            Until::UpTo(stage) => drop(body.insert("until".into(), stage.name().into())),
            Until::One(stage) => drop(body.insert("only".into(), stage.name().into())),
        }
        body.insert("targets".into(), json!(request.targets));
        body.insert("comment".into(), json!(request.comment));
        if let Some(instances) = instances {
            body.insert("instanceIds".into(), json!(instances));
            let plugins = behind_collectors(&self.discovered.plugins);
            body.insert("pluginIds".into(), json!(plugins));
        }
        let before = self.session.sequence()?;
        let started = self
            .session
            .send("POST", "/runs", Some(&Value::Object(body)), READ)?;
        let Started { id } = serde_json::from_value(started)
            .map_err(|error| self.session.strange("/runs".into(), error))?;
        self.watch_over(id);
        Ok(self.follow(id, before)?)
    }

    /// From now on, a stop cancels this run.
    fn watch_over(&self, run: RunId) {
        let server = self.session.server.clone();
        let path = format!(
            "{}/runs/{run}/cancel?grace={}",
            self.session.path,
            GRACE.as_millis()
        );
        self.stop.watch_over(Some(Arc::new(move || {
            let (server, path) = (server.clone(), path.clone());
            // The client blocks, and whoever hears of the signal must not.
            std::thread::spawn(move || {
                let asked = server
                    .client()
                    .and_then(|mut client| Ok(client.send("POST", &path, None, READ)?));
                match asked {
                    Ok(answer) if answer.status < 300 => {}
                    Ok(answer) => {
                        tracing::warn!("the run {run} is not cancelled: {}", answer.status);
                    }
                    Err(error) => tracing::warn!("the run {run} cannot be cancelled: {error}"),
                }
            });
        })));
        if self.stop.is_wanted() {
            // The signal came before there was a run to cancel.
            self.stop.cancel();
        }
    }

    /// Shows the events after this one, until the run ends.
    fn follow(&mut self, run: RunId, mut last: u64) -> Result<Ended, RemoteError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct OfRun {
            run_id: Option<RunId>,
            result: PairResult,
        }
        let mut results = Vec::new();
        let mut tries = 0;
        let lost = |server: &RemoteServer, reason: String| RemoteError::Lost {
            address: server.address.clone(),
            run,
            reason,
        };
        let server = self.session.server.clone();
        loop {
            let path = format!("{}/events?after={last}", self.session.path);
            let opened = self.session.client.listen(&path);
            let mut events = opened.map_err(|error| lost(&server, error.to_string()))?;
            let reason = loop {
                let event = match events.wait() {
                    Ok(event) => event,
                    Err(error) => break error.to_string(),
                };
                (last, tries) = (event.number, 0);
                self.live.show(StoredEvent {
                    sequence: event.number,
                    // The stream does not say when it happened; it has just happened.
                    at: seconds(std::time::SystemTime::now()),
                    run: None,
                    name: &event.name,
                    body: &event.data,
                });
                let strange = |error| self.session.strange(event.name.clone(), error);
                match event.name.as_str() {
                    "result" => {
                        let of: OfRun = serde_json::from_str(&event.data).map_err(strange)?;
                        if of.run_id == Some(run) {
                            results.push(Arc::new(of.result));
                        }
                    }
                    "runEnded" => {
                        let ended: RunInfo = serde_json::from_str(&event.data).map_err(strange)?;
                        if ended.id == run {
                            self.live.flush();
                            return Ok(Ended {
                                run: ended,
                                results,
                            });
                        }
                    }
                    _ => {}
                }
                if !events.has_more() {
                    self.live.flush();
                }
            };
            // The stream may have broken off while the server goes on.
            tries += 1;
            if tries > TRIES {
                return Err(lost(&server, reason));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_is_an_address_or_auto() {
        assert_eq!("auto".parse(), Ok(RemoteAddress::Auto));
        let at = |text: &str| Ok(RemoteAddress::At(text.into()));
        assert_eq!(
            "http://127.0.0.1:6001/".parse(),
            at("http://127.0.0.1:6001")
        );
        assert_eq!("unix:/run/x".parse(), at("unix:/run/x"));
        let refused = |text: &str| text.parse::<RemoteAddress>().unwrap_err();
        assert!(refused("https://a:1").contains("no TLS"));
        for text in ["", "localhost:6001", "Auto"] {
            assert!(refused(text).contains("or auto"), "{text}");
        }
    }
}
